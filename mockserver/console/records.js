// The records of the world: one table for each kind, to look at and to change.

import { call } from "./api.js";
import { ask } from "./asking.js";
import { byId, make, redraw, row } from "./dom.js";
import { edit } from "./editor.js";
import { attempt, tell } from "./notice.js";
import { short } from "./texts.js";

const MOST_ROWS = 200;
const MOST_COLUMNS = 6;

let state = {}; // records by "document.kind"

/** Wire the page up. */
export function start() {
  byId("records-kind").addEventListener("change", draw);
  byId("records-filter").addEventListener("input", draw);
  byId("records-deleted").addEventListener("change", draw);
  byId("records-new").addEventListener("click", () => create());
}

/** Look at the records again. */
export async function refresh() {
  const documents = await call("GET", "state");
  state = Object.fromEntries(
    Object.entries(documents).flatMap(([document, kinds]) =>
      Object.entries(kinds).map(([kind, records]) => [`${document}.${kind}`, records]),
    ),
  );
  const select = byId("records-kind");
  const chosen = select.value;
  select.replaceChildren(
    ...Object.entries(state).map(([kind, records]) =>
      make("option", { value: kind, selected: kind === chosen }, `${kind} (${records.filter(({ deleted }) => !deleted).length})`),
    ),
  );
  if (!chosen) select.value = liveliest();
  draw();
}

/** Return the kind that has the most records: what one wants to see first. */
function liveliest() {
  const kinds = Object.keys(state);
  return kinds.sort((one, other) => state[other].length - state[one].length)[0] ?? "";
}

function draw() {
  const kind = byId("records-kind").value;
  const text = byId("records-filter").value.toLowerCase();
  const all = state[kind] ?? [];
  const alive = all.filter(({ deleted }) => !deleted || byId("records-deleted").checked);
  const found = alive.filter((one) => `${one.key} ${JSON.stringify(one.record)}`.toLowerCase().includes(text));
  const columns = columnsOf(all);
  byId("records-head").replaceChildren(
    make("tr", {}, ["key", ...columns].map((name) => make("th", { scope: "col" }, name)), make("th", { scope: "col" }, make("span", { class: "unseen" }, "Actions"))),
  );
  redraw(byId("records-rows"), ...found.slice(0, MOST_ROWS).map((one) => line(kind, one, columns)));
  byId("records-note").textContent =
    found.length > MOST_ROWS
      ? `${MOST_ROWS} of ${found.length} are shown; filter for the others.`
      : found.length === 0
        ? "There is no such record."
        : "";
}

/** Return the fields that tell the most at a glance: plain values, the fullest first. */
function columnsOf(records) {
  const counts = new Map();
  for (const { key, record } of records) {
    for (const [name, value] of Object.entries(record)) {
      const plain = value !== null && typeof value !== "object" && String(value) !== key;
      counts.set(name, (counts.get(name) ?? 0) + (plain ? 1 : 0));
    }
  }
  const names = [...counts.keys()].filter((name) => counts.get(name) > 0);
  const fullest = [...names].sort((one, other) => counts.get(other) - counts.get(one)).slice(0, MOST_COLUMNS);
  return names.filter((name) => fullest.includes(name));
}

function line(kind, { key, deleted, record }, columns) {
  const buttons = deleted
    ? make("span", { class: "tag" }, "deleted")
    : [
        make("button", { onclick: () => change(kind, key, record), "aria-label": `Edit ${kind} ${key}` }, "Edit"),
        " ",
        make("button", { class: "danger", onclick: () => attempt(() => remove(kind, key)), "aria-label": `Delete ${kind} ${key}` }, "Delete…"),
      ];
  const cells = columns.map((name) => short(record[name]));
  const made = row(make("b", {}, key), ...cells, buttons);
  made.className = deleted ? "deleted" : "";
  made.lastChild.className = "actions";
  return made;
}

function change(kind, key, record) {
  edit({ title: `Edit ${kind} ${key}`, key, record, save: (_, changed) => put(kind, key, changed), saved: refresh });
}

function create() {
  const kind = byId("records-kind").value;
  const example = state[kind]?.find(({ deleted }) => !deleted)?.record ?? {};
  edit({ title: `New record of ${kind}`, record: example, save: (key, record) => put(kind, key, record), saved: refresh });
}

async function put(kind, key, record) {
  await call("PUT", `state/${encodeURIComponent(kind)}/${encodeURIComponent(key)}`, record);
  tell(`${kind} ${key} is stored.`);
}

async function remove(kind, key) {
  if (!(await ask(`Delete ${kind} ${key}?`, "No call will find it any more.", "Delete"))) return;
  await call("DELETE", `state/${encodeURIComponent(kind)}/${encodeURIComponent(key)}`);
  await refresh();
  tell(`${kind} ${key} is deleted.`);
  byId("records-kind").focus();
}
