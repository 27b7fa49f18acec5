// How the records of the world differ from what they were at a step or a snapshot.

import { call } from "./api.js";
import { byId, make, row } from "./dom.js";
import { onChange } from "./settings.js";
import { around } from "./texts.js";

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
  if (before === null) return [row(record(), "all", faint("not there"), value(JSON.stringify(after)))];
  if (after === null) return [row(record(), "all", value(JSON.stringify(before)), faint("gone"))];
  return fields(before, after).map(({ path, texts }) => {
    const place = parting(...texts);
    return row(record(), path, ...texts.map((text) => value(text, place)));
  });
}

/** Return the fields that differ, those of an object within by their path, each with its two values as JSON. */
function fields(before, after, within = "") {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names.flatMap((name) => {
    const values = [before[name], after[name]];
    const texts = values.map((one) => JSON.stringify(one));
    if (texts[0] === texts[1]) return [];
    return values.every(hasFields) ? fields(...values, `${within}${name}/`) : [{ path: `${within}${name}`, texts }];
  });
}

function hasFields(value) {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

/** Return the place where two texts begin to differ. */
function parting(one = "", other = "") {
  let place = 0;
  while (place < one.length && one[place] === other[place]) place += 1;
  return place;
}

function value(text, place = 0) {
  return text === undefined ? faint("not there") : make("code", {}, around(text, place));
}

function faint(text) {
  return make("span", { class: "hint" }, text);
}
