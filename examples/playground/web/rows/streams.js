import { allowed, allowedPreflight } from "../expectations.js";
import { htmlStandard, xhrStandard } from "../standards.js";
import { absent } from "../verdict.js";

// Headers that prevent proxies from buffering events.
const unbuffered = { "← cache-control": "no-cache, no-transform", "← x-accel-buffering": "no" };

export const streams = {
  id: "streams",
  title: "Streams",
  description: "Responses that continue or arrive late: server-sent events, and older techniques.",
  rows: [
    {
      id: "event-source",
      title: "EventSource that reconnects",
      description: "The stream ends after two events. The page reconnects with credentials, and requests the events after the second.",
      clause: htmlStandard("Last-Event-ID", "the-last-event-id-header"),
      run: ({ url }) =>
        new Promise((resolve) => {
          const source = new EventSource(url("api", "/events"), { withCredentials: true });
          const seen = [];
          source.onmessage = ({ data, lastEventId }) => {
            seen.push(`${lastEventId}: ${data}`);
            if (seen.length === 3) {
              source.close();
              resolve({ seen: seen.join(", ") });
            }
          };
          source.onerror = () => {
            if (source.readyState === EventSource.CLOSED) {
              resolve({ error: "closed", seen: seen.join(", ") });
            }
          };
        }),
      expect: (context) => ({
        page: { seen: "1: one, 2: two, 3: three" },
        servers: [
          allowed(context, "GET", 200, { ...unbuffered, "→ last-event-id": absent }),
          allowed(context, "GET", 200, { ...unbuffered, "→ last-event-id": "2" }),
        ],
      }),
    },
    {
      id: "events-by-fetch",
      title: "Events by fetch",
      description: "A script that sets Last-Event-ID needs a preflight for it; an EventSource does not.",
      clause: htmlStandard("Server-sent events", "server-sent-events"),
      run: ({ send }) => send("api", "/events", { headers: { "Last-Event-ID": "2" } }),
      expect: (context) => ({
        page: { status: 200, text: "id: 3\ndata: three\n\n" },
        servers: [
          allowedPreflight(context, "GET", "last-event-id"),
          allowed(context, "GET", 200, { ...unbuffered, "→ last-event-id": "2" }),
        ],
      }),
    },
    {
      id: "xhr-streaming",
      title: "XMLHttpRequest at readyState 3",
      description: "The page reads the first line before the server creates the second. The server waits for a request of the page.",
      clause: xhrStandard("readyState", "dom-xmlhttprequest-readystate"),
      run: ({ url, send }) =>
        new Promise((resolve) => {
          const xhr = new XMLHttpRequest();
          let first;
          xhr.open("GET", url("api", "/lines"));
          xhr.addEventListener("progress", () => {
            if (first === undefined) {
              first = { state: xhr.readyState, text: xhr.responseText };
              send("api", "/release", { method: "POST" });
            }
          });
          xhr.addEventListener("load", () => resolve({ first, text: xhr.responseText }));
          xhr.addEventListener("error", () => resolve({ error: "error" }));
          xhr.send();
        }),
      expect: (context) => ({
        page: { first: { state: 3, text: '"first"\n' }, text: '"first"\n"second"\n' },
        servers: [allowed(context, "GET", 200, unbuffered), allowed(context, "POST", 204)],
      }),
    },
    {
      id: "long-poll",
      title: "Long poll",
      description: "The server responds to the first poll when there is data, and to the second with 204 after its time window. Caches store neither response.",
      clause: htmlStandard("Server-sent events", "server-sent-events"),
      run: async ({ send }) => {
        const waiting = send("api", "/poll");
        // The poll must reach the server before the release.
        await new Promise((resolve) => setTimeout(resolve, 100));
        await send("api", "/release", { method: "POST" });
        return { data: await waiting, timeout: await send("api", "/poll") };
      },
      expect: (context) => ({
        page: { data: { status: 200, text: "released" }, timeout: { status: 204, text: "" } },
        servers: [
          allowed(context, "GET", 200, { "← cache-control": "no-store" }),
          allowed(context, "POST", 204),
          allowed(context, "GET", 204, { "← cache-control": "no-store" }),
        ],
      }),
    },
  ],
};
