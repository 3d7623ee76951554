// Two gRPC-Web clients, as pages use them. `call` returns the data of a call that a page can read.

import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import { createGrpcWebTransport } from "@connectrpc/connect-web";
import grpcWeb from "grpc-web";
import { Echo } from "./gen/echo_pb.js";

// https://connectrpc.com/docs/web/choosing-a-protocol
const connectWeb = async ({ address, method, request, metadata }) => {
  const seen = emptyResult();
  const client = createClient(Echo, createGrpcWebTransport({ baseUrl: address }));
  const result = client[method](request, {
    headers: metadata,
    onHeader: (headers) => (seen.headers = Object.fromEntries(headers)),
    onTrailer: (trailers) => (seen.trailer = Number(trailers.get("grpc-status"))),
  });
  try {
    // A unary call returns a promise of its only message. In WebKit 2.50, `for await` over a list with a rejected
    // promise never ends.
    for await (const message of Symbol.asyncIterator in result ? result : [await result]) {
      seen.messages.push(message.text);
    }
  } catch (error) {
    seen.error = { code: error.code, message: error.rawMessage };
  }
  return seen;
};

// https://github.com/grpc/grpc-web#wire-format-mode
const grpcWebClient = (format) => ({ address, method, request, metadata }) =>
  new Promise((resolve) => {
    const seen = emptyResult();
    const { name, methodKind, input, output } = Echo.method[method];
    const descriptor = new grpcWeb.MethodDescriptor(
      `/${Echo.typeName}/${name}`,
      methodKind,
      Object,
      Object,
      (message) => toBinary(input, create(input, message)),
      (bytes) => fromBinary(output, bytes),
    );
    const client = new grpcWeb.GrpcWebClientBase({ format });
    const parameters = [`${address}/${Echo.typeName}/${name}`, request, metadata, descriptor];
    const on = {
      data: (message) => seen.messages.push(message.text),
      metadata: (headers) => (seen.headers = headers),
      status: ({ code }) => (seen.trailer = code),
      error: ({ code, message }) => {
        seen.error = { code, message };
        on.end();
      },
      // The other events of a completed call may follow this event.
      end: () => setTimeout(() => resolve(seen)),
    };
    if (methodKind === "unary") {
      client
        .rpcCall(...parameters, (error, message) => {
          if (error) return on.error(error);
          on.data(message);
          on.end();
        })
        .on("metadata", on.metadata)
        .on("status", on.status);
    } else {
      const call = client.serverStreaming(...parameters);
      for (const [event, callback] of Object.entries(on)) call.on(event, callback);
    }
  });

// `trailer` is the gRPC status in the trailers of the call.
const emptyResult = () => ({ messages: [], headers: {}, trailer: null, error: null });

const clients = {
  "connect-web": connectWeb,
  "grpc-web": grpcWebClient("binary"),
  "grpc-web-text": grpcWebClient("text"),
};

globalThis.call = (client, address, method, request, metadata) =>
  clients[client]({ address, method, request, metadata });
