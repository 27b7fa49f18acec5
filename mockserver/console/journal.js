// The journal: what was asked and answered in the world, as it comes, the newest first.

import { call } from "./api.js";
import { byId, make, row } from "./dom.js";
import { show } from "./exchange.js";
import { attempt, tell } from "./notice.js";
import { onChange } from "./settings.js";
import { follow } from "./stream.js";

const MOST = 500;

let entries = []; // the newest first, each { exchange, line }
let last = 0;
let following = new AbortController();
const heard = { request };
const listeners = [];

/** Call `then(exchange)` for each exchange that comes. */
export function onExchange(then) {
  listeners.push(then);
}

/** Call `then(edit)` for each edit of the mock's files; at first for what there is to tell of the last. */
export function onEdit(then) {
  heard.reload = then;
}

/** Begin to follow the journal. */
export function start() {
  byId("journal-filter").addEventListener("input", filter);
  byId("journal-status").addEventListener("change", filter);
  byId("journal-clear").addEventListener("click", () => attempt(forget));
  document.addEventListener("visibilitychange", resume);
  onChange(restart);
  restart();
}

/** Empty the page's list; the world has begun anew. */
export function empty() {
  entries = [];
  last = 0;
  byId("journal-rows").replaceChildren();
  byId("exchange").hidden = true;
  filter();
}

async function forget() {
  await call("DELETE", "requests");
  empty();
  tell("The journal is empty.");
}

function restart() {
  empty();
  resume();
}

/** Follow the journal from where it was left, but not in a tab that nobody sees: connections are few. */
function resume() {
  following.abort();
  if (document.hidden) return;
  following = new AbortController();
  follow(following.signal, last, heard, said);
}

function said(state, error) {
  const live = byId("journal-live");
  live.dataset.state = state;
  live.textContent = state === "live" ? "live" : error?.status === 401 ? "needs the token" : "waiting for the mock";
}

function request(exchange, number) {
  if (number <= last) empty(); // the journal itself began anew
  last = number;
  const line = asRow(exchange);
  entries.unshift({ exchange, line });
  byId("journal-rows").prepend(line);
  for (const one of entries.splice(MOST)) one.line.remove();
  filter([entries[0]]);
  for (const then of listeners) then(exchange);
}

function asRow(exchange) {
  const { method, target } = exchange.request;
  const open = make("button", { class: "link", "aria-controls": "exchange" }, make("b", {}, method), ` ${target}`);
  open.addEventListener("click", () => {
    for (const one of byId("journal-rows").querySelectorAll("[aria-current]")) one.removeAttribute("aria-current");
    open.setAttribute("aria-current", "true");
    show(exchange, open);
  });
  const { status } = exchange.answer;
  return row(
    make("time", { datetime: new Date(exchange.time * 1000).toISOString() }, clockTime(exchange.time)),
    open,
    make("span", { class: `status s${String(status)[0]}` }, String(status)),
    exchange.operation ?? make("i", {}, exchange.document ?? "none"),
    breakable(exchange.problem ?? exchange.rule ?? ""),
  );
}

/** Return a name that may be broken after each of its underscores. */
function breakable(name) {
  return name.split(/(?<=_)/).flatMap((part) => [part, make("wbr")]);
}

function clockTime(seconds) {
  return new Date(seconds * 1000).toLocaleTimeString(undefined, { hour12: false });
}

function filter(some) {
  const text = byId("journal-filter").value.toLowerCase();
  const status = byId("journal-status").value;
  for (const { exchange, line } of Array.isArray(some) ? some : entries) {
    line.hidden = !(fits(exchange, status) && words(exchange).includes(text));
  }
  const shown = entries.some(({ line }) => !line.hidden);
  byId("journal-empty").hidden = shown;
  byId("journal-empty").textContent = entries.length
    ? "No request fits the filter."
    : "Nothing was asked yet. What comes appears here at once.";
}

function fits({ answer, document, operation }, status) {
  if (status === "lost") return !operation && !document;
  return String(answer.status).startsWith(status);
}

function words({ request, answer, document, operation, problem, rule }) {
  const parts = [request.method, request.target, answer.status, document, operation, problem, rule];
  return parts.filter((part) => part !== null).join(" ").toLowerCase();
}
