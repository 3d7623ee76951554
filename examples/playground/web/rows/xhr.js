import { granted, grantedPreflight } from "../expectations.js";
import { xhrStandard } from "../standards.js";
import { including } from "../verdict.js";

export const xhr = {
  id: "xhr",
  title: "XMLHttpRequest",
  says: "The older interface, for what fetch cannot do or never did.",
  rows: [
    {
      id: "upload-progress",
      title: "Upload with progress",
      says: "A listener on the upload makes the browser ask even for this POST of a form: the preflight names POST and no header, and passes whatever is configured.",
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
          grantedPreflight(context, "POST"),
          granted(context, "POST", 200, { "→ content-type": including("multipart/form-data") }),
        ],
      }),
    },
    {
      id: "timeout",
      title: "Time-out",
      says: "The response begins and does not end: ontimeout fires, and not onerror, since the page may read what has begun.",
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
        servers: [granted(context, "GET", 200)],
      }),
    },
    {
      id: "override-mime-type",
      title: "Bytes as text",
      says: "overrideMimeType with x-user-defined lets a page read all 256 bytes out of a text, and changes nothing for the server.",
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
        servers: [granted(context, "GET", 200)],
      }),
    },
  ],
};
