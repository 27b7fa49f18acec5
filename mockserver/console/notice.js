// What the console tells below its pages: what was done, and what could not be.

import { byId } from "./dom.js";

const SHOWN_MS = 6000;
let timer;

/** Tell something in a sentence. */
export function tell(sentence, kind = "done") {
  const notice = byId("notice");
  notice.textContent = sentence;
  notice.dataset.kind = kind;
  clearTimeout(timer);
  timer = setTimeout(() => (notice.textContent = ""), SHOWN_MS * (kind === "fault" ? 2 : 1));
}

/** Do something that may fail, and tell why if it does; a token that is missing is asked for. */
export async function attempt(action) {
  try {
    return await action();
  } catch (error) {
    if (error.status === 401) {
      tell("This needs the admin token that the mock printed: put it into the field Token, then try again.", "fault");
      byId("token").focus();
    } else {
      tell(error instanceof TypeError ? `The mock does not answer: ${error.message}.` : error.message, "fault");
    }
    return undefined;
  }
}

/** Do something that may fail when a form is submitted, in the place of its leaving the page. */
export function onSubmit(id, action) {
  byId(id).addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(action);
  });
}
