// A service worker of the page passes requests on, caches responses, and fetches images again.
// https://w3c.github.io/ServiceWorker/

const worker = `
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("fetch", (event) => {
  const { host, searchParams } = new URL(event.request.url);
  if (!host.startsWith("api.")) return;
  const cached = async () => {
    const cache = await caches.open("responses");
    const found = await cache.match(event.request);
    if (found) return found;
    const response = await fetch(event.request);
    await cache.put(event.request, response.clone());
    return response;
  };
  const again = () => fetch(event.request.url, { mode: "cors", credentials: "omit" });
  event.respondWith(searchParams.has("cached") ? cached() : searchParams.has("again") ? again() : fetch(event.request));
});`;

export const policy = "Service workers";
export const files = { "/worker.js": { type: "text/javascript", text: worker } };

export function serve({ read, json }) {
  let requests = 0;
  return {
    async respond(request, response) {
      await read(request);
      requests += 1;
      if (!request.url.startsWith("/pixel")) return json(response, { method: request.method, requests });
      response
        .writeHead(200, { "content-type": "image/svg+xml" })
        .end('<svg xmlns="http://www.w3.org/2000/svg" width="7" height="7"/>');
    },
  };
}

export async function page({ check, equal, API }) {
  await navigator.serviceWorker.register("/worker.js");
  await navigator.serviceWorker.ready;
  if (!navigator.serviceWorker.controller) {
    await new Promise((resolve) => navigator.serviceWorker.addEventListener("controllerchange", resolve));
  }
  const json = async (path, init) => (await fetch(API + path, init)).json();
  const image = (path) =>
    new Promise((resolve, reject) => {
      const image = Object.assign(new Image(), { onerror: () => reject(new Error("error")), src: API + path });
      image.onload = () => resolve(equal(image.width, 7));
    });
  await check("GET", async () => equal((await json("/a")).method, "GET"));
  await check("GET with credentials", async () => equal((await json("/a", { credentials: "include" })).method, "GET"));
  const put = { method: "PUT", body: "{}", headers: { "content-type": "application/json" }, credentials: "include" };
  await check("PUT of JSON", async () => equal((await json("/a", put)).method, "PUT"));
  await check("cached response", async () => equal(await json("/a?cached"), await json("/a?cached")));
  await check("image", () => image("/pixel"), { open: true });
  await check("image that the worker fetches with CORS", () => image("/pixel?again"));
}
