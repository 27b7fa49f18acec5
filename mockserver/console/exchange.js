// One exchange of the journal, beside the list: what was sent, what came, and why.

import { call } from "./api.js";
import { asCurl, variables } from "./curl.js";
import { byId, make, pretty } from "./dom.js";
import { explanation } from "./explanation.js";
import { attempt, tell } from "./notice.js";

/** Show an exchange; closing goes back to `opener`. */
export function show(exchange, opener) {
  const { request, answer } = exchange;
  const title = make("h3", { id: "exchange-title", tabindex: "-1" }, `${request.method} ${request.target}`);
  const reason = make("div", { id: "why", "aria-live": "polite" });
  const close = () => {
    byId("exchange").hidden = true;
    opener.focus();
  };
  byId("exchange").replaceChildren(
    make("div", { class: "head" }, title, make("button", { onclick: close, "aria-label": "Close the exchange" }, "Close")),
    summary(exchange),
    make(
      "p",
      { class: "bar" },
      make("button", { class: "primary", onclick: () => attempt(() => why(exchange, reason)) }, "Why did I get this?"),
      make("button", { onclick: () => copy(request) }, "Copy as curl"),
    ),
    reason,
    message("Request", request),
    message("Answer", answer),
  );
  byId("exchange").onkeydown = (event) => {
    if (event.key === "Escape") close();
  };
  byId("exchange").hidden = false;
  title.focus();
}

function summary({ id, answer, operation, document, duration_ms: ms, problem, note }) {
  return make(
    "p",
    {},
    make("span", { class: `status s${String(answer.status)[0]}` }, String(answer.status)),
    ` ${problem ?? ""} `,
    make("span", { class: "hint" }, `${operation ? `${document}.${operation}` : "no operation"}, ${ms} ms, ${id}`),
    note && make("span", { class: "note" }, note),
  );
}

async function why(exchange, place) {
  place.replaceChildren(make("p", { class: "hint" }, "asking …"));
  try {
    place.replaceChildren(explanation(await call("GET", `requests/${encodeURIComponent(exchange.id)}/explain`)));
  } catch (error) {
    place.replaceChildren();
    throw error;
  }
}

async function copy(request) {
  const line = asCurl(request);
  const missing = variables(request);
  const hint = missing.length ? ` Set ${missing.join(", ")} first: the journal keeps no credentials.` : "";
  try {
    await navigator.clipboard.writeText(line);
    tell(`Copied.${hint}`);
  } catch {
    tell(`The browser lets nothing be copied; here it is: ${line}`);
  }
}

function message(name, { headers, body }) {
  return make(
    "section",
    { class: "message" },
    make("h4", {}, name),
    body ? make("pre", { tabindex: "0", "aria-label": `Body of the ${name.toLowerCase()}` }, pretty(body)) : make("p", { class: "hint" }, "no body"),
    make(
      "details",
      {},
      make("summary", {}, `${headers.length} headers`),
      make("dl", { class: "named" }, headers.map(([header, value]) => [make("dt", {}, header), make("dd", {}, value)]).flat()),
    ),
  );
}
