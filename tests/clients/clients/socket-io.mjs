// socket.io: polling, WebSockets, and the upgrade from one to the other.
// https://socket.io/docs/v4/handling-cors/

export const policy = "socket.io";
export const firefox = true;

export async function serve({ load }) {
  const { Server } = await load("socket.io");
  let io;
  return {
    respond: () => {},
    attach(server) {
      io = new Server(server, { cookie: { name: "io", sameSite: "none", secure: true } });
      io.on("connection", (socket) => {
        socket.on("echo", (bytes, reply) => {
          reply([bytes.length, socket.conn.transport.name, socket.handshake.headers.authorization ?? null]);
        });
      });
    },
    stop: () => io.close(),
  };
}

export async function page({ check, equal, until, API }) {
  const { io } = await import("socket.io-client");
  const echo = async (transport, options, token = null) => {
    const socket = io(API, { reconnection: false, forceNew: true, ...options });
    try {
      await new Promise((resolve, reject) => socket.on("connect", resolve).on("connect_error", reject));
      await until(() => socket.io.engine.transport.name === transport);
      return equal(await socket.emitWithAck("echo", new Uint8Array(100_000)), [100_000, transport, token]);
    } finally {
      socket.close();
    }
  };
  await check("upgrade", () => echo("websocket", {}));
  await check("upgrade with credentials", () => echo("websocket", { withCredentials: true }));
  await check("polling", () => echo("polling", { transports: ["polling"] }));
  await check("WebSocket", () => echo("websocket", { transports: ["websocket"] }));
  await check("polling with a token", () =>
    echo("polling", { transports: ["polling"], extraHeaders: { authorization: "Bearer t" } }, "Bearer t"),
  );
}
