// A request of the journal as a line for a shell.

const LEFT_OUT = /^(host|content-length|connection|user-agent|accept-encoding|accept-language|origin|referer|cache-control|pragma|sec-.*|dnt)$/i;
const HIDDEN = "[redacted]";

/** Return the line; credentials, which the journal does not keep, become shell variables. */
export function asCurl({ method, target, headers, body }) {
  const words = ["curl", ...(method === "GET" ? [] : method === "HEAD" ? ["-I"] : ["-X", method])];
  for (const [name, value] of headers) {
    if (LEFT_OUT.test(name)) continue;
    words.push("-H", value === HIDDEN ? `"${name}: $${variable(name)}"` : quoted(`${name}: ${value}`));
  }
  if (body) words.push("--data-raw", quoted(body));
  const url = location.origin + target;
  if (/[[\]{}]/.test(url)) words.push("-g");
  return [...words, quoted(url)].join(" ");
}

/** Return the variables that the line needs. */
export function variables({ headers }) {
  return headers.filter(([, value]) => value === HIDDEN).map(([name]) => variable(name));
}

function variable(name) {
  return name.toUpperCase().replace(/[^A-Z0-9]/g, "_");
}

function quoted(text) {
  return /^[A-Za-z0-9_./:=@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
