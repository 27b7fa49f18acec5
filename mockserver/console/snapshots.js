// States of the world that are kept under names.

import { call } from "./api.js";
import { ask } from "./asking.js";
import * as difference from "./difference.js";
import { byId, make, redraw, row } from "./dom.js";
import { attempt, onSubmit, tell } from "./notice.js";
import { moment } from "./texts.js";

let changed; // called when a snapshot was taken, forgotten or restored

/** Wire the list up; `then` is called when a snapshot was taken, forgotten or restored. */
export function start(then) {
  changed = then;
  onSubmit("snapshot-form", take);
}

/** Look at the snapshots again. */
export async function refresh() {
  const { snapshots } = await call("GET", "snapshots");
  redraw(byId("snapshots-rows"), ...snapshots.map(line));
  byId("snapshots-empty").hidden = snapshots.length > 0;
}

async function take() {
  const wanted = byId("snapshot-name").value;
  const { snapshots } = await call("GET", "snapshots");
  const taken = snapshots.some(({ name }) => name === wanted);
  if (taken && !(await ask(`Replace ${wanted}?`, "What it holds now cannot be restored any more.", "Replace"))) return;
  const { name } = await call("POST", "snapshots", { name: wanted });
  byId("snapshot-name").value = "";
  await changed();
  tell(`Snapshot ${name} is taken.`);
}

function compare(name) {
  return difference.compare(name, `Changed since snapshot ${name}`);
}

async function restore(name) {
  if (!(await ask(`Restore ${name}?`, "Everything is as it was then, the clock included. It can be undone.", "Restore"))) return;
  await call("POST", `snapshots/${encodeURIComponent(name)}/restore`);
  await changed();
  tell(`All is as it was at snapshot ${name}.`);
}

async function forget(name) {
  if (!(await ask(`Forget ${name}?`, "It cannot be restored any more.", "Forget"))) return;
  await call("DELETE", `snapshots/${encodeURIComponent(name)}`);
  difference.hide(name);
  await changed();
  tell(`Snapshot ${name} is forgotten.`);
  byId("snapshot-name").focus();
}

function line({ name, taken, position }) {
  const button = (text, act, look) => make("button", { onclick: () => attempt(() => act(name)), class: look, "aria-label": `${text} ${name}` }, text);
  const buttons = [button("Compare", compare), " ", button("Restore…", restore, "danger"), " ", button("Forget…", forget, "danger")];
  const made = row(make("b", {}, name), moment(taken), String(position), buttons);
  made.lastChild.className = "actions";
  return made;
}
