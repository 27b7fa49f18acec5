// What the last edit of the mock's files came to: one that cannot be used is shown until it is mended.

import { byId } from "./dom.js";

/** Show what is wrong with an edit, or nothing once it is served. */
export function show({ error, excerpt }) {
  byId("edit").hidden = error === null;
  byId("edit-error").textContent = error ?? "";
  byId("edit-excerpt").textContent = excerpt.join("\n");
  byId("edit-excerpt").hidden = excerpt.length === 0;
}
