// Asking before something is lost.

import { byId } from "./dom.js";

/** Return whether the user says yes to a question, `yes` being the word on its button. */
export function ask(title, text, yes) {
  const dialog = byId("asking");
  byId("asking-title").textContent = title;
  byId("asking-text").textContent = text;
  byId("asking-yes").textContent = yes;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((answered) => {
    dialog.addEventListener("close", () => answered(dialog.returnValue === "yes"), { once: true });
  });
}
