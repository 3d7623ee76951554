// The servers of a client's test, on loopback: the pages, the service, and the gateway in front of the service.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import http from "node:http";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../..", import.meta.url));
const packages = fileURLToPath(new URL("../node_modules", import.meta.url));

async function listen(server) {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server.address().port;
}

function stopServer(server) {
  const closed = once(server, "close");
  server.close();
  server.closeAllConnections();
  return closed;
}

// Helpers of a client's `serve`. `load` imports a package that only the service needs: esbuild does not see it.
const helpers = {
  load: (name) => import(name),
  async read(request) {
    return Buffer.concat(await request.toArray());
  },
  json(response, value, { status = 200, ...headers } = {}) {
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(JSON.stringify(value));
  },
  asset(name) {
    return readFileSync(path.join(packages, name));
  },
};

// Starts the service of a client.
export async function startService(client) {
  const service = await client.serve(helpers);
  const server = http.createServer((request, response) => {
    Promise.resolve(service.respond(request, response)).catch((error) => {
      console.error(`the service failed: ${error.stack}`);
      response.destroy();
    });
  });
  service.attach?.(server);
  const port = await listen(server);
  return {
    port,
    async stop() {
      await service.stop?.();
      if (server.listening) await stopServer(server);
    },
  };
}

// Starts the gateway with a policy. Returns the port and the lines of its log.
export async function startGateway({ policy, upstream, folder, name }) {
  const file = path.join(folder, `${name}.toml`);
  writeFileSync(file, policy);
  return startProgram("gateway", ["--upstream", `http://127.0.0.1:${upstream}`, file]);
}

// Starts an example on a free port. Returns the port and the lines of its log.
export async function startProgram(name, options) {
  const target = process.env.CARGO_TARGET_DIR ?? path.join(root, "target");
  const child = spawn(path.join(target, "debug", name), ["--listen", "127.0.0.1:0", ...options], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exited = once(child, "exit");
  const log = [];
  createInterface({ input: child.stderr }).on("line", (line) => log.push(line));
  const lines = createInterface({ input: child.stdout });
  const first = await Promise.race([once(lines, "line"), exited]);
  const [, port] = /^listening on http:\/\/127\.0\.0\.1:(\d+)/.exec(first[0]) ?? [];
  if (!port) throw new Error(`${name} does not start: ${log.join("\n")}`);
  return {
    port,
    log,
    async stop() {
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), 3000);
      await exited;
      clearTimeout(timer);
    },
  };
}

// Starts the server of all pages. It serves the same pages for each host name.
export async function startPages() {
  let current = {};
  const server = http.createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://pages");
    const { client, script, api, limits = {} } = current;
    const send = (type, body) => {
      response.writeHead(200, { ...client.pageHeaders, "content-type": type });
      response.end(body);
    };
    const file = client.files?.[pathname];
    if (file) return send(file.type, file.text ?? helpers.asset(file.asset));
    if (pathname === "/bundle.js") return send("text/javascript", script);
    if (pathname === "/") {
      const scripts = (client.scripts ?? []).map((name) => `<script src="${name}"></script>`).join("");
      const html = `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><body>${client.html ?? ""}
        <script>API = "${api}"; LIMITS = ${JSON.stringify(limits)};</script>${scripts}<script src="/bundle.js"></script>`;
      return send("text/html", html);
    }
    response.writeHead(404);
    response.end();
  });
  const port = await listen(server);
  return {
    allowed: `http://app.localhost:${port}`,
    rejected: `http://evil.localhost:${port}`,
    show: (pages) => (current = pages),
    stop: () => stopServer(server),
  };
}
