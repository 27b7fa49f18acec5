// States of the world that are kept under names.

import { call } from "./api.js";
import { ask } from "./asking.js";
import * as difference from "./difference.js";
import { byId, make, redraw, row } from "./dom.js";
import { attempt, tell } from "./notice.js";
import { moment } from "./texts.js";

/** Wire the list up; `changed` is called when a snapshot was taken, forgotten or restored. */
export function start(changed) {
  byId("snapshot-form").addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(async () => {
      const { name } = await call("POST", "snapshots", { name: byId("snapshot-name").value });
      tell(`Snapshot ${name} is taken.`);
      byId("snapshot-name").value = "";
      await changed();
    });
  });
  byId("snapshots-rows").addEventListener("click", ({ target }) => {
    const { act, name } = target.dataset;
    if (act) attempt(() => ACTS[act](name, changed));
  });
}

/** Look at the snapshots again. */
export async function refresh() {
  const { snapshots } = await call("GET", "snapshots");
  redraw(byId("snapshots-rows"), ...snapshots.map(line));
  byId("snapshots-empty").hidden = snapshots.length > 0;
}

const ACTS = {
  compare: (name) => difference.compare(name, `Changed since snapshot ${name}`),
  restore: async (name, changed) => {
    if (!(await ask(`Restore ${name}?`, "Everything is as it was then, the clock included. It can be undone.", "Restore"))) return;
    await call("POST", `snapshots/${encodeURIComponent(name)}/restore`);
    tell(`All is as it was at snapshot ${name}.`);
    await changed();
  },
  forget: async (name, changed) => {
    if (!(await ask(`Forget ${name}?`, "It cannot be restored any more.", "Forget"))) return;
    await call("DELETE", `snapshots/${encodeURIComponent(name)}`);
    tell(`Snapshot ${name} is forgotten.`);
    difference.hide(name);
    await changed();
    byId("snapshot-name").focus();
  },
};

function line({ name, taken, position }) {
  const buttons = [["compare", "Compare"], ["restore", "Restore…"], ["forget", "Forget…"]].map(([act, text]) =>
    make("button", { "data-act": act, "data-name": name, class: act === "compare" ? null : "danger", "aria-label": `${text} ${name}` }, text),
  );
  const made = row(make("b", {}, name), moment(taken), String(position), buttons.flatMap((one) => [one, " "]));
  made.lastChild.className = "actions";
  return made;
}
