// Values as cells of tables show them.

import { make } from "./dom.js";

const LONGEST = 60;
const LEAD = 20;

/** Return a value as a text that is not too long for a cell; nothing for null. */
export function short(value) {
  if (value === null || value === undefined) return "";
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}

/** Return a text that is not too long for a cell, with what stands at a place in it. */
export function around(text, place) {
  const start = text.length > LONGEST ? Math.max(0, place - LEAD) : 0;
  return short(start > 0 ? `…${text.slice(start)}` : text);
}

/** Return a time of RFC 3339 as an element that shows its day and second. */
export function moment(text) {
  return make("time", { datetime: text }, text.slice(0, 19).replace("T", " "));
}
