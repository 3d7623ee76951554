import { granted, grantedBy, grantedPreflight, grantedPreflightBy } from "../expectations.js";
import { json } from "../requests.js";
import { fetchStandard } from "../standards.js";
import { absent } from "../verdict.js";

export const preflights = {
  id: "preflights",
  title: "Preflights",
  says: "What no form could send is asked for first, and the application is not bothered with the question.",
  rows: [
    {
      id: "custom-header",
      title: "GET with a header of its own",
      says: "A header that is not safelisted makes the browser ask, and the preflight names it: x-demo.",
      clause: fetchStandard("CORS-preflight fetch", "cors-preflight-fetch"),
      run: ({ send }) => send("api", "/greeting", { headers: { "X-Demo": "1" } }),
      expect: (context) => ({
        page: { status: 200, text: "hello" },
        servers: [
          grantedPreflight(context, "GET", "x-demo"),
          granted(context, "GET", 200, { "→ x-demo": "1" }),
        ],
      }),
    },
    {
      id: "put-json",
      title: "PUT with JSON",
      says: "Neither PUT nor application/json is safelisted: the preflight asks for both, and one answer grants both.",
      clause: fetchStandard("CORS-safelisted method", "cors-safelisted-method"),
      run: ({ send }) => send("api", "/items/1", json("PUT")),
      expect: (context) => ({
        page: { status: 200, text: '{"saved":{"name":"tea"}}' },
        servers: [
          grantedPreflight(context, "PUT", "content-type"),
          granted(context, "PUT", 200, { "→ content-type": "application/json" }),
        ],
      }),
    },
    {
      id: "delete",
      title: "DELETE",
      says: "A method alone is reason enough to ask: the preflight names DELETE and no header.",
      clause: fetchStandard("Access-Control-Request-Method", "http-access-control-request-method"),
      run: ({ send }) => send("api", "/items/1", { method: "DELETE" }),
      expect: (context) => ({
        page: { status: 204, text: "" },
        servers: [grantedPreflight(context, "DELETE"), granted(context, "DELETE", 204)],
      }),
    },
    {
      id: "max-age",
      title: "PUT twice, one preflight",
      says: "This server lets the browser keep its answer for ten minutes: the second PUT is sent without asking again.",
      clause: fetchStandard("CORS-preflight cache", "concept-cache"),
      run: async ({ send }) => ({
        first: await send("keeping", "/items/1", json("PUT")),
        second: await send("keeping", "/items/1", json("PUT")),
      }),
      expect: (context) => {
        const saved = { status: 200, text: '{"saved":{"name":"tea"}}' };
        return {
          page: { first: saved, second: saved },
          servers: [
            grantedPreflightBy("keeping", context, "PUT", "content-type"),
            grantedBy("keeping", context, "PUT", 200),
            grantedBy("keeping", context, "PUT", 200),
          ],
        };
      },
    },
    {
      id: "plain-options",
      title: "OPTIONS that is no preflight",
      says: "Only OPTIONS with Access-Control-Request-Method is a preflight; every other one reaches the application, whose Allow is sent.",
      clause: fetchStandard("CORS-preflight request", "cors-preflight-request"),
      run: ({ send }) => send("api", "/items/1", { method: "OPTIONS" }),
      expect: (context) => ({
        page: { status: 204, text: "" },
        servers: [
          grantedPreflight(context, "OPTIONS"),
          granted(context, "OPTIONS", 204, {
            "→ access-control-request-method": absent,
            "← allow": "PUT, DELETE, OPTIONS",
          }),
        ],
      }),
    },
  ],
};
