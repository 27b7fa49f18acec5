// "Why did I get this?": the explanation of a request as a text for people.

import { make } from "./dom.js";

const LONGEST = 120;

/** Return an element that tells an explanation of the admin API. */
export function explanation(told) {
  const reached = told.rules.filter((rule) => rule.verdict !== "not reached");
  const after = told.rules.length - reached.length;
  return make(
    "div",
    { class: "why" },
    make("h4", {}, "Why"),
    outcome(told),
    told.smallest_change && remedy(told.smallest_change),
    violations(told.request.violations),
    reached.length > 0 && part(`Rules that were asked: ${reached.length}`, rules(reached), reached.some(refuses)),
    after > 0 && make("p", { class: "hint" }, `${after} more ${after === 1 ? "rule" : "rules"} came after that and ${after === 1 ? "was" : "were"} not asked.`),
    told.changes.length > 0 && part(`Records that changed: ${told.changes.length}`, changes(told.changes), true),
    told.call && part("The call as it was read", json(told.call)),
  );
}

const refuses = (rule) => rule.verdict === "refuses";

function outcome({ outcome: { status, refusal, behaviour, note }, operation, rules }) {
  if (refusal) {
    const provoked = rules.some((rule) => refuses(rule) && rule.provoked);
    return make(
      "p",
      {},
      make("b", {}, `Refused with ${status}: `),
      `${refusal.message || refusal.problem} `,
      provoked && "It was asked for. ",
      make("span", { class: "hint" }, `Rule ${refusal.rule}, ${place(refusal.place)}`),
    );
  }
  if (behaviour) {
    const { action, kind } = behaviour;
    return make("p", {}, make("b", {}, `Carried out, ${status}: `), `${action} ${kind}. `, hint(behaviour.place));
  }
  return make("p", {}, make("b", {}, `Answered with ${status}. `), note ?? "", operation ? hint(operation.place) : "");
}

function remedy({ edits, answer }) {
  const then = answer ? `would be answered with ${answer.status}` : "would be judged like any other";
  if (edits.length === 0) return make("p", { class: "remedy" }, `The same request ${then} now.`);
  return make(
    "div",
    { class: "remedy" },
    make("p", {}, `With ${edits.length === 1 ? "this change" : "these changes"} it ${then}:`),
    make("ul", {}, edits.map((one) => make("li", {}, edit(one)))),
  );
}

function edit({ location, pointer, was, becomes, remove }) {
  const spot = [`${location} `, pointer && make("code", {}, pointer)];
  if (remove) return [...spot, ": leave it out", was === undefined || was === null ? "" : [" (it was ", value(was), ")"]].flat();
  const before = was === undefined || was === null ? [] : [value(was), " → "];
  return [...spot, ": ", ...before, value(becomes)];
}

function violations(all) {
  if (all.length === 0) return null;
  const one = ({ location, pointer, message }) => make("li", {}, `${location} `, pointer && make("code", {}, pointer), `: ${message}`);
  return part(`What does not fit the document: ${all.length}`, make("ul", {}, all.map(one)), true);
}

function rules(all) {
  return make("ol", { class: "rules" }, all.map(rule));
}

function rule({ rule: name, problem, status, stage, place: spot, verdict, message, read }) {
  return make(
    "li",
    { class: verdict },
    make("b", {}, `${verdict === "refuses" ? "✗ refuses" : "✓ passes"} `),
    `${name} `,
    make("span", { class: "hint" }, `${name === problem ? "" : `${problem}, `}${status}, stage ${stage}, ${place(spot)}`),
    message && make("p", {}, message),
    read.length > 0 && make("ul", {}, read.map(fact)),
  );
}

function fact({ path, condition, found, met, absent, row }) {
  const which = row === undefined ? "" : ` (row ${row})`;
  return make(
    "li",
    {},
    make("code", {}, path),
    `${which} is `,
    absent ? make("i", {}, "absent") : value(found),
    `; asked for `,
    make("code", {}, condition),
    `: ${met ? "met" : "not met"}`,
  );
}

function changes(all) {
  return make("ul", {}, all.map(({ kind, key, before, after }) => {
    const what = before === null ? "new" : after === null ? "deleted" : "changed";
    return make("li", {}, `${kind} `, make("code", {}, key), ` ${what}`, what === "changed" && fields(before, after));
  }));
}

function fields(before, after) {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const moved = names.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
  return make("ul", {}, moved.map((name) => make("li", {}, make("code", {}, name), ": ", value(before[name]), " → ", value(after[name]))));
}

function part(title, content, open = false) {
  return make("details", { open }, make("summary", {}, title), content);
}

function json(shown) {
  return make("pre", { tabindex: "0", "aria-label": "The call" }, JSON.stringify(shown, null, 2));
}

function value(shown) {
  const text = shown === undefined ? "absent" : JSON.stringify(shown);
  return make("code", { class: "value" }, text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);
}

function hint(spot) {
  return make("span", { class: "hint" }, place(spot));
}

function place({ file, line }) {
  return `${file}:${line}`;
}
