// What was done in the world, step by step: to be taken back, done again, and compared with what is now.

import { call } from "./api.js";
import * as difference from "./difference.js";
import { byId, make, redraw, row } from "./dom.js";
import { attempt, tell } from "./notice.js";
import * as snapshots from "./snapshots.js";
import { moment } from "./texts.js";

/** Wire the page up. */
export function start() {
  byId("history-undo").addEventListener("click", () => attempt(() => go("undo")));
  byId("history-redo").addEventListener("click", () => attempt(() => go("redo")));
  difference.start();
  snapshots.start(refresh);
}

/** Look at steps, snapshots and what is compared again. */
export async function refresh() {
  const parts = [call("GET", "history"), snapshots.refresh(), difference.refresh()];
  const [{ position, first, last, steps }] = await Promise.all(parts);
  allow("history-undo", position > first);
  allow("history-redo", position < last);
  byId("history-position").textContent = steps.length ? `${position - first} done, ${last - position} taken back` : "";
  redraw(byId("history-rows"), ...steps.toReversed().map((step) => line(step, position)));
  byId("history-empty").hidden = steps.length > 0;
}

/** A button that has the focus keeps it, so it is not disabled but said to be. */
function allow(id, can) {
  byId(id).setAttribute("aria-disabled", String(!can));
}

async function go(way) {
  if (byId(`history-${way}`).getAttribute("aria-disabled") === "true") {
    tell(way === "undo" ? "There is nothing to take back." : "Nothing was taken back.");
    return;
  }
  const { undone, redone } = await call("POST", way);
  const { by, changed } = undone ?? redone;
  await refresh();
  tell(`${undone ? "Taken back" : "Done again"}: ${by}, ${told(changed)}.`);
}

function line({ position, by, at, changed, undone }, now) {
  const state = undone ? "taken back" : position === now ? "here" : "";
  const compare = () => attempt(() => difference.compare(String(position - 1), `Changed from step ${position} on`));
  const since = make("button", { onclick: compare, "aria-label": `Compare from step ${position} on` }, "Compare");
  const made = row(make("b", {}, String(position)), by, told(changed), moment(at), state && make("span", { class: "tag" }, state), !undone && since);
  made.className = undone ? "deleted" : "";
  made.lastChild.className = "actions";
  return made;
}

function told(changed) {
  const kinds = Object.entries(changed).map(([kind, number]) => `${number} ${kind}`);
  return kinds.join(", ") || "no record";
}
