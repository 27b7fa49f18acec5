// All worlds that there are: which is looked at, new ones, and those to be forgotten.

import { call, send } from "./api.js";
import { ask } from "./asking.js";
import { byId, make, redraw, row } from "./dom.js";
import { attempt, onSubmit, tell } from "./notice.js";
import { settings } from "./settings.js";
import { moment } from "./texts.js";
import { named } from "./worlds.js";

/** Wire the page up. */
export function start() {
  onSubmit("session-form", add);
  byId("worlds-clear").addEventListener("click", () => attempt(forgetAll));
}

/** Look at the worlds again. */
export async function refresh() {
  const { sessions, most } = await call("GET", "sessions");
  const others = sessions.filter(({ name }) => name !== null);
  byId("worlds-note").textContent = `${others.length} of ${most} that may be there beside the base; those used last are kept`;
  redraw(byId("worlds-rows"), ...[sessions.find(({ name }) => name === null), ...others.toReversed()].map(line));
  const from = byId("session-from");
  const chosen = from.value;
  from.replaceChildren(...["", ...others.map(({ name }) => name)].map((name) => make("option", { value: name, selected: name === chosen }, name || "the base")));
}

async function add() {
  const name = byId("session-name").value;
  const from = byId("session-from").value;
  await call("POST", "sessions", { name, ...(from && { from }) });
  byId("session-name").value = "";
  await refresh();
  tell(`World ${name} is made.`);
}

async function forget(name) {
  if (!(await ask(`Forget world ${name}?`, "Its records, journal and snapshots are gone. Its next use begins it anew.", "Forget"))) return;
  await call("DELETE", `sessions/${encodeURIComponent(name)}`);
  if (name === settings.world) settings.world = "";
  await done(`World ${name} is forgotten.`);
}

async function forgetAll() {
  if (!(await ask("Forget all worlds?", "The base stays as it is.", "Forget"))) return;
  await send("DELETE", "sessions", { world: "" }); // with the name of one, it would be about that one
  settings.world = "";
  await done("All worlds but the base are forgotten.");
}

async function done(sentence) {
  await refresh();
  tell(sentence);
  byId("session-name").focus();
}

function lookAt(name) {
  byId("worlds-title").focus(); // the button goes
  settings.world = name ?? "";
  tell(`This is ${named()} now.`);
}

function line({ name, requests, position, snapshots, clock }) {
  const shown = name ?? "base";
  const looked = (name ?? "") === settings.world;
  const look = make("button", { onclick: () => lookAt(name), "aria-label": `Look at ${shown}` }, "Look at");
  const drop = name !== null && make("button", { class: "danger", onclick: () => attempt(() => forget(name)), "aria-label": `Forget world ${name}` }, "Forget…");
  const actions = [looked ? make("span", { class: "tag s2" }, "looked at") : look, " ", drop];
  const made = row(make("b", {}, shown), String(requests), String(position), snapshots.join(", "), [moment(clock.now), clock.mode === "real" ? "" : ` ${clock.mode}`], actions);
  made.lastChild.className = "actions";
  return made;
}
