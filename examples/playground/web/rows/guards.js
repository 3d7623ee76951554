import { fetchMetadata, fetchStandard, rfc } from "../standards.js";
import { absent, names } from "../verdict.js";

export const guards = {
  id: "guards",
  title: "Guards",
  description: "CORS does not block requests without a preflight; only the response is hidden from the page. A guard rejects such requests before they reach the application.",
  rows: [
    {
      id: "web-socket",
      title: "WebSockets",
      description: "Browsers send no preflight before a WebSocket, and every page can read it. The first server trusts this page, the second one does not.",
      clause: rfc(6455, "10.2", "Origin Considerations"),
      run: async ({ socket }) => ({
        trusted: await socket("api", "/chat", "hello"),
        untrusted: await socket("closed", "/chat", "hello"),
      }),
      expect: (context) => ({
        page: { trusted: "received: hello", untrusted: "error" },
        servers: [
          { ...handshake(context, "api"), decision: "Allowed", application: "called", status: 101, "← vary": absent },
          { ...handshake(context, "closed"), decision: "Rejected", application: "not called", status: 403, "← vary": names("Origin") },
        ],
      }),
    },
    {
      id: "blind-post",
      title: "POST with an unreadable response",
      description: "With no-cors, the browser sends no preflight, as for a form. The page cannot read the response, but an attacker does not need it.",
      clause: fetchStandard("Request mode no-cors", "concept-request-mode"),
      run: ({ send }) => send("guarded", "/notes", { method: "POST", mode: "no-cors", body: "a note" }, typeAndStatus),
      expect: ({ page }) => ({
        page: { type: "opaque", status: 0 },
        servers: [
          {
            ...rejected("POST"),
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
      description: "GET should not change anything. If it does, any page can embed it as an image, without Origin. Only Fetch Metadata reveals the source.",
      clause: fetchMetadata("Sec-Fetch-Site", "sec-fetch-site-header"),
      run: ({ image }) => image("guarded", "/items/1/remove"),
      expect: () => ({
        page: { event: "error" },
        servers: [
          {
            ...rejected("GET"),
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
      description: "No rule lists this origin, but the guards allow it: Sec-Fetch-Site shows that the request is same-origin.",
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

function rejected(method) {
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
