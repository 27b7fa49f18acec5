// What goes wrong with the world's calls: switches for the usual, a form for the rest, the list.

import { call } from "./api.js";
import { byId, make, redraw, row } from "./dom.js";
import { attempt, onSubmit, tell } from "./notice.js";

const SWITCHES = [
  ["Slow: every answer is 2 s late", { fixedDelayMilliseconds: 2000 }],
  ["As slow as production: 40 ms, 250 ms at p95, 900 ms at p99", { delayDistribution: { type: "percentile", p50: 40, p95: 250, p99: 900 } }],
  ["Flaky: every third call or so gets a 503", { status: 503, retryAfter: 1, probability: 0.33, chaos: true }],
  ["Overrun: every call gets a 429", { status: 429, retryAfter: 5, chaos: true }],
  ["Out of order: every call gets a 500", { status: 500, chaos: true }],
  ["Torn: connections are reset after the call was carried out", { fault: "CONNECTION_RESET_BY_PEER" }],
];
const BREAKS = {
  CONNECTION_RESET_BY_PEER: "the connection is reset",
  EMPTY_RESPONSE: "nothing comes back",
  TRUNCATED_BODY: "the body is cut short",
};
const STATUSES = [429, 500, 502, 503, 504];
const OWN = ["id", "left", "fired", "document", "operation", "request", "times", "probability", "seed", "chaos"];

let operations = []; // { document, operation, problems }
let learning = null;

/** Wire the page up. */
export function start() {
  byId("fault-operation").addEventListener("change", offer);
  onSubmit("fault-form", add);
  byId("faults-clear").addEventListener("click", () => attempt(clear));
}

/** Look at the faults again. */
export async function refresh() {
  learning ??= learn();
  await learning.catch((error) => {
    learning = null;
    throw error;
  });
  const { faults } = await call("GET", "faults");
  redraw(byId("faults-rows"), ...faults.map(line));
  byId("faults-empty").hidden = faults.length > 0;
  drawSwitches(faults);
}

async function learn() {
  operations = (await call("GET", "coverage")).operations;
  const documents = [...new Set(operations.map((one) => one.document))];
  byId("fault-operation").replaceChildren(
    make("option", { value: "" }, "all"),
    ...documents.map((document) =>
      make("optgroup", { label: document }, operations.filter((one) => one.document === document).map((one) =>
        make("option", { value: `${document} ${one.operation}` }, one.operation),
      )),
    ),
  );
  offer();
}

/** Offer what can happen to the operation that is chosen: its own errors first. */
function offer() {
  const [document, operation] = byId("fault-operation").value.split(" ");
  const chosen = operations.find((one) => one.document === document && one.operation === operation);
  const errors = Object.keys(chosen?.problems ?? {});
  byId("fault-answer").replaceChildren(
    make("option", { value: "" }, "it is only late"),
    ...(errors.length ? [make("optgroup", { label: "Declared errors" }, errors.map((name) => make("option", { value: `error ${name}`, selected: name === errors[0] }, name)))] : []),
    make("optgroup", { label: "Statuses" }, STATUSES.map((status) => make("option", { value: `status ${status}` }, String(status)))),
    make("optgroup", { label: "Broken connections" }, Object.entries(BREAKS).map(([name, words]) => make("option", { value: `fault ${name}` }, words))),
  );
}

async function add() {
  await call("POST", "faults", asked());
  await refresh();
  tell("The fault is armed.");
}

function asked() {
  const [document, operation] = byId("fault-operation").value.split(" ");
  const [what, which] = byId("fault-answer").value.split(" ");
  const fault = operation ? { document, operation } : {};
  if (what === "status") Object.assign(fault, { status: Number(which), chaos: true });
  else if (what) fault[what] = which;
  for (const [id, member] of [["delay", "fixedDelayMilliseconds"], ["times", "times"], ["probability", "probability"]]) {
    const { value } = byId(`fault-${id}`);
    if (value !== "") fault[member] = Number(value);
  }
  return fault;
}

async function clear() {
  await call("DELETE", "faults");
  await refresh();
  tell("Nothing goes wrong any more.");
}

async function remove(id) {
  await call("DELETE", `faults/${encodeURIComponent(id)}`);
  await refresh();
  tell(`Fault ${id} is removed.`);
  byId("armed-title").closest(".head").querySelector("button").focus();
}

function line(fault) {
  const gone = make("button", { class: "danger", onclick: () => attempt(() => remove(fault.id)), "aria-label": `Remove fault ${fault.id}` }, "Remove");
  const left = fault.left === null ? "no end" : fault.left === 0 ? "used up" : String(fault.left);
  const made = row(make("b", {}, fault.id), meant(fault), effect(fault), left, String(fault.fired), gone);
  made.lastChild.className = "actions";
  made.className = fault.left === 0 ? "deleted" : "";
  return made;
}

function meant({ document, operation, request, probability }) {
  const who = operation ?? document ?? "all operations";
  const pattern = request ? make("code", {}, ` ${JSON.stringify(request)}`) : "";
  return [who, pattern, probability === undefined ? "" : `, with probability ${probability}`];
}

function effect(fault) {
  const effects = Object.entries(fault).filter(([name]) => !OWN.includes(name));
  return effects.map(([name, value]) => words(name, value)).join(", ");
}

function words(name, value) {
  switch (name) {
    case "error":
      return `error ${value}`;
    case "status":
      return `status ${value}`;
    case "retryAfter":
      return `Retry-After ${value} s`;
    case "fault":
      return BREAKS[value];
    case "fixedDelayMilliseconds":
      return `${value} ms late`;
    default:
      return `${name} ${JSON.stringify(value)}`;
  }
}

function drawSwitches(faults) {
  const items = SWITCHES.map(([name, wanted]) => {
    const on = faults.find((fault) => same(fault, wanted));
    const flip = () => attempt(() => turn(wanted, on, name));
    return make("li", {}, make("button", { role: "switch", class: "switch", "aria-checked": String(Boolean(on)), onclick: flip }, name));
  });
  redraw(byId("switches"), ...items);
}

async function turn(wanted, on, name) {
  if (on) await call("DELETE", `faults/${encodeURIComponent(on.id)}`);
  else await call("POST", "faults", wanted);
  await refresh();
  tell(`${on ? "Off" : "On"}: ${name}.`);
}

/** Tell whether a fault is what a switch makes. */
function same(fault, wanted) {
  const { id, left, fired, ...asked } = fault;
  const sorted = (value) => JSON.stringify(Object.entries(value).sort());
  return sorted(asked) === sorted(wanted);
}
