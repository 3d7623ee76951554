import { allowed, allowedPreflight } from "../expectations.js";
import { xhrStandard } from "../standards.js";
import { including } from "../verdict.js";

export const xhr = {
  id: "xhr",
  title: "XMLHttpRequest",
  description: "The older interface, which can do some things that fetch cannot.",
  rows: [
    {
      id: "upload-progress",
      title: "Upload with progress",
      description: "With an upload listener, even this POST of a form needs a preflight. It requests POST without headers, which every policy allows.",
      clause: xhrStandard("upload listener flag", "upload-listener-flag"),
      run: async ({ sendXhr }) => {
        const form = new FormData();
        form.append("file", new Blob([new Uint8Array(256 * 1024)]), "zeros.bin");
        const seen = new Set();
        const listen = ({ upload }) => {
          for (const event of ["loadstart", "progress", "load"]) {
            upload.addEventListener(event, () => seen.add(event));
          }
        };
        const { event, status } = await sendXhr("POST", "api", "/uploads", listen, form);
        return { event, status, upload: [...seen].join(", ") };
      },
      expect: (context) => ({
        page: { event: "load", status: 200, upload: "loadstart, progress, load" },
        servers: [
          allowedPreflight(context, "POST"),
          allowed(context, "POST", 200, { "→ content-type": including("multipart/form-data") }),
        ],
      }),
    },
    {
      id: "timeout",
      title: "Timeout",
      description: "The response begins, but does not end. The browser calls ontimeout instead of onerror, since the page may read the response.",
      clause: xhrStandard("timeout", "the-timeout-attribute"),
      run: async ({ sendXhr }) => {
        const limit = (xhr) => {
          xhr.timeout = 500;
        };
        const { event, status } = await sendXhr("GET", "api", "/slow", limit);
        return { event, status };
      },
      expect: (context) => ({
        page: { event: "timeout", status: 0 },
        servers: [allowed(context, "GET", 200)],
      }),
    },
    {
      id: "override-mime-type",
      title: "Bytes as text",
      description: "With overrideMimeType and x-user-defined, a page can read all 256 bytes from a text. The request does not change.",
      clause: xhrStandard("overrideMimeType()", "the-overridemimetype()-method"),
      run: async ({ sendXhr }) => {
        const override = (xhr) => xhr.overrideMimeType("text/plain; charset=x-user-defined");
        const { event, status, text } = await sendXhr("GET", "api", "/bytes", override);
        const bytes = Array.from(text, (character) => character.charCodeAt(0) & 0xff);
        const inOrder = bytes.filter((byte, index) => byte === index);
        return { event, status, length: text.length, bytesInOrder: inOrder.length };
      },
      expect: (context) => ({
        page: { event: "load", status: 200, length: 256, bytesInOrder: 256 },
        servers: [allowed(context, "GET", 200)],
      }),
    },
  ],
};
