// Which world is looked at: the base, or a session that clients name in X-Mock-Session.

import { call } from "./api.js";
import { ask } from "./asking.js";
import { byId, make } from "./dom.js";
import { attempt, tell } from "./notice.js";
import { onChange, settings } from "./settings.js";

/** Wire the chooser up; `restarted` is called when the world has begun anew. */
export function start(restarted) {
  byId("world").value = settings.world;
  onChange(() => (byId("world").value = settings.world));
  byId("world-form").addEventListener("submit", (event) => {
    event.preventDefault();
    settings.world = byId("world").value;
    tell(`This is ${named()} now.`);
  });
  byId("world").addEventListener("focus", () => offer().catch(() => {})); // a list of names is only a help
  byId("reset").addEventListener("click", () => attempt(() => reset(restarted)));
}

/** Return what the world that is looked at is called in a sentence. */
export function named() {
  return settings.world ? `world ${settings.world}` : "the base world";
}

/** Offer the names of the sessions that there are; the base has none. */
async function offer() {
  const { sessions } = await call("GET", "sessions");
  const named = sessions.filter(({ name }) => name !== null);
  byId("world-names").replaceChildren(
    ...named.map(({ name, requests }) => make("option", { value: name, label: `${name}, ${requests} requests` })),
  );
}

async function reset(restarted) {
  const start = settings.world ? "as the base is now" : "with the first records";
  if (!(await ask(`Reset ${named()}?`, `Its records, journal, faults and clock begin anew, ${start}.`, "Reset"))) return;
  await call("POST", "reset");
  tell("It begins anew.");
  restarted();
}
