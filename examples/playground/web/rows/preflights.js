import { allowed, allowedBy, allowedPreflight, allowedPreflightBy } from "../expectations.js";
import { json } from "../requests.js";
import { fetchStandard } from "../standards.js";
import { absent } from "../verdict.js";

export const preflights = {
  id: "preflights",
  title: "Preflights",
  description: "The browser sends a preflight before requests that a form could not send. The layer responds; preflights do not reach the application.",
  rows: [
    {
      id: "custom-header",
      title: "GET with a custom header",
      description: "A header that is not safelisted needs a preflight, which lists the header: x-demo.",
      clause: fetchStandard("CORS-preflight fetch", "cors-preflight-fetch"),
      run: ({ send }) => send("api", "/greeting", { headers: { "X-Demo": "1" } }),
      expect: (context) => ({
        page: { status: 200, text: "hello" },
        servers: [
          allowedPreflight(context, "GET", "x-demo"),
          allowed(context, "GET", 200, { "→ x-demo": "1" }),
        ],
      }),
    },
    {
      id: "put-json",
      title: "PUT with JSON",
      description: "Neither PUT nor application/json is safelisted. One preflight requests both, and the response allows both.",
      clause: fetchStandard("CORS-safelisted method", "cors-safelisted-method"),
      run: ({ send }) => send("api", "/items/1", json("PUT")),
      expect: (context) => ({
        page: { status: 200, text: '{"saved":{"name":"tea"}}' },
        servers: [
          allowedPreflight(context, "PUT", "content-type"),
          allowed(context, "PUT", 200, { "→ content-type": "application/json" }),
        ],
      }),
    },
    {
      id: "delete",
      title: "DELETE",
      description: "The method alone needs a preflight. It requests DELETE, and lists no headers.",
      clause: fetchStandard("Access-Control-Request-Method", "http-access-control-request-method"),
      run: ({ send }) => send("api", "/items/1", { method: "DELETE" }),
      expect: (context) => ({
        page: { status: 204, text: "" },
        servers: [allowedPreflight(context, "DELETE"), allowed(context, "DELETE", 204)],
      }),
    },
    {
      id: "max-age",
      title: "PUT twice, one preflight",
      description: "The browser may cache this server's preflight response for ten minutes. So it sends the second PUT without a preflight.",
      clause: fetchStandard("CORS-preflight cache", "concept-cache"),
      run: async ({ send, sendUnrecorded }) => {
        // Firefox does not remember the first preflights of a server.
        await sendUnrecorded("caching", "/items/1", json("PUT"));
        await sendUnrecorded("caching", "/items/1", json("PUT"));
        return {
          first: await send("caching", "/items/1", json("PUT")),
          second: await send("caching", "/items/1", json("PUT")),
        };
      },
      expect: (context) => {
        const saved = { status: 200, text: '{"saved":{"name":"tea"}}' };
        return {
          page: { first: saved, second: saved },
          servers: [
            allowedPreflightBy("caching", context, "PUT", "content-type"),
            allowedBy("caching", context, "PUT", 200),
            allowedBy("caching", context, "PUT", 200),
          ],
        };
      },
    },
    {
      id: "plain-options",
      title: "OPTIONS without a preflight's headers",
      description: "Only OPTIONS with Access-Control-Request-Method is a preflight. Other OPTIONS requests reach the application, which sends Allow.",
      clause: fetchStandard("CORS-preflight request", "cors-preflight-request"),
      run: ({ send }) => send("api", "/items/1", { method: "OPTIONS" }),
      expect: (context) => ({
        page: { status: 204, text: "" },
        servers: [
          allowedPreflight(context, "OPTIONS"),
          allowed(context, "OPTIONS", 204, {
            "→ access-control-request-method": absent,
            "← allow": "PUT, DELETE, OPTIONS",
          }),
        ],
      }),
    },
  ],
};
