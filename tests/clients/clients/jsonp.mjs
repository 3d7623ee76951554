// JSONP of jQuery 3 and 4, Angular, esri-leaflet and a plain script. Pages of every origin can use it.
// https://angular.dev/api/common/http/JsonpClientBackend

export const policy = "JSONP";

export function serve({ json }) {
  return {
    respond({ url, headers }, response) {
      const cookie = url.startsWith("/login") && { "set-cookie": "sid=alice; SameSite=None; Secure; Path=/" };
      json(response, { text: "</script>\u2028", cookie: headers.cookie ?? null }, cookie || {});
    },
  };
}

export async function page({ check, equal, API }) {
  const anyone = { open: true };
  const url = `${API}/feed`;
  const feed = (data) => equal(data, { text: "</script>\u2028", cookie: null });
  await fetch(`${API}/login`, { mode: "no-cors", credentials: "include" });
  for (const [version, { default: $ }] of [
    [3, await import("jquery3")],
    [4, await import("jquery")],
  ]) {
    const jsonp = (options) =>
      new Promise((resolve, reject) => $.ajax({ url, dataType: "jsonp", ...options }).then(resolve, reject));
    await check(`jQuery ${version}`, async () => feed(await jsonp({})), anyone);
    // Version 4 needs the type "jsonp".
    if (version === 3) await check("jQuery 3, getJSON", async () => feed(await $.getJSON(`${url}?callback=?`)), anyone);
  }
  await check(
    "Angular",
    async () => {
      await import("@angular/compiler");
      const { CSP_NONCE, Injector, runInInjectionContext } = await import("@angular/core");
      const { HttpRequest, JsonpClientBackend } = await import("@angular/common/http");
      const { firstValueFrom, filter } = await import("rxjs");
      const injector = Injector.create({ providers: [{ provide: CSP_NONCE, useValue: null }] });
      const backend = runInInjectionContext(injector, () => new JsonpClientBackend(window, document));
      const events = backend.handle(new HttpRequest("JSONP", `${url}?callback=JSONP_CALLBACK`));
      return feed((await firstValueFrom(events.pipe(filter(({ body }) => body)))).body);
    },
    anyone,
  );
  await check(
    "esri-leaflet",
    async () => {
      const { get } = await import("esri-leaflet");
      return feed(
        await new Promise((resolve, reject) =>
          get.JSONP(url, {}, (error, data) => (error ? reject(error) : resolve(data))),
        ),
      );
    },
    anyone,
  );
  await check(
    "script",
    () =>
      new Promise((resolve, reject) => {
        window.show = (data) => resolve(feed(data));
        document.head.append(
          Object.assign(document.createElement("script"), { src: `${url}?callback=show`, onerror: reject }),
        );
      }),
    anyone,
  );
}
