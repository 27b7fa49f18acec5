// The console: which page is shown, and what keeps it up to date.

import * as difference from "./difference.js";
import { byId } from "./dom.js";
import * as edits from "./edits.js";
import * as faults from "./faults.js";
import * as history from "./history.js";
import * as journal from "./journal.js";
import { attempt, tell } from "./notice.js";
import * as operations from "./operations.js";
import * as records from "./records.js";
import * as sessions from "./sessions.js";
import { onChange, settings, takeToken } from "./settings.js";
import * as time from "./time.js";
import * as worlds from "./worlds.js";

const PAGES = { journal: {}, records, faults, time, history, worlds: sessions, operations };
const LIVELY = ["records", "faults", "history", "worlds"];
const PULSE_MS = 1000;
const REST_MS = 200;

let page = "";
let resting;

function open({ focus }) {
  const wanted = location.hash.slice(1);
  page = wanted in PAGES ? wanted : "journal";
  for (const name of Object.keys(PAGES)) byId(name).hidden = name !== page;
  for (const link of document.querySelectorAll("nav a")) {
    if (link.hash === `#${page}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.title = `${byId(`${page}-title`).textContent} – Conformock console`;
  if (focus) byId(`${page}-title`).focus();
  refresh();
}

function refresh() {
  attempt(async () => PAGES[page].refresh?.());
}

/** Refresh a page whose content a request or another tab may have changed, but not for each of many. */
function soon() {
  if (document.hidden || !LIVELY.includes(page)) return;
  clearTimeout(resting);
  resting = setTimeout(refresh, REST_MS);
}

function pulse() {
  if (page === "time" && !document.hidden) time.refresh({ fields: false }).catch(() => {}); // said when asked for
}

takeToken();
for (const one of [records, faults, time, history, sessions, operations]) one.start();
journal.onExchange(soon);
journal.onEdit((edit) => {
  edits.show(edit);
  soon();
});
journal.start();
worlds.start(() => {
  journal.empty();
  difference.hide();
  refresh();
});
byId("token").value = settings.token;
byId("token-form").addEventListener("submit", (event) => {
  event.preventDefault();
  settings.token = byId("token").value;
  tell("The token is kept until this tab is closed.");
});
onChange(() => (byId("token").value = settings.token));
onChange(refresh);
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault(); // the address says which page is shown
  byId("main").focus();
});
for (const form of document.querySelectorAll("form[role=search]")) form.addEventListener("submit", (event) => event.preventDefault());
window.addEventListener("hashchange", () => {
  takeToken();
  open({ focus: true });
});
document.addEventListener("visibilitychange", soon);
window.addEventListener("focus", soon);
setInterval(pulse, PULSE_MS);
open({ focus: false });
