// Browsers, and the visit of a page.

import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import puppeteer from "puppeteer-core";

// Starts a browser.
export function launch(engine, folder) {
  const limits = { headless: true, protocolTimeout: 60_000 };
  if (engine === "firefox") {
    return puppeteer.launch({ ...limits, browser: "firefox", executablePath: program("firefox-esr") });
  }
  // By default, Chromium does not send cookies of other sites.
  const preferences = { profile: { cookie_controls_mode: 0, block_third_party_cookies: false } };
  const profile = path.join(folder, "profile");
  mkdirSync(path.join(profile, "Default"), { recursive: true });
  writeFileSync(path.join(profile, "Default", "Preferences"), JSON.stringify(preferences));
  const args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage"];
  args.push("--autoplay-policy=no-user-gesture-required", "--disable-background-networking");
  return puppeteer.launch({ ...limits, executablePath: program("chromium"), userDataDir: profile, args });
}

function program(name) {
  const found = process.env.PATH.split(path.delimiter)
    .map((folder) => path.join(folder, name))
    .find((file) => existsSync(file));
  if (!found) throw new Error(`${name} is missing; tests/run clients installs it`);
  return found;
}

// Runs the checks of a page. The new context has an empty preflight cache.
export async function visit(browser, origin) {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  const messages = new Set();
  page.on("console", (message) => message.type() === "error" && messages.add(message.text()));
  page.on("pageerror", (error) => messages.add(`uncaught: ${error.message}`));
  try {
    const sent = await watchPreflights(page);
    await page.evaluateOnNewDocument(recordReads);
    await page.goto(origin);
    await page.waitForFunction("globalThis.done", { timeout: 40_000 }).catch((error) => messages.add(error.message));
    const { checks, reads } = await page.evaluate(() => ({ checks: globalThis.checks ?? [], reads: globalThis.reads }));
    return { checks, reads, sent, messages: [...messages] };
  } finally {
    await context.close();
  }
}

// Collects the methods and header names for which the page sends preflights. The caches are disabled, so that each
// request has its own preflight.
async function watchPreflights(page) {
  const sent = { methods: new Set(), headers: new Set() };
  const watch = (headers) => {
    const lowerCase = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
    const { "access-control-request-method": method, "access-control-request-headers": names } =
      Object.fromEntries(lowerCase);
    if (method) sent.methods.add(method);
    for (const name of names?.split(",") ?? []) sent.headers.add(name.trim().toLowerCase());
  };
  await page.setCacheEnabled(false);
  const session = await page.createCDPSession().catch(() => undefined);
  if (session) {
    session.on("Network.requestWillBeSentExtraInfo", ({ headers }) => watch(headers));
    await session.send("Network.enable");
  } else {
    page.on("request", (request) => watch(request.headers()));
  }
  return sent;
}

// Runs in the page: records the response headers that scripts read by their names.
function recordReads() {
  const reads = (globalThis.reads = []);
  const ofResponses = new WeakSet();
  const { get } = Object.getOwnPropertyDescriptor(Response.prototype, "headers");
  Object.defineProperty(Response.prototype, "headers", {
    get() {
      const headers = get.call(this);
      ofResponses.add(headers);
      return headers;
    },
  });
  const record = (prototype, method, isResponse) => {
    const original = prototype[method];
    prototype[method] = function (name) {
      if (isResponse(this)) reads.push(String(name).toLowerCase());
      return original.call(this, name);
    };
  };
  record(Headers.prototype, "get", (headers) => ofResponses.has(headers));
  record(Headers.prototype, "has", (headers) => ofResponses.has(headers));
  record(XMLHttpRequest.prototype, "getResponseHeader", () => true);
}
