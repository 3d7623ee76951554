import { forbidden, networkError, varyOfEnforced } from "../expectations.js";
import { fetchMetadata } from "../standards.js";
import { absent } from "../verdict.js";

export const enforcement = {
  id: "enforcement",
  title: "Enforcement",
  description: "CORS only prevents pages from reading responses. With enforce = true, the server also rejects requests that no rule allows.",
  rows: [
    {
      id: "enforced-cross-site",
      title: "POST from another origin",
      description: "A form could send this request without a preflight. With enforcement, it does not reach the application.",
      clause: fetchMetadata("Sec-Fetch-Site", "sec-fetch-site-header"),
      run: ({ send }) => send("enforcing", "/notes", { method: "POST", body: "a note" }),
      expect: (context) => ({
        page: networkError,
        servers: [{ ...forbidden(context, "POST", "Origin"), "→ sec-fetch-site": "same-site" }],
      }),
    },
    {
      id: "enforced-same-origin",
      title: "POST from the server's own page",
      description: "No rule lists this origin, either. Sec-Fetch-Site proves that the request is same-origin; pages cannot forge this header.",
      clause: fetchMetadata("Sec-Fetch-Site", "sec-fetch-site-header"),
      run: ({ embed }) => embed("enforcing", "/notepad"),
      expect: ({ origin }) => ({
        page: { status: 200, text: "a note" },
        servers: [
          {
            server: "enforcing",
            method: "GET",
            "→ origin": absent,
            decision: "Plain",
            explanation: "not a CORS request: Origin is missing",
            application: "called",
            status: 200,
            "CORS headers": "none",
            "← vary": varyOfEnforced,
          },
          {
            server: "enforcing",
            method: "POST",
            "→ origin": origin("enforcing"),
            "→ sec-fetch-site": "same-origin",
            decision: "SameOrigin",
            explanation: "allowed: same-origin request",
            "failed step": "none",
            application: "called",
            status: 200,
            "CORS headers": "none",
            "← vary": varyOfEnforced,
          },
        ],
      }),
    },
  ],
};
