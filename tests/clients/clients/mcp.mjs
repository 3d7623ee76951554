// The SDKs of the Model Context Protocol: version 1 with a session, and version 2 without sessions.
// https://modelcontextprotocol.io/specification/2026-07-28

export const policy = "MCP";
export const preset = "mcp";

export async function serve({ load, json }) {
  const first = await load("@modelcontextprotocol/sdk/server/mcp.js");
  const { StreamableHTTPServerTransport } = await load("@modelcontextprotocol/sdk/server/streamableHttp.js");
  const second = await load("@modelcontextprotocol/server");
  const { toNodeHandler } = await load("@modelcontextprotocol/node");
  const notes = ({ McpServer }) => {
    const server = new McpServer({ name: "notes", version: "1" });
    server.registerTool("hello", {}, () => ({ content: [{ type: "text", text: "hello" }] }));
    return server;
  };
  const withoutSession = toNodeHandler(second.createMcpHandler(() => notes(second)));
  const sessions = new Map();
  const start = async () => {
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: () => crypto.randomUUID(),
      onsessioninitialized: (id) => sessions.set(id, transport),
      eventStore: { storeEvent: async () => "1", replayEventsAfter: async () => "replayed" },
    });
    await notes(first).connect(transport);
    return transport;
  };
  return {
    async respond(request, response) {
      if (!request.headers.authorization) {
        return json(response, {}, { status: 401, "www-authenticate": 'Bearer scope="notes"' });
      }
      if (request.url === "/second") return withoutSession(request, response);
      const transport = sessions.get(request.headers["mcp-session-id"]) ?? (await start());
      await transport.handleRequest(request, response);
    },
    async stop() {
      for (const transport of sessions.values()) await transport.close();
    },
  };
}

export async function page({ check, equal, API }) {
  const first = {
    ...(await import("@modelcontextprotocol/sdk/client/index.js")),
    ...(await import("@modelcontextprotocol/sdk/client/streamableHttp.js")),
  };
  const second = await import("@modelcontextprotocol/client");
  const { extractWWWAuthenticateParams } = await import("@modelcontextprotocol/sdk/client/auth.js");
  const requestInit = { headers: { authorization: "Bearer t" } };
  const connect = async ({ Client, StreamableHTTPClientTransport }, path, options) => {
    const transport = new StreamableHTTPClientTransport(new URL(API + path), { requestInit });
    const client = new Client({ name: "page", version: "1" }, options);
    await client.connect(transport);
    const { content } = await client.callTool({ name: "hello" });
    return equal(content[0].text, "hello") && { client, transport };
  };
  await check("version 1: a session, its resumption, and its end", async () => {
    const { client, transport } = await connect(first, "/first");
    await transport.resumeStream("1");
    await transport.terminateSession();
    await client.close();
  });
  await check("version 2 of the SDK", async () => {
    const { client } = await connect(second, "/second", { versionNegotiation: { mode: { pin: "2026-07-28" } } });
    await client.close();
  });
  await check("the scope of a rejected request", async () => {
    const init = { method: "POST", body: "{}", headers: { "content-type": "application/json" } };
    return equal(extractWWWAuthenticateParams(await fetch(`${API}/first`, init)).scope, "notes");
  });
}
