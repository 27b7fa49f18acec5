// Calls of the admin API, about the world that is looked at.

import { settings } from "./settings.js";

const ADMIN = new URL("..", import.meta.url);

/** What the mock says when it refuses a call: a problem of RFC 9457. */
export class Refusal extends Error {
  constructor(status, problem) {
    super(problem.detail ?? problem.title ?? `The mock answered with status ${status}.`);
    this.status = status;
    this.violations = problem.violations ?? [];
  }
}

/** The headers that say who asks, and about which world: that which is looked at, unless another is given. */
export function credentials(world) {
  return {
    ...(settings.token && { Authorization: `Bearer ${settings.token}` }),
    ...worldHeader(world),
  };
}

/** The header that names the world, none for the base. */
export function worldHeader(world = settings.world) {
  return world ? { "X-Mock-Session": world } : {};
}

/** The URL of a path of the admin API, such as `state/fleet.device`. */
export function adminUrl(path) {
  return new URL(path, ADMIN).href;
}

/** Send a call and return the answer as it comes; `Refusal` where the mock refuses it. */
export async function send(method, path, { body, headers, signal, world } = {}) {
  const answer = await fetch(adminUrl(path), {
    method,
    headers: { ...credentials(world), ...(body && { "Content-Type": "application/json" }), ...headers },
    body: body && JSON.stringify(body),
    signal,
    cache: "no-store",
  });
  if (!answer.ok) throw new Refusal(answer.status, await answer.json().catch(() => ({})));
  return answer;
}

/** Send a call and return what its answer holds, null where it holds nothing. */
export async function call(method, path, body) {
  const answer = await send(method, path, { body });
  return answer.status === 204 ? null : answer.json();
}
