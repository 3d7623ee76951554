import { granted, grantedPreflight } from "../expectations.js";
import { json } from "../requests.js";
import { fetchStandard } from "../standards.js";
import { absent, including } from "../verdict.js";

export const credentials = {
  id: "credentials",
  title: "Credentials",
  says: "Cookies travel only where the page asks for it, and never with a preflight.",
  rows: [
    {
      id: "cookie-included",
      title: "With a cookie",
      says: "The server sets a cookie, credentials: \"include\" sends it back with the PUT, and the preflight between them carries none.",
      clause: fetchStandard("CORS protocol and credentials", "cors-protocol-and-credentials"),
      run: async ({ send }) => ({
        signIn: await send("api", "/session", signIn),
        whoAmI: await send("api", "/whoami", json("PUT", { credentials: "include" })),
      }),
      expect: (context) => ({
        page: {
          signIn: { status: 200, text: "welcome" },
          whoAmI: { status: 200, text: `{"visit":"${context.run}"}` },
        },
        servers: [
          granted(context, "POST", 200, { "← set-cookie": including(visit(context)) }),
          grantedPreflight(context, "PUT", "content-type"),
          granted(context, "PUT", 200, { "→ cookie": including(visit(context)) }),
        ],
      }),
    },
    {
      id: "cookie-omitted",
      title: "Without asking for it",
      says: "The cookie is there, but a request without credentials: \"include\" leaves it at home.",
      clause: fetchStandard("credentials mode", "concept-request-credentials-mode"),
      run: async ({ send }) => ({
        signIn: await send("api", "/session", signIn),
        whoAmI: await send("api", "/whoami"),
      }),
      expect: (context) => ({
        page: {
          signIn: { status: 200, text: "welcome" },
          whoAmI: { status: 200, text: '{"visit":null}' },
        },
        servers: [
          granted(context, "POST", 200, { "← set-cookie": including(visit(context)) }),
          granted(context, "GET", 200, { "→ cookie": absent }),
        ],
      }),
    },
  ],
};

const signIn = { method: "POST", credentials: "include" };

const visit = ({ run }) => `playground-visit=${run}`;
