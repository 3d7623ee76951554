import { failingPreflight, networkError, rejected, rejectedPreflight } from "../expectations.js";
import { json } from "../requests.js";
import { fetchStandard } from "../standards.js";

export const rejections = {
  id: "rejections",
  title: "Rejections",
  description: "The page gets only an error. The console shows the reason, and the server's record shows the failed step.",
  rows: [
    {
      id: "rejected-origin-get",
      title: "Another page's server, GET",
      description: "CORS does not block the request: it reaches the application. The page cannot read the response, with or without the layer.",
      clause: fetchStandard("CORS check", "concept-cors-check"),
      run: ({ send }) => send("closed", "/greeting"),
      expect: (context) => ({
        page: networkError,
        servers: [rejected(context, "GET", 200)],
      }),
    },
    {
      id: "rejected-origin-put",
      title: "Another page's server, PUT",
      description: "The server rejects the preflight without details of the policy. So the browser never sends the PUT.",
      clause: fetchStandard("CORS-preflight fetch", "cors-preflight-fetch"),
      run: ({ send }) => send("closed", "/items/1", json("PUT")),
      expect: (context) => ({
        page: networkError,
        servers: [rejectedPreflight(context, "closed", "PUT", "content-type")],
      }),
    },
    {
      id: "rejected-header",
      title: "A header that is not allowed",
      description: "The policy allows the origin and the method, but not x-secret. So the browser never sends the GET, and its console names x-secret.",
      clause: fetchStandard("Access-Control-Allow-Headers", "http-access-control-allow-headers"),
      run: ({ send }) => send("api", "/greeting", { headers: { "X-Secret": "1" } }),
      expect: (context) => ({
        page: networkError,
        servers: [failingPreflight(context, "api", "RequestHeaders", "GET", "x-secret")],
      }),
    },
    {
      id: "rejected-method",
      title: "A method that is not allowed",
      description: "The policy allows the origin, but not PATCH. So the browser never sends it, and its console names PATCH.",
      clause: fetchStandard("Access-Control-Allow-Methods", "http-access-control-allow-methods"),
      run: ({ send }) => send("api", "/items/1", { method: "PATCH", body: "a patch" }),
      expect: (context) => ({
        page: networkError,
        servers: [failingPreflight(context, "api", "Method", "PATCH")],
      }),
    },
  ],
};
