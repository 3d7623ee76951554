import { allowed, allowedPreflight } from "../expectations.js";
import { beaconStandard, fetchStandard } from "../standards.js";
import { absent } from "../verdict.js";

// The headers of every response to a ping.
const answered = {
  "← cache-control": "no-store",
  "← cross-origin-resource-policy": "cross-origin",
  "← x-content-type-options": "nosniff",
};

export const pings = {
  id: "pings",
  title: "Pings",
  description: "The page sends data without waiting for a response: with an invisible image, or with navigator.sendBeacon.",
  rows: [
    {
      id: "image-ping",
      title: "Image ping",
      description: "An image request needs no permission and has no Origin. The server responds with 204, so the browser calls onerror.",
      clause: fetchStandard("Request mode no-cors", "concept-request-mode"),
      run: ({ image }) => image("api", "/ping"),
      expect: () => ({
        page: { event: "error" },
        servers: [{ ...plain("GET", 204), "← content-type": absent }],
      }),
    },
    {
      id: "image-ping-gif",
      title: "Image ping with onload",
      description: "With a GIF of 43 bytes, the browser calls onload, for pages that wait for it.",
      clause: fetchStandard("Cross-Origin-Resource-Policy", "cross-origin-resource-policy-header"),
      run: ({ image }) => image("api", "/pixel.gif"),
      expect: () => ({
        page: { event: "load", width: 1, height: 1 },
        servers: [{ ...plain("GET", 200), "← content-type": "image/gif", "← content-length": "43" }],
      }),
    },
    {
      id: "beacon-text",
      title: "sendBeacon with text",
      description: "The browser sends it with cookies, even while the page closes. Text is safelisted, so it needs no preflight.",
      clause: beaconStandard("sendBeacon", "sendbeacon-method"),
      run: async ({ url, recorded }) => {
        const queued = navigator.sendBeacon(url("api", "/ping"), "left");
        await recorded(1);
        return { queued };
      },
      expect: (context) => ({
        page: { queued: true },
        servers: [
          allowed(context, "POST", 204, { ...answered, "→ content-type": "text/plain;charset=UTF-8" }),
        ],
      }),
    },
    {
      id: "beacon-json",
      title: "sendBeacon with JSON",
      description: "A Blob of JSON needs a preflight. The response must allow credentials and list the origin; with *, the browser would not send the JSON.",
      clause: beaconStandard("sendBeacon", "sendbeacon-method"),
      run: async ({ url, recorded }) => {
        const left = new Blob(['{"left":true}'], { type: "application/json" });
        const queued = navigator.sendBeacon(url("api", "/ping"), left);
        await recorded(2);
        return { queued };
      },
      expect: (context) => ({
        page: { queued: true },
        servers: [
          allowedPreflight(context, "POST", "content-type"),
          allowed(context, "POST", 204, { ...answered, "→ content-type": "application/json" }),
        ],
      }),
    },
  ],
};

function plain(method, status) {
  return {
    server: "api",
    method,
    "→ origin": absent,
    "→ sec-fetch-dest": "image",
    decision: "Plain",
    application: "called",
    status,
    "CORS headers": "none",
    ...answered,
  };
}
