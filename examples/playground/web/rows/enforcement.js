import { forbidden, networkError, varyOfEnforced } from "../expectations.js";
import { fetchMetadata } from "../standards.js";
import { absent } from "../verdict.js";

export const enforcement = {
  id: "enforcement",
  title: "Enforcement",
  says: "CORS keeps pages from reading, and blocks nothing. With enforce = true the server refuses what no rule allows.",
  rows: [
    {
      id: "enforced-cross-site",
      title: "POST of another origin",
      says: "A form could send it without a preflight, and it would be carried out: here it ends before the application.",
      clause: fetchMetadata("Sec-Fetch-Site", "sec-fetch-site-header"),
      run: ({ send }) => send("enforcing", "/notes", { method: "POST", body: "a note" }),
      expect: (context) => ({
        page: networkError,
        servers: [{ ...forbidden(context, "POST", "Origin"), "→ sec-fetch-site": "same-site" }],
      }),
    },
    {
      id: "enforced-same-origin",
      title: "POST of the server's own page",
      says: "Its origin is in no rule either. The browser says that it is the server's own, and no page can say that of itself.",
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
            explanation: "no Origin: not a CORS request",
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
            explanation: "passed on: the service's own page asks",
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
