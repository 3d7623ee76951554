import { granted, grantedPreflight } from "../expectations.js";
import { beaconStandard, fetchStandard } from "../standards.js";
import { absent } from "../verdict.js";

// What the answer to a ping needs.
const answered = {
  "← cache-control": "no-store",
  "← cross-origin-resource-policy": "cross-origin",
  "← x-content-type-options": "nosniff",
};

export const pings = {
  id: "pings",
  title: "Pings",
  says: "The page says something, and waits for nothing: by an image that it never shows, and by navigator.sendBeacon.",
  rows: [
    {
      id: "image-ping",
      title: "Image ping",
      says: "An image needs nobody's leave and has no Origin. Answered 204 there is nothing to show, and onerror is called.",
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
      says: "With a GIF of 43 bytes onload is called, for pages that wait for it.",
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
      says: "Sent at once, with cookies, also by a page that is going away. Text is safelisted, and nothing is asked before.",
      clause: beaconStandard("sendBeacon", "sendbeacon-method"),
      run: async ({ url, recorded }) => {
        const queued = navigator.sendBeacon(url("api", "/ping"), "left");
        await recorded(1);
        return { queued };
      },
      expect: (context) => ({
        page: { queued: true },
        servers: [
          granted(context, "POST", 204, { ...answered, "→ content-type": "text/plain;charset=UTF-8" }),
        ],
      }),
    },
    {
      id: "beacon-json",
      title: "sendBeacon with JSON",
      says: "A Blob of JSON makes the browser ask first, with credentials allowed by name: with * it would send nothing.",
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
          grantedPreflight(context, "POST", "content-type"),
          granted(context, "POST", 204, { ...answered, "→ content-type": "application/json" }),
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
