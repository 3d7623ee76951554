// Yjs with y-websocket, through a service that passes the messages of a client to the others.
// https://docs.yjs.dev/ecosystem/connection-provider/y-websocket

export const policy = "Yjs";

export async function serve({ load }) {
  const { WebSocketServer } = await load("ws");
  let sockets;
  return {
    respond: (_, response) => response.end(),
    attach(server) {
      sockets = new WebSocketServer({ server });
      sockets.on("connection", (socket, { url }) => {
        socket.on("message", (message) => {
          const others = [...sockets.clients].filter((other) =>
            url === "/echo" ? other === socket : other !== socket,
          );
          others.forEach((other) => other.send(message));
        });
      });
    },
    stop: () => sockets.clients.forEach((socket) => socket.terminate()),
  };
}

export async function page({ check, equal, until, API }) {
  const Y = await import("yjs");
  const { WebsocketProvider } = await import("y-websocket");
  const url = API.replace("http", "ws");
  await check("two documents", async () => {
    const documents = [new Y.Doc(), new Y.Doc()];
    const providers = documents.map((document) => new WebsocketProvider(url, "notes", document, { disableBc: true }));
    documents[0].getText().insert(0, "hello");
    try {
      return await until(() => documents[1].getText().toString() === "hello");
    } finally {
      providers.forEach((provider) => provider.destroy());
    }
  });
  await check(
    "plain WebSocket with 1 MB",
    () =>
      new Promise((resolve, reject) => {
        const socket = Object.assign(new WebSocket(`${url}/echo`), {
          binaryType: "arraybuffer",
          onerror: () => reject(new Error("closed")),
        });
        socket.onopen = () => socket.send(new Uint8Array(1_000_000));
        socket.onmessage = ({ data }) => resolve(equal(data.byteLength, 1_000_000));
      }),
  );
}
