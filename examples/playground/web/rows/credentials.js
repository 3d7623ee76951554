import { allowed, allowedPreflight } from "../expectations.js";
import { json } from "../requests.js";
import { fetchStandard } from "../standards.js";
import { absent, including } from "../verdict.js";

export const credentials = {
  id: "credentials",
  title: "Credentials",
  description: "Browsers send cookies only if the page includes credentials, and never with a preflight.",
  rows: [
    {
      id: "cookie-included",
      title: "With a cookie",
      description: "The server sets a cookie. With credentials: \"include\", the browser sends it with the PUT, but not with the preflight.",
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
          allowed(context, "POST", 200, { "← set-cookie": including(visit(context)) }),
          allowedPreflight(context, "PUT", "content-type"),
          allowed(context, "PUT", 200, { "→ cookie": including(visit(context)) }),
        ],
      }),
    },
    {
      id: "cookie-omitted",
      title: "Without credentials",
      description: "The browser has the cookie, but does not send it without credentials: \"include\".",
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
          allowed(context, "POST", 200, { "← set-cookie": including(visit(context)) }),
          allowed(context, "GET", 200, { "→ cookie": absent }),
        ],
      }),
    },
  ],
};

const signIn = { method: "POST", credentials: "include" };

const visit = ({ run }) => `playground-visit=${run}`;
