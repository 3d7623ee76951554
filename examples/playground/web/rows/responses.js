import {
  allowed,
  networkError,
  rejected,
  rejectedPreflight,
  vary,
} from "../expectations.js";
import { fetchStandard } from "../standards.js";
import { absent } from "../verdict.js";

export const responses = {
  id: "responses",
  title: "Responses",
  description: "Which parts of a response a page can read, and how caches distinguish responses.",
  rows: [
    {
      id: "exposed-headers",
      title: "Exposed and hidden headers",
      description: "The server sends three custom headers. The page reads the two exposed ones, and the safelisted Content-Type.",
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
          allowed(context, "GET", 200, {
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
      description: "The layer adds CORS headers to errors, too. So the page reads the status and the text.",
      clause: fetchStandard("HTTP responses", "http-responses"),
      run: ({ send }) => send("api", "/nothing/here"),
      expect: (context) => ({
        page: { status: 404, text: "not found" },
        servers: [allowed(context, "GET", 404)],
      }),
    },
    {
      id: "server-error",
      title: "500",
      description: "A server error is readable, too. So the page sees the error instead of a network error.",
      clause: fetchStandard("HTTP responses", "http-responses"),
      run: ({ send }) => send("api", "/failure"),
      expect: (context) => ({
        page: { status: 500, text: "the application failed" },
        servers: [allowed(context, "GET", 500)],
      }),
    },
    {
      id: "vary",
      title: "Vary: Origin everywhere",
      description: "Allowed or rejected, without Origin or to a preflight: every response has Vary, so that caches do not send it to another origin.",
      clause: fetchStandard("CORS protocol and HTTP caches", "cors-protocol-and-http-caches"),
      run: async ({ send }) => ({
        allowed: await send("api", "/greeting"),
        withoutOrigin: await send("api", "/greeting", { mode: "no-cors" }, async ({ type }) => type),
        rejected: await send("closed", "/greeting"),
        preflight: await send("closed", "/items/1", { method: "DELETE" }),
      }),
      expect: (context) => ({
        page: {
          allowed: { status: 200, text: "hello" },
          withoutOrigin: "opaque",
          rejected: networkError,
          preflight: networkError,
        },
        servers: [
          allowed(context, "GET", 200, vary),
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
          rejected(context, "GET", 200, vary),
          rejectedPreflight(context, "closed", "DELETE"),
        ],
      }),
    },
  ],
};
