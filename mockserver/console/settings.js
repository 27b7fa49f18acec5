// What the console remembers for as long as its tab is open: the admin token and the world it looks at.

const changes = new EventTarget();

export const settings = {
  get token() {
    return sessionStorage.getItem("token") ?? "";
  },
  set token(value) {
    sessionStorage.setItem("token", value.trim());
    changes.dispatchEvent(new Event("change"));
  },
  /** The name that goes out as X-Mock-Session; "" is the base. */
  get world() {
    return sessionStorage.getItem("world") ?? "";
  },
  set world(value) {
    sessionStorage.setItem("world", value.trim());
    changes.dispatchEvent(new Event("change"));
  },
};

/** Call `then` whenever the token or the world is another one. */
export function onChange(then) {
  changes.addEventListener("change", then);
}

/** Take the token out of the link that the mock printed, `…#token=…`, and out of the address. */
export function takeToken() {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given === null) return;
  history.replaceState(null, "", location.pathname);
  settings.token = given;
}
