// How the records of the world differ from what they were at a step or a snapshot.

import { call } from "./api.js";
import { byId, make, row } from "./dom.js";
import { onChange } from "./settings.js";
import { short } from "./texts.js";

const MOST = 200;

let shown = null; // where from, as the admin API names it

/** Wire the part of the page up. */
export function start() {
  byId("difference-close").addEventListener("click", () => {
    hide();
    byId("history-title").focus();
  });
  onChange(() => hide());
}

/** Show what is otherwise than at a position of the history or a snapshot, under a title. */
export async function compare(from, title) {
  await look(from);
  byId("difference-title").textContent = title;
  byId("difference-title").focus();
}

/** Look again, if something is shown; what it begins with may be gone. */
export async function refresh() {
  if (shown !== null) await look(shown).catch(() => hide());
}

/** Show nothing, or no longer what began with `from`. */
export function hide(from = shown) {
  if (from !== shown) return;
  shown = null;
  byId("difference").hidden = true;
}

async function look(from) {
  const { changes, more } = await call("GET", `diff?from=${encodeURIComponent(from)}&limit=${MOST}`);
  shown = from;
  byId("difference-rows").replaceChildren(...changes.flatMap(lines));
  byId("difference-note").textContent = more ? `${MOST} records are shown; there are more.` : changes.length ? "" : "Nothing is otherwise.";
  byId("difference").hidden = false;
}

function lines({ document, kind, key, before, after }) {
  const record = () => make("b", {}, `${document}.${kind} ${key}`);
  if (before === null) return [row(record(), "all", faint("not there"), value(after))];
  if (after === null) return [row(record(), "all", value(before), faint("gone"))];
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const differ = names.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
  return differ.map((name) => row(record(), name, value(before[name]), value(after[name])));
}

function value(one) {
  return one === undefined ? faint("not there") : make("code", {}, short(JSON.stringify(one)));
}

function faint(text) {
  return make("span", { class: "hint" }, text);
}
