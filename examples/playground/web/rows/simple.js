import { granted } from "../expectations.js";
import { fetchStandard } from "../standards.js";
import { including } from "../verdict.js";

export const simple = {
  id: "simple",
  title: "Simple requests",
  says: "What a form could always send needs nobody's leave; reading the answer does.",
  rows: [
    {
      id: "simple-get",
      title: "GET",
      says: "A GET is sent without a preflight, and the page reads the response because it names the page's origin.",
      clause: fetchStandard("CORS check", "concept-cors-check"),
      run: ({ send }) => send("api", "/greeting"),
      expect: (context) => ({
        page: { status: 200, text: "hello" },
        servers: [granted(context, "GET", 200)],
      }),
    },
    {
      id: "simple-post",
      title: "POST with text/plain",
      says: "A POST of plain text is as simple as a GET: its method and its media type are safelisted.",
      clause: fetchStandard("CORS-safelisted request-header", "cors-safelisted-request-header"),
      run: ({ send }) => send("api", "/notes", { method: "POST", body: "a note" }),
      expect: (context) => ({
        page: { status: 200, text: "a note" },
        servers: [
          granted(context, "POST", 200, { "→ content-type": including("text/plain") }),
        ],
      }),
    },
  ],
};
