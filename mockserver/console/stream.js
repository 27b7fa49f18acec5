// Server-sent events by fetch: unlike an EventSource, it can send the token and the world's name.

import { send } from "./api.js";

const PAUSE_MS = 1000;

/**
 * Hand each request of the world after number `last` to `heard.request(exchange, number)`, those that are
 * kept first, and each edit of the mock's files to `heard.reload(edit)`, until `signal` aborts.
 * `said(state)` hears "live" and "waiting" as the connection comes and goes.
 */
export async function follow(signal, last, heard, said) {
  while (!signal.aborted) {
    try {
      const headers = { Accept: "text/event-stream", "Last-Event-ID": String(last) };
      const answer = await send("GET", "events", { headers, signal });
      said("live");
      for await (const { id, event, data } of events(answer.body)) {
        if (id !== undefined) last = Number(id);
        heard[event]?.(JSON.parse(data), last);
      }
    } catch (error) {
      if (signal.aborted) return;
      said("waiting", error);
    }
    await new Promise((then) => setTimeout(then, PAUSE_MS));
  }
}

async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const blocks = (rest + value).split("\n\n");
    rest = blocks.pop();
    yield* blocks.map(fields).filter((one) => one.data !== undefined);
  }
}

function fields(block) {
  return Object.fromEntries(
    block.split("\n").map((line) => {
      const [name] = line.split(":", 1);
      return [name, line.slice(name.length + 1).trimStart()];
    }),
  );
}
