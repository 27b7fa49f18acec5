// A record as JSON in a dialog that stays open until it could be stored.

import { byId } from "./dom.js";
import { attempt } from "./notice.js";

/**
 * Let a record be edited; `save(key, record)` stores it, `saved()` is called once the dialog is closed.
 * Without a `key` one is asked for.
 */
export function edit({ title, key, record, save, saved }) {
  const dialog = byId("editor");
  byId("editor-title").textContent = title;
  byId("editor-key-line").hidden = key !== undefined;
  byId("editor-key").value = key ?? "";
  byId("editor-key").required = key === undefined;
  byId("editor-text").value = JSON.stringify(record, null, 2);
  byId("editor-fault").textContent = "";
  byId("editor-cancel").onclick = () => dialog.close();
  dialog.querySelector("form").onsubmit = async (event) => {
    event.preventDefault();
    const fault = await stored(save);
    byId("editor-fault").textContent = fault ?? "";
    if (fault !== null) return;
    dialog.close();
    attempt(saved);
  };
  dialog.showModal();
  byId("editor-text").setSelectionRange(0, 0);
  byId("editor-text").scrollTop = 0;
  byId(key === undefined ? "editor-key" : "editor-text").focus();
}

/** Store what is written, and return what speaks against it, or null. */
async function stored(save) {
  let record;
  try {
    record = JSON.parse(byId("editor-text").value);
  } catch (error) {
    return `This is no JSON: ${error.message}.`;
  }
  try {
    await save(byId("editor-key").value, record);
    return null;
  } catch (error) {
    if (error.status === 401) return "This needs the admin token: close this and put it into the field Token.";
    return error.message;
  }
}
