// Uppy: uploads by XHR and by tus.
// https://uppy.io/docs/tus/

export const policy = "tus";

export async function serve({ json, read, ...helpers }) {
  const tus = await (await import("./tus.mjs")).serve({ ...helpers });
  return {
    ...tus,
    async respond(request, response) {
      if (request.url.startsWith("/files")) return tus.respond(request, response);
      json(response, { url: "/1", length: (await read(request)).length });
    },
  };
}

export async function page({ check, equal, API }) {
  const { default: Uppy } = await import("@uppy/core");
  const { default: XHR } = await import("@uppy/xhr-upload");
  const { default: Tus } = await import("@uppy/tus");
  const upload = async (plugin, options) => {
    const uppy = new Uppy().use(plugin, options);
    uppy.addFile({ name: "a.bin", data: new Blob([new Uint8Array(100_000)]) });
    const { failed, successful } = await uppy.upload();
    return equal([failed.map(({ error }) => error), successful.length], [[], 1]);
  };
  await check("XHR", () => upload(XHR, { endpoint: `${API}/upload`, shouldRetry: () => false }));
  await check("tus", () => upload(Tus, { endpoint: `${API}/files`, retryDelays: [] }));
}
