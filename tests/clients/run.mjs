// Drives client libraries in a browser, through the gateway, with the policies of src/guides/clients.md.
//
//   `node run.mjs`                 runs all clients in Chromium, and some of them in Firefox.
//   `node run.mjs tus mcp`         runs some clients.
//   `VERBOSE=1 node run.mjs tus`   prints the results of all checks.
//
// Each client must work from the allowed origin, and fail from another origin. Its preset must contain exactly the
// names that it sends and reads.

import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import esbuild from "esbuild";
import { launch, visit } from "./lib/browser.mjs";
import { headings, policyOf } from "./lib/guide.mjs";
import { policyWithout, presetFaults, presetNames } from "./lib/presets.mjs";
import { startGateway, startPages, startService } from "./lib/servers.mjs";

const wanted = process.argv.slice(2);
const clients = new Map();
for (const file of readdirSync(new URL("clients", import.meta.url))) {
  clients.set(path.basename(file, ".mjs"), await import(`./clients/${file}`));
}
const unknown = wanted.filter((name) => !clients.has(name));
if (unknown.length) throw new Error(`no such client: ${unknown.join(", ")}; the clients are ${[...clients.keys()].join(", ")}`);
const chosen = [...clients.keys()].filter((name) => !wanted.length || wanted.includes(name));

const folder = mkdtempSync(path.join(tmpdir(), "clients-"));
const pages = await startPages();
const rows = [];
try {
  for (const engine of ["chromium", "firefox"]) {
    const names = chosen.filter((name) => engine === "chromium" || clients.get(name).firefox);
    if (!names.length) continue;
    const browser = await launch(engine, folder);
    try {
      for (const name of names) rows.push(await test(name, engine, browser));
    } finally {
      await browser.close();
    }
  }
} finally {
  await pages.stop();
  rmSync(folder, { recursive: true, force: true });
}
const general = wanted.length ? [] : untested();
for (const { name, engine, faults } of rows) {
  for (const fault of faults) console.log(`${name} in ${engine}: ${fault}`);
}
for (const fault of general) console.log(fault);
console.table(rows.map(({ visits, faults, ...row }) => ({ ...row, result: faults.length ? "FAILED" : "passed" })));
const failed = rows.filter(({ faults }) => faults.length).length + general.length;
console.log(`clients: ${rows.length + general.length - failed} passed, ${failed} failed`);
// Does not wait for handles that a library leaves open.
process.exit(failed ? 1 : 0);

async function test(name, engine, browser) {
  const client = clients.get(name);
  const start = performance.now();
  const row = {
    name,
    engine,
    allowed: "",
    rejected: "",
    preset: client.preset ?? "",
    seconds: 0,
    visits: [],
    faults: [],
  };
  const service = await startService(client);
  try {
    const policy = policyOf(client.policy);
    const script = await bundle(name);
    await withGateway(name, policy, service, async (api, log) => {
      pages.show({ client, script, api });
      const allowed = await visit(browser, pages.allowed);
      pages.show({ client, script, api, limits: limitsOf(allowed) });
      const rejected = await visit(browser, pages.rejected);
      Object.assign(row, { allowed: count(allowed), rejected: count(rejected) });
      row.visits.push(allowed);
      row.faults.push(...visitFaults(allowed, rejected));
      if (row.faults.length) row.faults.push(...allowed.messages, ...log);
      if (process.env.VERBOSE) console.dir({ allowed, rejected }, { depth: null });
    });
    if (client.preset && engine === "chromium") {
      await removeReads(name, policy, service, script, browser, row);
      await addGuard(name, policy, service, script, browser, row);
    }
    const visits = rows.filter((other) => other.name === name).flatMap((other) => other.visits);
    const isLast = engine === "firefox" || !client.firefox;
    if (client.preset && isLast) row.faults.push(...presetFaults(client, policy, [...visits, ...row.visits]));
  } catch (error) {
    row.faults.push(error.stack);
  } finally {
    await service.stop();
  }
  row.seconds = Math.round((performance.now() - start) / 100) / 10;
  return row;
}

// Some clients copy all headers of a response. Without each header that they read, a check must fail.
async function removeReads(name, policy, service, script, browser, row) {
  const client = clients.get(name);
  for (const header of client.reads ?? []) {
    await withGateway(name, policyWithout(policy, client.preset, header), service, async (api) => {
      pages.show({ client, script, api, limits: limitsOf(row.visits[0]) });
      const { checks } = await visit(browser, pages.allowed);
      if (checks.every(({ ok }) => ok)) row.faults.push(`exposed headers: no check needs ${header}`);
    });
  }
}

// Without credentials, `guard.csrf` denies each request that a form can send. The gateway's lint must report it.
async function addGuard(name, policy, service, script, browser, row) {
  const alone = policy
    .replace(/^allow_credentials = .*\n/m, "")
    .replace(/^\[guard\.csrf\]\n(trust_origins = .*\n)?/m, "");
  const logs = [];
  await withGateway(name, `${alone}\n[guard.csrf]\n`, service, async (api, log) => {
    logs.push(log);
    pages.show({ client: clients.get(name), script, api, limits: limitsOf(row.visits[0]) });
    await visit(browser, pages.allowed);
  });
  const isDenied = logs[0].some((line) => line.includes('section="guard.csrf"'));
  const isReported = logs[0].some((line) => line.includes("guard.csrf denies some POST requests"));
  if (isDenied !== isReported)
    row.faults.push(`guard.csrf denies requests: ${isDenied}; the lint reports it: ${isReported}`);
}

// Returns the time for each check of a later visit.
function limitsOf({ checks }) {
  return Object.fromEntries(checks.map(({ name, milliseconds }) => [name, Math.max(500, 5 * milliseconds)]));
}

async function withGateway(name, policy, service, action) {
  const text = policy.replaceAll("https://app.example.com", pages.allowed);
  const gateway = await startGateway({ policy: text, upstream: service.port, folder, name });
  try {
    await action(`http://api.localhost:${gateway.port}`, gateway.log);
  } finally {
    await gateway.stop();
  }
}

function visitFaults(allowed, rejected) {
  const isSame = allowed.checks.length > 0 && allowed.checks.length === rejected.checks.length;
  const failed = allowed.checks.filter(({ ok }) => !ok);
  const wrong = rejected.checks.filter(({ ok, open }) => ok !== open);
  return [
    ...failed.map(({ name, detail }) => `${name}: ${detail}`),
    ...wrong.map(({ name, detail }) => `${name}, from another origin: ${detail}`),
    ...(isSame ? [] : ["the pages did not run the same checks"]),
  ];
}

function count({ checks }) {
  const open = checks.filter(({ open }) => open).length;
  return `${checks.filter(({ ok }) => ok).length} of ${checks.length}${open ? `, ${open} open` : ""}`;
}

// Returns the policies and presets without a client.
function untested() {
  const all = [...clients.values()];
  return [
    ...headings
      .filter((heading) => !all.some(({ policy }) => policy === heading))
      .map((heading) => `no client uses the policy ${heading}`),
    ...presetNames
      .filter((name) => !all.some(({ preset }) => preset === name))
      .map((name) => `no client uses the preset ${name}`),
  ];
}

async function bundle(name) {
  const contents = `import { page } from "./clients/${name}.mjs"; import { run } from "./lib/page.mjs"; run(page);`;
  const { outputFiles } = await esbuild.build({
    stdin: { contents, resolveDir: import.meta.dirname },
    bundle: true,
    write: false,
    format: "iife",
    platform: "browser",
    define: { "process.env.NODE_ENV": '"development"', global: "globalThis" },
    logLevel: "error",
  });
  return outputFiles[0].text;
}
