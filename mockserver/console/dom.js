// Making elements; texts stay texts, whatever they hold.

/** Return the element of an id. */
export function byId(id) {
  return document.getElementById(id);
}

/**
 * Return a new element. Members of `given` that begin with "on" are listeners, others attributes;
 * null, false and undefined leave an attribute or a child out.
 */
export function make(tag, given = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((one) => one !== null && one !== undefined && one !== false));
  return element;
}

/** Return a table row of cells, each a child or a list of children. */
export function row(...cells) {
  return make("tr", {}, cells.map((cell) => make("td", {}, cell)));
}

/** Put children in the place of others; the button that has the focus keeps it, if it is still there. */
export function redraw(parent, ...children) {
  const held = parent.contains(document.activeElement) ? nameOf(document.activeElement) : null;
  parent.replaceChildren(...children);
  if (held !== null) [...parent.querySelectorAll("button")].find((one) => nameOf(one) === held)?.focus();
}

function nameOf(element) {
  return element.getAttribute("aria-label") ?? element.textContent;
}

/** Return a text that is JSON indented, any other text as it is. */
export function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
