import { networkError, refused, refusedPreflight } from "../expectations.js";
import { json } from "../requests.js";
import { fetchStandard } from "../standards.js";

export const refusals = {
  id: "refusals",
  title: "Refusals",
  says: "The page is told that something failed, the console says what, and the server's record says at which step.",
  rows: [
    {
      id: "refused-origin-get",
      title: "Another page's server, GET",
      says: "CORS blocks nothing: the request reaches the application, and the page may not read the answer, with the layer or without it.",
      clause: fetchStandard("CORS check", "concept-cors-check"),
      run: ({ send }) => send("closed", "/greeting"),
      expect: (context) => ({
        page: networkError,
        servers: [refused(context, "GET", 200)],
      }),
    },
    {
      id: "refused-origin-put",
      title: "Another page's server, PUT",
      says: "The preflight is refused without a word about the policy, so that the PUT is never sent.",
      clause: fetchStandard("CORS-preflight fetch", "cors-preflight-fetch"),
      run: ({ send }) => send("closed", "/items/1", json("PUT")),
      expect: (context) => ({
        page: networkError,
        servers: [refusedPreflight(context, "closed", "Origin", "PUT", "content-type")],
      }),
    },
    {
      id: "refused-header",
      title: "A header that is not allowed",
      says: "The origin and the method pass, x-secret does not: the GET is never sent.",
      clause: fetchStandard("Access-Control-Allow-Headers", "http-access-control-allow-headers"),
      run: ({ send }) => send("api", "/greeting", { headers: { "X-Secret": "1" } }),
      expect: (context) => ({
        page: networkError,
        servers: [refusedPreflight(context, "api", "RequestHeaders", "GET", "x-secret")],
      }),
    },
    {
      id: "refused-method",
      title: "A method that is not allowed",
      says: "The origin passes, PATCH does not: the browser never sends it.",
      clause: fetchStandard("Access-Control-Allow-Methods", "http-access-control-allow-methods"),
      run: ({ send }) => send("api", "/items/1", { method: "PATCH", body: "a patch" }),
      expect: (context) => ({
        page: networkError,
        servers: [refusedPreflight(context, "api", "Method", "PATCH")],
      }),
    },
  ],
};
