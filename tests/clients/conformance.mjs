// Runs official conformance tests of the Model Context Protocol against examples/local_server.
//
// The scenario for DNS rebinding must pass with the guards, and fail without them. Other scenarios show that the
// example speaks the transport of both specifications. Version 2026-07-28 has tests only in a prerelease.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import esbuild from "esbuild";
import { startProgram } from "./lib/servers.mjs";

const REBINDING = "dns-rebinding-protection";
const REJECTED = "localhost-host-rebinding-rejected";

const suites = [
  { version: "2025-11-25", name: "conformance", scenarios: ["server-initialize", "ping", "tools-list", REBINDING] },
  { version: "2026-07-28", name: "conformance-next", scenarios: ["http-header-validation", "tools-list", REBINDING] },
];

const folder = mkdtempSync(path.join(tmpdir(), "conformance-"));
const rows = [];
try {
  for (const suite of suites) {
    const program = await bundle(suite.name);
    for (const guards of ["on", "off"]) {
      const server = await startProgram("local_server", ["--guards", guards]);
      try {
        for (const scenario of guards === "on" ? suite.scenarios : [REBINDING]) {
          const checks = await run(program, suite.version, scenario, `http://127.0.0.1:${server.port}/mcp`);
          rows.push({ version: suite.version, guards, scenario, ...judge(checks, guards) });
        }
      } finally {
        await server.stop();
      }
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.table(rows);
const failed = rows.filter(({ result }) => result === "FAILED").length;
console.log(`conformance: ${rows.length - failed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);

// Without guards, exactly the check of the attack must fail.
function judge(checks, guards) {
  const failures = checks.filter(({ status }) => status === "FAILURE").map(({ id }) => id);
  const expected = guards === "on" ? [] : [REJECTED];
  const isExpected = checks.length > 0 && JSON.stringify(failures) === JSON.stringify(expected);
  return { checks: checks.length, failures: failures.join(", "), result: isExpected ? "passed" : "FAILED" };
}

// Runs a scenario, and returns its checks.
async function run(program, version, scenario, url) {
  const output = mkdtempSync(path.join(folder, "results-"));
  const options = ["--url", url, "--scenario", scenario, "--spec-version", version, "--output-dir", output];
  const child = spawn(process.execPath, [program, "server", ...options], { stdio: ["ignore", "ignore", "inherit"] });
  await once(child, "exit");
  const [results] = readdirSync(output);
  if (!results) throw new Error(`the scenario ${scenario} of ${version} wrote no results`);
  return JSON.parse(readFileSync(path.join(output, results, "checks.json"), "utf8"));
}

// Bundles the command. It imports a function of `node:fs` that Node.js 20 does not have, and that no scenario calls.
async function bundle(name) {
  const outfile = path.join(folder, `${name}.cjs`);
  const entry = path.join(import.meta.dirname, "node_modules", name, "dist", "index.js");
  await esbuild.build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: "node",
    format: "cjs",
    define: { "import.meta.url": JSON.stringify(pathToFileURL(entry).href) },
    logLevel: "error",
  });
  return outfile;
}
