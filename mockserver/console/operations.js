// The operations of a document, to try out: Swagger UI, which comes with the mock.

import { adminUrl, call, credentials, worldHeader } from "./api.js";
import { byId, make } from "./dom.js";

let sites = [];
let learning = null;
let shown = null;

/** Wire the page up. */
export function start() {
  byId("operations-document").addEventListener("change", draw);
  byId("operations-document").form.addEventListener("submit", (event) => event.preventDefault());
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const paint = () => document.documentElement.classList.toggle("dark-mode", dark.matches); // Swagger UI's word
  dark.addEventListener("change", paint);
  paint();
}

/** Show the document that is chosen, the first one to begin with. */
export async function refresh() {
  learning ??= learn();
  await learning.catch((error) => {
    learning = null;
    throw error;
  });
  await draw();
}

async function learn() {
  const { documents } = await call("GET", "version");
  sites = [
    ...documents.map(({ name, title, base_path: base }) => ({ name, title, url: `${base}/openapi.json` })),
    { name: "admin", title: "the mock itself", url: adminUrl("docs") },
  ];
  byId("operations-document").replaceChildren(
    ...sites.map(({ name, title }) => make("option", { value: name }, title ? `${name}: ${title}` : name)),
  );
}

async function draw() {
  const { name, url } = sites.find((one) => one.name === byId("operations-document").value);
  if (shown === name) return;
  shown = name;
  await load();
  window.SwaggerUIBundle({
    domNode: byId("swagger"),
    url,
    presets: [window.SwaggerUIBundle.presets.apis],
    layout: "BaseLayout",
    docExpansion: "list",
    defaultModelsExpandDepth: -1,
    displayRequestDuration: true,
    tryItOutEnabled: true,
    validatorUrl: null,
    requestInterceptor: addressed,
  });
}

/** Return a request of Swagger UI with the world's name, and the token where it is for the admin API. */
function addressed(request) {
  const { origin } = new URL(request.url, location.href);
  if (origin !== location.origin) return request;
  const admin = new URL(request.url, location.href).href.startsWith(adminUrl(""));
  Object.assign(request.headers, admin ? credentials() : worldHeader());
  return request;
}

let loading = null;

/** Load Swagger UI, once. */
function load() {
  window.noZensmooth = true; // or it would take over the clicks on our links
  loading ??= new Promise((loaded, failed) => {
    const folder = new URL("swagger-ui/", import.meta.url).href;
    document.head.append(make("link", { rel: "stylesheet", href: `${folder}swagger-ui.css` }));
    document.head.append(make("script", { src: `${folder}swagger-ui-bundle.js`, onload: loaded, onerror: () => failed(new Error("Swagger UI could not be loaded.")) }));
  });
  return loading;
}
