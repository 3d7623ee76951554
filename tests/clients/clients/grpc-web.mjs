// gRPC-Web and Connect: calls with a deadline, and an error that has only trailers.
// https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-WEB.md

export const policy = "gRPC-Web and Connect";
export const preset = "grpc-web";

export function serve({ read, json }) {
  return {
    async respond(request, response) {
      const body = await read(request);
      const type = request.headers["content-type"];
      if (type === "application/json") return json(response, JSON.parse(body));
      const error = request.url.endsWith("/Fail") && { "grpc-status": 5, "grpc-message": "missing" };
      response.writeHead(200, { "content-type": type, ...error });
      const trailer = "grpc-status:0\r\n";
      response.end(
        error ? undefined : Buffer.concat([body, Buffer.from([0x80, 0, 0, 0, trailer.length]), Buffer.from(trailer)]),
      );
    },
  };
}

export async function page({ check, equal, failure, API }) {
  const { create, createFileRegistry, fromBinary, toBinary } = await import("@bufbuild/protobuf");
  const {
    FileDescriptorProtoSchema,
    StringValueSchema,
    file_google_protobuf_wrappers: wrappers,
  } = await import("@bufbuild/protobuf/wkt");
  const { createClient } = await import("@connectrpc/connect");
  const { createConnectTransport, createGrpcWebTransport } = await import("@connectrpc/connect-web");
  const { default: grpc } = await import("grpc-web");
  const text = ".google.protobuf.StringValue";
  const method = ["Echo", "Fail"].map((name) => ({ name, inputType: text, outputType: text }));
  const file = {
    name: "echo.proto",
    package: "echo",
    syntax: "proto3",
    dependency: [wrappers.proto.name],
    service: [{ name: "Echo", method }],
  };
  const Echo = createFileRegistry(create(FileDescriptorProtoSchema, file), () => wrappers).getService("echo.Echo");
  const options = { baseUrl: API, defaultTimeoutMs: 4000 };
  const transports = { Connect: createConnectTransport(options), "gRPC-Web": createGrpcWebTransport(options) };
  for (const [name, transport] of Object.entries(transports)) {
    await check(name, async () => equal((await createClient(Echo, transport).echo({ value: "a" })).value, "a"));
  }
  await check("gRPC-Web, error", async () => {
    const { rawMessage } = await failure(createClient(Echo, transports["gRPC-Web"]).fail({}));
    return equal(rawMessage, "missing");
  });
  await check("grpc-web", async () => {
    const write = (value) => toBinary(StringValueSchema, create(StringValueSchema, { value }));
    const read = (bytes) => fromBinary(StringValueSchema, bytes).value;
    const echo = new grpc.MethodDescriptor("/echo.Echo/Echo", grpc.MethodType.UNARY, Object, Object, write, read);
    const client = new grpc.GrpcWebClientBase({ format: "binary" });
    return equal(
      await new Promise((resolve, reject) => {
        client.rpcCall(`${API}/echo.Echo/Echo`, "a", {}, echo, (error, reply) =>
          error ? reject(error) : resolve(reply),
        );
      }),
      "a",
    );
  });
}
