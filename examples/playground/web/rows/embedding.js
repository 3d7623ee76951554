import { fetchStandard, htmlStandardPage } from "../standards.js";
import { absent } from "../verdict.js";

export const embedding = {
  id: "embedding",
  title: "Embedding",
  description: "Headers control whether other origins may embed a response, read its timing, or share a process with it. The server rejects no request; the browser blocks the response.",
  rows: [
    {
      id: "embedded-private",
      title: "An image that no other origin may embed",
      description: "With Cross-Origin-Resource-Policy: same-origin, the server responds, but the browser does not show the image.",
      clause: fetchStandard("Cross-Origin-Resource-Policy", "cross-origin-resource-policy-header"),
      run: ({ image }) => image("api", "/private.svg"),
      expect: () => ({
        page: { event: "error" },
        servers: [
          image({
            "← cross-origin-resource-policy": "same-origin",
            "← x-content-type-options": "nosniff",
          }),
        ],
      }),
    },
    {
      id: "embedded-timing",
      title: "Timings of an image",
      description: "With Timing-Allow-Origin, the page sees when its request was sent. Without the header, the page sees only the total time.",
      clause: fetchStandard("TAO check", "concept-tao-check"),
      run: async ({ image, isTimed }) => {
        const shown = await image("api", "/asset.svg");
        const plain = await image("api", "/picture.svg");
        return {
          events: `${shown.event}, ${plain.event}`,
          timed: await isTimed("api", "/asset.svg"),
          withoutHeader: await isTimed("api", "/picture.svg"),
        };
      },
      expect: () => ({
        page: { events: "load, load", timed: true, withoutHeader: false },
        servers: [
          image({
            "← timing-allow-origin": "*",
            "← cross-origin-resource-policy": "cross-origin",
            "← x-content-type-options": "nosniff",
          }),
          image({ "← timing-allow-origin": absent }),
        ],
      }),
    },
    {
      id: "isolated-document",
      title: "A document that shares memory with its worker",
      description: "The document opens in a new window, is crossOriginIsolated, and reports the value that a worker wrote to shared memory. If your browser blocked the window, run this row with its button.",
      clause: htmlStandardPage("cross-origin isolated", "webappapis.html", "concept-settings-object-cross-origin-isolated-capability"),
      run: async ({ url, recorded }) => {
        if (open(url("api", "/isolated")) === null) {
          return { error: "the browser blocked the window" };
        }
        await recorded(2);
        return { opened: true };
      },
      expect: ({ origin }) => ({
        page: { opened: true },
        servers: [
          {
            server: "api",
            method: "GET",
            "→ origin": absent,
            "→ sec-fetch-dest": "document",
            application: "called",
            status: 200,
            "← cross-origin-opener-policy": "same-origin",
            "← cross-origin-embedder-policy": "require-corp",
          },
          {
            server: "api",
            method: "POST",
            "→ origin": origin("api"),
            "→ x-result": "isolated, and a worker wrote 42",
            application: "called",
            status: 204,
          },
        ],
      }),
    },
  ],
};

function image(headers) {
  return {
    server: "api",
    method: "GET",
    "→ origin": absent,
    "→ sec-fetch-dest": "image",
    decision: "Plain",
    application: "called",
    status: 200,
    "CORS headers": "none",
    ...headers,
  };
}
