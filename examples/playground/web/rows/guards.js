import { fetchMetadata, fetchStandard, rfc } from "../standards.js";
import { absent, names } from "../verdict.js";

export const guards = {
  id: "guards",
  title: "Guards",
  says: "What a page sends without asking, CORS does not stop: it is carried out, and only the answer is kept from the page. A guard refuses it before the application.",
  rows: [
    {
      id: "web-socket",
      title: "WebSockets",
      says: "Browsers ask nobody before a WebSocket, and let every page read it. The first server names the page, the second one does not.",
      clause: rfc(6455, "10.2", "Origin Considerations"),
      run: async ({ socket }) => ({
        named: await socket("api", "/chat", "hello"),
        notNamed: await socket("closed", "/chat", "hello"),
      }),
      expect: (context) => ({
        page: { named: "heard: hello", notNamed: "error" },
        servers: [
          { ...handshake(context, "api"), decision: "Allowed", application: "called", status: 101, "← vary": absent },
          { ...handshake(context, "closed"), decision: "Rejected", application: "not called", status: 403, "← vary": names("Origin") },
        ],
      }),
    },
    {
      id: "blind-post",
      title: "POST whose answer nobody reads",
      says: "A form could send it, and no-cors asks nobody: the page cannot read the answer, and does not need to.",
      clause: fetchStandard("Request mode no-cors", "concept-request-mode"),
      run: ({ send }) => send("guarded", "/notes", { method: "POST", mode: "no-cors", body: "a note" }, typeAndStatus),
      expect: ({ page }) => ({
        page: { type: "opaque", status: 0 },
        servers: [
          {
            ...refused("POST"),
            "→ origin": page,
            "→ sec-fetch-mode": "no-cors",
            decision: "Rejected",
            "← vary": names("Origin"),
          },
        ],
      }),
    },
    {
      id: "changing-image",
      title: "An image that changes something",
      says: "GET is to change nothing. Where it does, an image is enough, and has no Origin: only Fetch Metadata tells whose it is.",
      clause: fetchMetadata("Sec-Fetch-Site", "sec-fetch-site-header"),
      run: ({ image }) => image("guarded", "/items/1/remove"),
      expect: () => ({
        page: { event: "error" },
        servers: [
          {
            ...refused("GET"),
            "→ origin": absent,
            "→ sec-fetch-dest": "image",
            decision: "Plain",
            "← vary": varyOfGuarded,
          },
        ],
      }),
    },
    {
      id: "guarded-own-page",
      title: "The server's own page",
      says: "No rule names it, and it is let through all the same: the browser says that it is the server's own.",
      clause: fetchMetadata("Sec-Fetch-Site", "sec-fetch-site-header"),
      run: ({ embed }) => embed("guarded", "/notepad"),
      expect: ({ origin }) => ({
        page: { status: 200, text: "a note" },
        servers: [
          {
            server: "guarded",
            method: "GET",
            "→ sec-fetch-mode": "navigate",
            "→ sec-fetch-site": "same-site",
            application: "called",
            status: 200,
            "← vary": varyOfGuarded,
          },
          {
            server: "guarded",
            method: "POST",
            "→ origin": origin("guarded"),
            "→ sec-fetch-site": "same-origin",
            application: "called",
            status: 200,
            "CORS headers": "none",
            "← vary": names("Origin"),
          },
        ],
      }),
    },
  ],
};

const varyOfGuarded = names("Origin", "Sec-Fetch-Dest", "Sec-Fetch-Mode", "Sec-Fetch-Site");

function handshake({ page }, server) {
  return { server, method: "GET", "→ origin": page, "→ upgrade": "websocket", "CORS headers": "none" };
}

function refused(method) {
  return {
    server: "guarded",
    method,
    "→ sec-fetch-site": "same-site",
    application: "not called",
    status: 403,
    "CORS headers": "none",
  };
}

async function typeAndStatus({ type, status }) {
  return { type, status };
}
