import { htmlStandardPage, fetchStandard } from "../standards.js";
import { absent, names } from "../verdict.js";

// What every script has that was made of JSON.
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
  says: "The page loads a script that calls a function of its own, with the data: from anywhere, and so only what is for everyone.",
  rows: [
    {
      id: "jsonp-read",
      title: "Data as a script",
      says: "No Origin and no preflight: the page reads what any page may read. Cookies are taken away before the application.",
      clause: htmlStandardPage("fetch a classic script", "webappapis.html", "fetch-a-classic-script"),
      run: ({ script }) => script("api", "/sky"),
      expect: () => ({
        page: { event: "load", told: { sky: "blue" }, taken: false },
        servers: [{ ...loaded(200), ...wrapped, "← vary": vary }],
      }),
    },
    {
      id: "jsonp-error",
      title: "An error that the page can see",
      says: "A script with the status 404 is not run, so that the status becomes 200 and the error stands in the data.",
      clause: htmlStandardPage("fetch a classic script", "webappapis.html", "fetch-a-classic-script"),
      run: ({ script }) => script("api", "/no-sky"),
      expect: () => ({
        page: { event: "load", told: { title: "no sky" }, taken: false },
        servers: [{ ...loaded(200), ...wrapped, "← cache-control": "no-store" }],
      }),
    },
    {
      id: "jsonp-hostile",
      title: "A callback that is code",
      says: "What the query names would run as the page's own script. It is no name of a function: 400, and nothing of it is sent back.",
      clause: fetchStandard("blocked due to nosniff", "should-response-to-request-be-blocked-due-to-nosniff"),
      run: ({ script }) => script("api", "/sky", "taken=true;told"),
      expect: () => ({
        page: { event: "error", told: absent, taken: false },
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
      title: "What is the user's own",
      says: "The request has a cookie, and comes from another origin: the answer stays JSON, which no script is made of.",
      clause: fetchStandard("blocked due to nosniff", "should-response-to-request-be-blocked-due-to-nosniff"),
      run: async ({ send, script }) => {
        await send("api", "/session", { method: "POST", credentials: "include" });
        return script("api", "/my-sky");
      },
      expect: () => ({
        page: { event: "error", told: absent, taken: false },
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
