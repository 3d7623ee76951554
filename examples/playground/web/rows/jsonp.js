import { htmlStandardPage, fetchStandard } from "../standards.js";
import { absent, names } from "../verdict.js";

// The headers of every JSONP response.
const wrapped = {
  "← content-type": "text/javascript; charset=utf-8",
  "← x-content-type-options": "nosniff",
  "← cross-origin-resource-policy": "cross-origin",
  "← content-disposition": 'attachment; filename="f.txt"',
};

const vary = names("Origin", "Sec-Fetch-Dest", "Sec-Fetch-Site", "Service-Worker", "Cookie");

export const jsonp = {
  id: "jsonp",
  title: "JSONP",
  description: "The page loads a script that calls one of the page's functions with the data. Any page can do this, so only public data are sent.",
  rows: [
    {
      id: "jsonp-read",
      title: "Data as a script",
      description: "The request has no Origin and no preflight. The layer removes cookies, so the page reads only public data.",
      clause: htmlStandardPage("fetch a classic script", "webappapis.html", "fetch-a-classic-script"),
      run: ({ script }) => script("api", "/sky"),
      expect: () => ({
        page: { event: "load", data: { sky: "blue" }, codeRan: false },
        servers: [{ ...loaded(200), ...wrapped, "← vary": vary }],
      }),
    },
    {
      id: "jsonp-error",
      title: "An error that the page can see",
      description: "Browsers do not run a script with status 404. So the layer changes the status to 200, and the data contain the error.",
      clause: htmlStandardPage("fetch a classic script", "webappapis.html", "fetch-a-classic-script"),
      run: ({ script }) => script("api", "/no-sky"),
      expect: () => ({
        page: { event: "load", data: { title: "no sky" }, codeRan: false },
        servers: [{ ...loaded(200), ...wrapped, "← cache-control": "no-store" }],
      }),
    },
    {
      id: "jsonp-hostile",
      title: "A callback that is code",
      description: "The callback would run as code of the page. It is not a function name, so the layer responds with 400 and does not echo it.",
      clause: fetchStandard("blocked due to nosniff", "should-response-to-request-be-blocked-due-to-nosniff"),
      run: ({ script }) => script("api", "/sky", "codeRan=true;received"),
      expect: () => ({
        page: { event: "error", data: absent, codeRan: false },
        servers: [
          {
            ...loaded(400),
            "← content-type": "text/plain; charset=utf-8",
            "← x-content-type-options": "nosniff",
            "← cache-control": "no-store",
          },
        ],
      }),
    },
    {
      id: "jsonp-credentialed",
      title: "Private data",
      description: "The request has a cookie and comes from another origin. The response stays JSON, which browsers do not run as a script.",
      clause: fetchStandard("blocked due to nosniff", "should-response-to-request-be-blocked-due-to-nosniff"),
      run: async ({ send, script }) => {
        await send("api", "/session", { method: "POST", credentials: "include" });
        return script("api", "/my-sky");
      },
      expect: () => ({
        page: { event: "error", data: absent, codeRan: false },
        servers: [
          { server: "api", method: "POST", status: 200 },
          {
            ...loaded(200),
            "← content-type": "application/json",
            "← x-content-type-options": "nosniff",
            "← cache-control": "private",
            "← vary": vary,
          },
        ],
      }),
    },
  ],
};

function loaded(status) {
  return {
    server: "api",
    method: "GET",
    "→ origin": absent,
    "→ sec-fetch-mode": "no-cors",
    "→ sec-fetch-dest": "script",
    decision: "Plain",
    application: "called",
    status,
    "CORS headers": "none",
  };
}
