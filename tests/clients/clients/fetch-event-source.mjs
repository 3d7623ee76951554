// fetch-event-source, the polyfill of eventsource, and EventSource: four events, with one reconnection.
// https://github.com/Azure/fetch-event-source

export const policy = "Event streams by fetch";
export const preset = "sse-over-fetch";
export const scripts = ["/polyfill.js"];
export const files = {
  "/polyfill.js": { type: "text/javascript", asset: "eventsource/example/eventsource-polyfill.js" },
};

export function serve({ read }) {
  return {
    async respond(request, response) {
      await read(request);
      const last = Number(request.headers["last-event-id"] ?? 0);
      response.writeHead(200, { "content-type": "text/event-stream" });
      for (const number of [last + 1, last + 2]) response.write(`id: ${number}\ndata: ${number}\n\n`);
      response.end("retry: 10\n\n");
    },
  };
}

export async function page({ check, equal, API }) {
  const { fetchEventSource } = await import("@microsoft/fetch-event-source");
  // Waits for four events. `start` returns a function that closes the stream.
  const read = async (start) => {
    const seen = [];
    let close;
    await new Promise((resolve, reject) => {
      const onmessage = ({ data }) => {
        if (data && seen.push(Number(data)) === 4) resolve();
      };
      close = start(onmessage, reject);
    }).finally(() => close());
    return equal(seen, [1, 2, 3, 4]);
  };
  const byFetch = (options) => (onmessage, reject) => {
    const controller = new AbortController();
    const { signal } = controller;
    const onclose = () => {
      throw new Error("reconnect");
    };
    const onerror = (error) => {
      if (error.message !== "reconnect") throw error;
      return 10;
    };
    const handlers = { onmessage, onclose, onerror };
    fetchEventSource(`${API}/events`, { ...options, ...handlers, signal, openWhenHidden: true }).catch(reject);
    return () => controller.abort();
  };
  const headers = { authorization: "Bearer t", "content-type": "application/json" };
  await check("fetch-event-source", () => read(byFetch({})));
  await check("POST of JSON with a token", () => read(byFetch({ method: "POST", body: "{}", headers })));
  for (const Source of [EventSource, globalThis.EventSourcePolyfill]) {
    await check(Source === EventSource ? "EventSource" : "polyfill", () =>
      read((onmessage, reject) => {
        const source = new Source(`${API}/events`);
        const onerror = () => source.readyState === 2 && reject(new Error("closed"));
        Object.assign(source, { onmessage, onerror });
        return () => source.close();
      }),
    );
  }
}
