import {
  granted,
  networkError,
  refused,
  refusedPreflight,
  vary,
} from "../expectations.js";
import { fetchStandard } from "../standards.js";
import { absent } from "../verdict.js";

export const responses = {
  id: "responses",
  title: "Responses",
  says: "What a page reads of a response, and what caches must know of it.",
  rows: [
    {
      id: "exposed-headers",
      title: "Exposed and hidden headers",
      says: "Three headers are sent, and the page reads the two that are exposed, beside the safelisted Content-Type.",
      clause: fetchStandard(
        "Access-Control-Expose-Headers",
        "http-access-control-expose-headers",
      ),
      run: ({ send }) =>
        send("api", "/headers", {}, ({ headers }) => ({
          "x-exposed": headers.get("x-exposed"),
          etag: headers.get("etag"),
          "x-hidden": headers.get("x-hidden"),
          "content-type": headers.get("content-type"),
        })),
      expect: (context) => ({
        page: {
          "x-exposed": "to pages",
          etag: '"7"',
          "x-hidden": null,
          "content-type": "text/plain; charset=utf-8",
        },
        servers: [
          granted(context, "GET", 200, {
            "← x-exposed": "to pages",
            "← etag": '"7"',
            "← x-hidden": "from pages",
          }),
        ],
      }),
    },
    {
      id: "not-found",
      title: "404",
      says: "An error of the application is a response like any other: the page reads its status and its text.",
      clause: fetchStandard("HTTP responses", "http-responses"),
      run: ({ send }) => send("api", "/nothing/here"),
      expect: (context) => ({
        page: { status: 404, text: "there is no such thing" },
        servers: [granted(context, "GET", 404)],
      }),
    },
    {
      id: "server-error",
      title: "500",
      says: "A failure is readable too, so that the page sees what happened instead of a network error.",
      clause: fetchStandard("HTTP responses", "http-responses"),
      run: ({ send }) => send("api", "/failure"),
      expect: (context) => ({
        page: { status: 500, text: "the application failed" },
        servers: [granted(context, "GET", 500)],
      }),
    },
    {
      id: "vary",
      title: "Vary: Origin everywhere",
      says: "Granted, without an Origin, refused, and to a preflight: every response tells caches that another origin gets another one.",
      clause: fetchStandard("CORS protocol and HTTP caches", "cors-protocol-and-http-caches"),
      run: async ({ send }) => ({
        granted: await send("api", "/greeting"),
        withoutOrigin: await send("api", "/greeting", { mode: "no-cors" }, async ({ type }) => type),
        refused: await send("closed", "/greeting"),
        preflight: await send("closed", "/items/1", { method: "DELETE" }),
      }),
      expect: (context) => ({
        page: {
          granted: { status: 200, text: "hello" },
          withoutOrigin: "opaque",
          refused: networkError,
          preflight: networkError,
        },
        servers: [
          granted(context, "GET", 200, vary),
          {
            server: "api",
            method: "GET",
            "→ origin": absent,
            decision: "Plain",
            "failed step": "none",
            application: "called",
            status: 200,
            "CORS headers": "none",
            ...vary,
          },
          refused(context, "GET", 200, vary),
          refusedPreflight(context, "closed", "Origin", "DELETE"),
        ],
      }),
    },
  ],
};
