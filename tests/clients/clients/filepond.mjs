// FilePond: uploads at once and in chunks, removal, and the name of a restored file.
// https://pqina.nl/filepond/docs/api/server/

export const policy = "FilePond";
export const preset = "filepond";
// The client reads the name of a restored file from all headers.
export const reads = ["content-disposition"];

export function serve({ read }) {
  let attempts = 0;
  return {
    async respond(request, response) {
      await read(request);
      const { method, headers } = request;
      if (method === "POST") return response.end("1");
      if (method === "GET") {
        response.writeHead(200, {
          "content-type": "text/plain",
          "content-disposition": 'inline; filename="restored.txt"',
        });
        return response.end("text");
      }
      if (method === "HEAD") response.setHeader("upload-offset", 1000);
      // The second chunk fails once.
      response.writeHead(headers["upload-offset"] === "1000" && !attempts++ ? 500 : 200).end();
    },
  };
}

export async function page({ check, equal, API }) {
  const { create } = await import("filepond");
  const server = { url: API, process: "/process", patch: "/patch/", revert: "/revert", restore: "/restore/" };
  const file = () => new File([new Uint8Array(2500)], "a.bin");
  const next = (pond, event) =>
    new Promise((resolve) => pond.on(event, (error, item) => resolve([error, item ?? error])));
  await check("upload and removal", async () => {
    const pond = create({ server });
    const processed = next(pond, "processfile");
    await pond.addFile(file());
    const [error, item] = await processed;
    equal([error, item.serverId], [null, "1"]);
    pond.removeFile(item, { revert: true });
    return (await next(pond, "processfilerevert")).length;
  });
  await check("chunks, with one repetition after an error", async () => {
    const pond = create({ server, chunkUploads: true, chunkForce: true, chunkSize: 1000, chunkRetryDelays: [] });
    const failed = next(pond, "processfile");
    await pond.addFile(file());
    equal((await failed)[0].code, 500);
    return equal((await pond.processFile()).serverId, "1");
  });
  await check("restored file", async () => {
    const pond = create({ server });
    const added = new Promise((resolve) => pond.on("addfile", (error, file) => resolve(error ?? file)));
    await pond.addFile("1", { type: "limbo" });
    return equal((await added).filename, "restored.txt");
  });
}
