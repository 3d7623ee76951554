// Two clients of gRPC-Web, as pages use them: `call` tells what a page gets to see of a call.

import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import { createGrpcWebTransport } from "@connectrpc/connect-web";
import grpcWeb from "grpc-web";
import { Echo } from "./gen/echo_pb.js";

// https://connectrpc.com/docs/web/choosing-a-protocol
const connectWeb = async ({ address, method, request, metadata }) => {
  const seen = nothing();
  const client = createClient(Echo, createGrpcWebTransport({ baseUrl: address }));
  const answer = client[method](request, {
    headers: metadata,
    onHeader: (headers) => (seen.headers = Object.fromEntries(headers)),
    onTrailer: (trailers) => (seen.trailer = Number(trailers.get("grpc-status"))),
  });
  try {
    // A call with one answer is a promise of it.
    for await (const message of Symbol.asyncIterator in answer ? answer : [answer]) {
      seen.messages.push(message.text);
    }
  } catch (error) {
    seen.error = { code: error.code, message: error.rawMessage };
  }
  return seen;
};

// https://github.com/grpc/grpc-web#wire-format-mode
const googles = (format) => ({ address, method, request, metadata }) =>
  new Promise((resolve) => {
    const seen = nothing();
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
    const given = [`${address}/${Echo.typeName}/${name}`, request, metadata, descriptor];
    const on = {
      data: (message) => seen.messages.push(message.text),
      metadata: (headers) => (seen.headers = headers),
      status: ({ code }) => (seen.trailer = code),
      error: ({ code, message }) => {
        seen.error = { code, message };
        on.end();
      },
      // The other events of a call that has ended may come after this one.
      end: () => setTimeout(() => resolve(seen)),
    };
    if (methodKind === "unary") {
      client
        .rpcCall(...given, (error, message) => {
          if (error) return on.error(error);
          on.data(message);
          on.end();
        })
        .on("metadata", on.metadata)
        .on("status", on.status);
    } else {
      const call = client.serverStreaming(...given);
      for (const [event, callback] of Object.entries(on)) call.on(event, callback);
    }
  });

// `trailer` is the status that the trailers of the call tell.
const nothing = () => ({ messages: [], headers: {}, trailer: null, error: null });

const clients = {
  "connect-web": connectWeb,
  "grpc-web": googles("binary"),
  "grpc-web-text": googles("text"),
};

globalThis.call = (client, address, method, request, metadata) =>
  clients[client]({ address, method, request, metadata });
