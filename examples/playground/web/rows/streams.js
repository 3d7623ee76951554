import { granted, grantedPreflight } from "../expectations.js";
import { htmlStandard, xhrStandard } from "../standards.js";
import { absent } from "../verdict.js";

// What keeps proxies from holding events back.
const unbuffered = { "← cache-control": "no-cache, no-transform", "← x-accel-buffering": "no" };

export const streams = {
  id: "streams",
  title: "Streams",
  says: "Responses that go on, or come late: server-sent events, and what was there before them.",
  rows: [
    {
      id: "event-source",
      title: "EventSource that comes back",
      says: "With credentials. The stream ends after two events, and the page asks for what comes after the second.",
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
          granted(context, "GET", 200, { ...unbuffered, "→ last-event-id": absent }),
          granted(context, "GET", 200, { ...unbuffered, "→ last-event-id": "2" }),
        ],
      }),
    },
    {
      id: "events-by-fetch",
      title: "Events by fetch",
      says: "Script that sets Last-Event-ID by itself has to ask for it; an EventSource never does.",
      clause: htmlStandard("Server-sent events", "server-sent-events"),
      run: ({ send }) => send("api", "/events", { headers: { "Last-Event-ID": "2" } }),
      expect: (context) => ({
        page: { status: 200, text: "id: 3\ndata: three\n\n" },
        servers: [
          grantedPreflight(context, "GET", "last-event-id"),
          granted(context, "GET", 200, { ...unbuffered, "→ last-event-id": "2" }),
        ],
      }),
    },
    {
      id: "xhr-streaming",
      title: "XMLHttpRequest at readyState 3",
      says: "The first line is read before the second is made: that is made when the page says so.",
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
        servers: [granted(context, "GET", 200, unbuffered), granted(context, "POST", 204)],
      }),
    },
    {
      id: "long-poll",
      title: "Long poll",
      says: "One poll is answered when there is something to say, the next after its window with 204. No cache keeps either.",
      clause: htmlStandard("Server-sent events", "server-sent-events"),
      run: async ({ send }) => {
        const waiting = send("api", "/poll");
        // The poll is there before what it waits for.
        await new Promise((resolve) => setTimeout(resolve, 100));
        await send("api", "/release", { method: "POST" });
        return { told: await waiting, nothing: await send("api", "/poll") };
      },
      expect: (context) => ({
        page: { told: { status: 200, text: "released" }, nothing: { status: 204, text: "" } },
        servers: [
          granted(context, "GET", 200, { "← cache-control": "no-store" }),
          granted(context, "POST", 204),
          granted(context, "GET", 204, { "← cache-control": "no-store" }),
        ],
      }),
    },
  ],
};
