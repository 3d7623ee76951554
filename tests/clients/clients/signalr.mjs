// SignalR: negotiation, WebSockets, server-sent events and long polling, with a server of its JSON protocol.
// https://github.com/dotnet/aspnetcore/blob/main/src/SignalR/docs/specs/TransportProtocols.md

export const policy = "SignalR";
export const preset = "signalr";

const END = "\x1e";

// Calls `send` with the reply to each message.
function reply(text, send) {
  for (const { protocol, type, invocationId, arguments: values } of text.split(END).filter(Boolean).map(JSON.parse)) {
    if (protocol) send(`{}${END}`);
    if (type === 1) send(JSON.stringify({ type: 3, invocationId, result: values[0] }) + END);
  }
}

export async function serve({ load, read, json }) {
  const { WebSocketServer } = await load("ws");
  const connections = new Map();
  let sockets;
  return {
    async respond(request, response) {
      const text = (await read(request)).toString();
      const { pathname, searchParams } = new URL(request.url, "http://service");
      if (pathname.endsWith("/negotiate")) {
        const id = crypto.randomUUID();
        connections.set(id, { send: (part) => connections.get(id).queue.push(part), queue: [] });
        const names = ["WebSockets", "ServerSentEvents", "LongPolling"];
        const availableTransports = names.map((transport) => ({ transport, transferFormats: ["Text"] }));
        return json(response, { connectionId: id, connectionToken: id, negotiateVersion: 1, availableTransports });
      }
      const connection = connections.get(searchParams.get("id"));
      if (request.method === "POST") reply(text, connection.send);
      if (request.method !== "GET") return response.end();
      if (request.headers.accept === "text/event-stream") {
        response.writeHead(200, { "content-type": "text/event-stream" }).write(":\r\n\r\n");
        connection.send = (part) => response.write(`data: ${part}\r\n\r\n`);
        return;
      }
      // The response to the first poll is empty.
      while (connection.polled && !connection.queue.length) await new Promise((resolve) => setTimeout(resolve, 10));
      connection.polled = true;
      response.end(connection.queue.splice(0).join(""));
    },
    attach(server) {
      sockets = new WebSocketServer({ server });
      sockets.on("connection", (socket) =>
        socket.on("message", (text) => reply(String(text), (part) => socket.send(part))),
      );
    },
    stop: () => sockets.clients.forEach((socket) => socket.terminate()),
  };
}

export async function page({ check, equal, API }) {
  const { HubConnectionBuilder, HttpTransportType: Transport, LogLevel } = await import("@microsoft/signalr");
  const echo = async (options) => {
    const hub = new HubConnectionBuilder().withUrl(`${API}/hub`, options).configureLogging(LogLevel.None).build();
    try {
      await hub.start();
      return equal(await hub.invoke("Echo", "hello"), "hello");
    } finally {
      await hub.stop();
    }
  };
  await check("defaults", () => echo({}));
  await check("without credentials", () => echo({ withCredentials: false }));
  await check("without negotiation", () => echo({ transport: Transport.WebSockets, skipNegotiation: true }));
  await check("server-sent events", () => echo({ transport: Transport.ServerSentEvents }));
  await check("long polling with a token", () =>
    echo({ transport: Transport.LongPolling, accessTokenFactory: () => "t" }),
  );
}
