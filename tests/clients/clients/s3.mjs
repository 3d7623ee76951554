// The AWS SDK for S3: objects with metadata, ranges, a multipart upload, and a presigned upload.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html

export const policy = "S3";
export const preset = "s3";
// The SDK copies all headers of a response, and reads them from the copy.
export const reads = ["content-range", "etag", "x-amz-meta-owner"];

export function serve({ read }) {
  const objects = new Map();
  const xml = (response, text) => response.setHeader("content-type", "application/xml").end(text);
  return {
    async respond(request, response) {
      const body = await read(request);
      const { pathname, searchParams } = new URL(request.url, "http://service");
      response.setHeader("x-amz-request-id", "1");
      if (request.method === "DELETE") return response.writeHead(204).end();
      if (request.method === "POST") {
        const result = searchParams.has("uploads") ? "InitiateMultipartUploadResult" : "CompleteMultipartUploadResult";
        return xml(response, `<${result}><UploadId>1</UploadId><ETag>"2"</ETag></${result}>`);
      }
      response.setHeader("etag", '"1"');
      if (request.method === "PUT") {
        objects.set(pathname, { body, owner: request.headers["x-amz-meta-owner"] });
        return response.end();
      }
      const object = objects.get(pathname);
      if (!object) return response.writeHead(404).end();
      if (object.owner) response.setHeader("x-amz-meta-owner", object.owner);
      if (!request.headers.range) return response.end(object.body);
      response.writeHead(206, { "content-range": `bytes 0-1/${object.body.length}` }).end("he");
    },
  };
}

export async function page({ check, equal, failure, API }) {
  const s3 = await import("@aws-sdk/client-s3");
  const { Upload } = await import("@aws-sdk/lib-storage");
  const { getSignedUrl } = await import("@aws-sdk/s3-request-presigner");
  const credentials = { accessKeyId: "a", secretAccessKey: "b", sessionToken: "c" };
  const client = new s3.S3Client({
    endpoint: API,
    region: "us-east-1",
    forcePathStyle: true,
    maxAttempts: 1,
    credentials,
  });
  const at = { Bucket: "files", Key: "a.txt" };
  await check("upload with metadata", async () => {
    const { ETag } = await client.send(new s3.PutObjectCommand({ ...at, Body: "hello", Metadata: { owner: "alice" } }));
    return equal(ETag, '"1"');
  });
  await check("download", async () => {
    const { Body, Metadata } = await client.send(new s3.GetObjectCommand(at));
    return equal([await Body.transformToString(), Metadata], ["hello", { owner: "alice" }]);
  });
  await check("range", async () => {
    const { Body, ContentRange } = await client.send(new s3.GetObjectCommand({ ...at, Range: "bytes=0-1" }));
    return equal([await Body.transformToString(), ContentRange], ["he", "bytes 0-1/5"]);
  });
  await check("missing object", async () => {
    const { $metadata } = await failure(client.send(new s3.HeadObjectCommand({ ...at, Key: "b" })));
    return equal($metadata?.httpStatusCode, 404);
  });
  await check("multipart upload", async () => {
    const upload = new Upload({ client, params: { ...at, Body: new Blob([new Uint8Array(5_300_000)]) } });
    return equal((await upload.done()).ETag, '"2"');
  });
  await check("presigned upload", async () => {
    const url = await getSignedUrl(client, new s3.PutObjectCommand({ ...at, ContentType: "text/csv" }));
    const { headers } = await fetch(url, { method: "PUT", body: "a", headers: { "content-type": "text/csv" } });
    return equal(headers.get("etag"), '"1"');
  });
  await check("removal", () => client.send(new s3.DeleteObjectCommand(at)));
}
