import { fetchStandard, htmlStandardPage } from "../standards.js";
import { absent } from "../verdict.js";

export const embedding = {
  id: "embedding",
  title: "Embedding",
  says: "What pages of other origins may show, time, or share a process with: no request is refused, the browser keeps the answer.",
  rows: [
    {
      id: "embedded-private",
      title: "An image that no other origin may embed",
      says: "Cross-Origin-Resource-Policy: same-origin. The server answers, and the browser shows nothing of it.",
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
      says: "With Timing-Allow-Origin the page sees when its request was sent; without it, that it took a while.",
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
      says: "It opens in a window of its own, is crossOriginIsolated, and tells its server what a worker wrote. A browser that blocks windows opens it when the row is run by hand.",
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
