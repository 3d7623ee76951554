import { allowed } from "../expectations.js";
import { fetchStandard } from "../standards.js";
import { including } from "../verdict.js";

export const simple = {
  id: "simple",
  title: "Simple requests",
  description: "A request that a form could send needs no permission. Reading the response does.",
  rows: [
    {
      id: "simple-get",
      title: "GET",
      description: "The browser sends a GET without a preflight. The page can read the response, because its CORS headers contain the page's origin.",
      clause: fetchStandard("CORS check", "concept-cors-check"),
      run: ({ send }) => send("api", "/greeting"),
      expect: (context) => ({
        page: { status: 200, text: "hello" },
        servers: [allowed(context, "GET", 200)],
      }),
    },
    {
      id: "simple-post",
      title: "POST with text/plain",
      description: "A POST of plain text needs no preflight, either: its method and its media type are safelisted.",
      clause: fetchStandard("CORS-safelisted request-header", "cors-safelisted-request-header"),
      run: ({ send }) => send("api", "/notes", { method: "POST", body: "a note" }),
      expect: (context) => ({
        page: { status: 200, text: "a note" },
        servers: [
          allowed(context, "POST", 200, { "→ content-type": including("text/plain") }),
        ],
      }),
    },
  ],
};
