// tus-js-client with @tus/server: resumable, parallel and deferred uploads.
// https://github.com/tus/tus-js-client/blob/main/docs/api.md

export const policy = "tus";
export const preset = "tus";
export const firefox = true;

export async function serve({ load }) {
  const { mkdtemp, rm } = await load("node:fs/promises");
  const { tmpdir } = await load("node:os");
  const [{ Server }, { FileStore }] = [await load("@tus/server"), await load("@tus/file-store")];
  const directory = await mkdtemp(`${tmpdir()}/tus-`);
  const tus = new Server({ path: "/files", datastore: new FileStore({ directory }), respectForwardedHeaders: true });
  const respond = (request, response) => {
    // This server does not implement concatenation, so each part is a separate upload.
    const concatenation = request.headers["upload-concat"];
    if (concatenation)
      request.rawHeaders.splice(
        request.rawHeaders.findIndex((name) => /^upload-concat$/i.test(name)),
        2,
      );
    if (concatenation?.startsWith("final")) return response.writeHead(201, { location: "/files/final" }).end();
    return tus.handle(request, response);
  };
  return { respond, stop: () => rm(directory, { recursive: true }) };
}

export async function page({ check, equal, API }) {
  const { Upload } = await import("tus-js-client");
  const endpoint = `${API}/files`;
  const blob = (size) => new Blob([new Uint8Array(size)]);
  const send = (file, options, previous) =>
    new Promise((resolve, reject) => {
      const metadata = { filename: "a.bin" };
      const upload = new Upload(file, {
        endpoint,
        metadata,
        retryDelays: null,
        ...options,
        onError: reject,
        onSuccess: () => resolve(upload.url),
      });
      if (previous) upload.resumeFromPreviousUpload(previous);
      upload.start();
    });
  await check("one request", () => send(blob(1000)));
  await check("chunks", () => send(blob(300_000), { chunkSize: 100_000 }));
  await check("unknown length", () =>
    send(blob(1000).stream().getReader(), { chunkSize: 500, uploadLengthDeferred: true }),
  );
  await check("parallel parts", () => send(blob(3000), { parallelUploads: 3 }));
  await check("removal", async () => Upload.terminate(await send(blob(10))));
  await check("resumption", async () => {
    const file = new File([new Uint8Array(3000)], "a.bin", { lastModified: 1 });
    await new Promise((resolve, reject) => {
      const options = { endpoint, retryDelays: null, chunkSize: 1000, onError: reject };
      const upload = new Upload(file, { ...options, onChunkComplete: () => upload.abort().then(resolve) });
      upload.start();
    });
    const [previous] = await new Upload(file, { endpoint }).findPreviousUploads();
    return equal(await send(file, {}, previous), previous.uploadUrl);
  });
}
