// The SDKs of the Model Context Protocol: version 1 with a session, and version 2 without sessions.
// https://modelcontextprotocol.io/specification/2026-07-28
//
// In a browser, the SDK does not send the headers `Mcp-Param-*` of this specification. tests/browser/mcp.rs sends one.

export const policy = "MCP";
export const preset = "mcp";

// RFC 9728, section 3.1
const METADATA = "/.well-known/oauth-protected-resource";

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
      const resource = `http://${request.headers.host}`;
      if (request.url.startsWith(METADATA)) {
        const path = request.url.slice(METADATA.length);
        return json(response, { resource: resource + path, scopes_supported: ["notes"] });
      }
      if (!request.headers.authorization) {
        const challenge = `Bearer resource_metadata="${resource}${METADATA}${request.url}", scope="notes"`;
        return json(response, {}, { status: 401, "www-authenticate": challenge });
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
  const oauth = await import("@modelcontextprotocol/sdk/client/auth.js");
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
  await check("the challenge of a rejected request, and its metadata", async () => {
    const init = { method: "POST", body: "{}", headers: { "content-type": "application/json" } };
    const challenge = oauth.extractWWWAuthenticateParams(await fetch(`${API}/first`, init));
    equal(challenge.scope, "notes");
    const { resource } = await oauth.discoverOAuthProtectedResourceMetadata(`${API}/first`, challenge);
    return equal(resource, `${API}/first`);
  });
  for (const [name, { discoverOAuthProtectedResourceMetadata: discover }] of Object.entries({ oauth, second })) {
    const metadata = async () => {
      const requests = [];
      const count = (...request) => requests.push(request) && fetch(...request);
      const { scopes_supported } = await discover(`${API}/first`, {}, count);
      // After an error of CORS, the SDK repeats the request without a header.
      return equal([scopes_supported, requests.length], [["notes"], 1]);
    };
    await check(`the metadata of OAuth, for pages of every origin: ${name}`, metadata, { open: true });
  }
}
