// Assets in an isolated page: elements, modules, fonts, WebAssembly, and a stream of audio by hls.js.
// https://html.spec.whatwg.org/multipage/browsers.html#coep

export const policy = "Assets for isolated pages";
export const pageHeaders = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

// Returns one second of silence: 43 AAC frames with ADTS headers, after a timestamp.
// https://datatracker.ietf.org/doc/html/rfc8216#section-3.4
function silence() {
  const owner = "com.apple.streaming.transportStreamTimestamp\0";
  const size = String.fromCharCode(owner.length + 8);
  const tag = `ID3\x04\0\0\0\0\0${String.fromCharCode(owner.length + 18)}PRIV\0\0\0${size}\0\0${owner}${"\0".repeat(8)}`;
  const frame = Buffer.from("fff1504001bffc" + "00c800802380", "hex");
  return Buffer.concat([Buffer.from(tag, "latin1"), ...Array(43).fill(frame)]);
}

export function serve() {
  const assets = {
    "/pixel.svg": ["image/svg+xml", '<svg xmlns="http://www.w3.org/2000/svg" width="7" height="7"/>'],
    "/classic.js": ["text/javascript", "window.classic = 7;"],
    "/module.js": ["text/javascript", 'export { two } from "./two.js";'],
    "/two.js": ["text/javascript", "export const two = 2;"],
    "/style.css": ["text/css", "p { color: red }"],
    "/add.wasm": [
      "application/wasm",
      Buffer.from("0061736d0100000001070160027f7f017f030201000707010361646400000a09010700200020016a0b", "hex"),
    ],
    "/index.m3u8": [
      "application/vnd.apple.mpegurl",
      "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n/a.aac\n#EXT-X-ENDLIST\n",
    ],
    "/a.aac": ["audio/aac", silence()],
  };
  return {
    respond({ url }, response) {
      const [type, content] = assets[url.split("?")[0]] ?? [];
      response.writeHead(type ? 200 : 404, { "content-type": type ?? "text/plain" }).end(content);
    },
  };
}

export async function page({ check, equal, API }) {
  const open = { open: true };
  const element = (tag, attributes) =>
    new Promise((resolve, reject) => {
      const added = Object.assign(document.createElement(tag), attributes);
      added.onload = () => resolve(added);
      added.onerror = () => reject(new Error(`error of ${tag}`));
      document.body.append(added);
    });
  await check("isolation", async () => equal(crossOriginIsolated, true), open);
  await check("image", async () => equal((await element("img", { src: `${API}/pixel.svg` })).naturalWidth, 7), open);
  await check(
    "script",
    async () => (await element("script", { src: `${API}/classic.js` })) && equal(window.classic, 7),
    open,
  );
  await check("style sheet", () => element("link", { rel: "stylesheet", href: `${API}/style.css` }), open);
  await check("image in a canvas", async () => {
    const image = await element("img", { src: `${API}/pixel.svg?cors`, crossOrigin: "anonymous" });
    const canvas = document.createElement("canvas");
    canvas.getContext("2d").drawImage(image, 0, 0);
    return canvas.toDataURL().length > 0;
  });
  await check("rules of a style sheet", async () => {
    const sheet = await element("link", { rel: "stylesheet", href: `${API}/style.css?cors`, crossOrigin: "anonymous" });
    return equal(sheet.sheet.cssRules.length, 1);
  });
  await check("module with an import", async () => {
    const load = new Function("url", "return import(url)");
    return equal((await load(`${API}/module.js`)).two, 2);
  });
  await check("WebAssembly", async () => {
    const { instance } = await WebAssembly.instantiateStreaming(fetch(`${API}/add.wasm`));
    return equal(instance.exports.add(2, 3), 5);
  });
  await check("hls.js", async () => {
    const { default: Hls } = await import("hls.js");
    const audio = document.createElement("audio");
    const hls = new Hls({
      enableWorker: false,
      manifestLoadPolicy: { default: { maxTimeToFirstByteMs: 1000, maxLoadTimeMs: 1000 } },
    });
    const duration = await new Promise((resolve, reject) => {
      hls.on(Hls.Events.ERROR, (_, { details, fatal, error }) => fatal && reject(new Error(`${details} ${error}`)));
      audio.onloadeddata = () => resolve(audio.duration);
      hls.loadSource(`${API}/index.m3u8`);
      hls.attachMedia(audio);
    });
    hls.destroy();
    return equal(Math.round(duration), 1);
  });
}
