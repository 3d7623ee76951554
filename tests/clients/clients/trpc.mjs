// tRPC: batches, streamed batches, mutations, and subscriptions by EventSource and WebSocket.
// https://trpc.io/docs/client/links

export const policy = "tRPC";
export const preset = "trpc";

export async function serve({ load }) {
  const { initTRPC } = await load("@trpc/server");
  const { createHTTPHandler } = await load("@trpc/server/adapters/standalone");
  const { applyWSSHandler } = await load("@trpc/server/adapters/ws");
  const { WebSocketServer } = await load("ws");
  const { router: create, procedure } = initTRPC.create();
  const router = create({
    hello: procedure.query(() => "hello"),
    numbers: procedure.query(async function* () {
      yield* [1, 2, 3];
    }),
    save: procedure.input((value) => value).mutation(({ input }) => input),
    count: procedure.subscription(async function* () {
      yield* [1, 2, 3];
    }),
  });
  let sockets;
  return {
    respond: createHTTPHandler({ router }),
    attach(server) {
      sockets = new WebSocketServer({ server });
      applyWSSHandler({ wss: sockets, router });
    },
    stop: () => sockets.clients.forEach((socket) => socket.terminate()),
  };
}

export async function page({ check, equal, API }) {
  const trpc = await import("@trpc/client");
  const client = (link) => trpc.createTRPCClient({ links: [link] });
  const headers = { authorization: "Bearer t" };
  const credentials = (url, init) => fetch(url, { ...init, credentials: "include" });
  const options = { url: API, headers, fetch: credentials };
  await check("query", async () => equal(await client(trpc.httpLink(options)).hello.query(), "hello"));
  await check("batch", async () => {
    const { hello } = client(trpc.httpBatchLink(options));
    return equal(await Promise.all([hello.query(), hello.query()]), ["hello", "hello"]);
  });
  await check("mutation", async () => equal(await client(trpc.httpBatchLink(options)).save.mutate("a"), "a"));
  await check("streamed batch", async () => {
    const seen = [];
    for await (const number of await client(trpc.httpBatchStreamLink(options)).numbers.query()) seen.push(number);
    return equal(seen, [1, 2, 3]);
  });
  const subscribe = (link) =>
    new Promise((resolve, reject) => {
      const seen = [];
      const subscription = client(link).count.subscribe(undefined, {
        onError: reject,
        onData(number) {
          seen.push(number);
          if (seen.length === 3) (resolve(equal(seen, [1, 2, 3])), subscription.unsubscribe());
        },
      });
    });
  await check("EventSource", () =>
    subscribe(trpc.httpSubscriptionLink({ url: API, eventSourceOptions: { withCredentials: true } })),
  );
  await check(
    "WebSocket",
    () =>
      new Promise((resolve, reject) => {
        const socket = trpc.createWSClient({
          url: API.replace("http", "ws"),
          onClose: () => reject(new Error("closed")),
        });
        subscribe(trpc.wsLink({ client: socket }))
          .then(resolve, reject)
          .finally(() => socket.close());
      }),
  );
}
