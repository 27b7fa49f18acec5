// The world's clock, and the work that goes on with it.

import { call } from "./api.js";
import { byId, make, row } from "./dom.js";
import { attempt, onSubmit, tell } from "./notice.js";
import { moment } from "./texts.js";

const MODES = {
  real: () => "goes",
  frozen: () => "stands still",
  scaled: (factor) => `goes ${factor} times as fast`,
  stepped: (step) => `goes ${step} s at each look`,
};

const edited = new Set(); // the fields that were edited since the page looked

/** Wire the page up. */
export function start() {
  byId("jobs-form").addEventListener("input", ({ target }) => edited.add(target.id));
  byId("clock-freeze").addEventListener("click", () => attempt(() => set({ mode: "frozen" })));
  byId("clock-real").addEventListener("click", () => attempt(goOn));
  byId("clock-today").addEventListener("click", () => attempt(() => set({ mode: "real", now: new Date().toISOString() })));
  onSubmit("clock-form", go);
  onSubmit("advance-form", advance);
  onSubmit("jobs-form", pace);
  byId("jobs-advance").addEventListener("click", () => attempt(workOff));
}

/** Look at clock and jobs again; the fields that are being edited stay as they are. */
export async function refresh({ fields = true } = {}) {
  if (fields) edited.clear();
  const [clock, jobs] = await Promise.all([call("GET", "clock"), call("GET", "jobs")]);
  showClock(clock);
  byId("jobs-rows").replaceChildren(...jobs.jobs.map(line));
  byId("jobs-empty").hidden = jobs.jobs.length > 0;
  if (!fields) return;
  for (const name of ["mode", "rate"]) if (!edited.has(`jobs-${name}`)) byId(`jobs-${name}`).value = jobs[name];
}

function showClock(clock) {
  const { now } = clock;
  const shown = byId("clock-now");
  shown.dateTime = now;
  shown.textContent = `${now.slice(0, 10)} ${now.slice(11, 19)} UTC`;
  byId("clock-mode").textContent = going(clock);
}

function going({ mode, factor, step }) {
  return MODES[mode]?.(factor ?? step) ?? mode;
}

async function set(wanted) {
  const clock = await call("PUT", "clock", wanted);
  showClock(clock);
  tell(`The clock ${going(clock)}.`);
  await refresh();
}

async function goOn() {
  const { now } = await call("GET", "clock");
  await set({ mode: "real", now });
}

async function go() {
  const mode = byId("clock-pace").value;
  const number = Number(byId("clock-number").value);
  await set({ mode, ...(mode === "scaled" ? { factor: number } : { step: number }) });
}

async function advance() {
  const seconds = Number(byId("advance-by").value) * Number(byId("advance-unit").value);
  const { jobs, ...clock } = await call("POST", "clock/advance", { seconds });
  showClock(clock);
  tell(`It is ${clock.now.slice(0, 19).replace("T", " ")} now${jobs.length ? `, and ${jobs.length} jobs got further` : ""}.`);
  await refresh();
}

async function pace() {
  const rate = byId("jobs-rate").value;
  await call("PUT", "jobs", { mode: byId("jobs-mode").value, ...(rate && { rate: Number(rate) }) });
  tell("Work goes on as you said.");
  await refresh();
}

async function workOff() {
  const { jobs } = await call("POST", "jobs/advance", { items: Number(byId("jobs-items").value) });
  tell(jobs.length ? `${jobs.length} jobs got further.` : "There is nothing to do.");
  await refresh();
}

function line({ document, job, operation, key, state, total, done, failed, accepted }) {
  const bar = make("progress", { max: String(total || 1), value: String(total ? done + failed : 1), "aria-label": `Progress of job ${job}` });
  return row(
    make("b", {}, `${document} ${key}`),
    operation,
    state,
    [bar, ` ${done + failed} of ${total}`],
    String(failed),
    moment(accepted),
  );
}
