// Runs the rows one after the other. Test programs read the result from
// `document.documentElement.dataset.state` and `window.playground.results`.

import { contextOf } from "./context.js";
import { showDecisions } from "./live.js";
import { groups } from "./rows.js";
import { compare } from "./verdict.js";
import { View } from "./view.js";

const rows = groups.flatMap((group) => group.rows);
const results = new Map();
let configuration;
let view;
let starts = 0;
let running = Promise.resolve();

window.playground = {
  get results() {
    return rows.filter(({ id }) => results.has(id)).map(({ id }) => results.get(id));
  },
};

try {
  configuration = await fetchJson("/configuration.json");
  view = new View(groups, configuration, layerInUrl(), { runAll, runRow, chooseLayer });
  showDecisions(document.getElementById("live"));
  await runAll();
} catch (error) {
  fail(error);
}

function runAll() {
  const clear = () => {
    results.clear();
    view.clear();
  };
  return start(rows, clear);
}

function runRow(row) {
  return start([row]);
}

async function chooseLayer(layer) {
  const url = new URL(location.href);
  if (layer === "out") {
    url.searchParams.set("layer", "out");
  } else {
    url.searchParams.delete("layer");
  }
  history.replaceState(null, "", url);
  await runAll();
}

// Runs rows after the current row. A newer start ends an older one.
function start(chosen, prepare = () => {}) {
  const number = ++starts;
  running = running.then(() => run(chosen, prepare, () => number === starts));
  return running;
}

async function run(chosen, prepare, isNewest) {
  document.documentElement.dataset.state = "running";
  view.setBusy(true);
  prepare();
  try {
    for (const row of chosen) {
      if (!isNewest()) {
        return;
      }
      // Browsers record the timings of 250 requests. https://w3c.github.io/resource-timing/
      performance.clearResourceTimings();
      await runInTurn(row);
    }
  } catch (error) {
    fail(error);
    return;
  }
  if (isNewest()) {
    view.setBusy(false);
    document.documentElement.dataset.state = "done";
  }
}

// The page's server does not respond, or a row has a mistake.
function fail(error) {
  const notice = document.getElementById("notice");
  notice.textContent = `The playground stopped: ${error.message}`;
  notice.hidden = false;
  view?.setBusy(false);
  document.documentElement.dataset.state = "failed";
}

async function runInTurn(row) {
  view.setRunning(row);
  const run = newRun();
  const context = contextOf(configuration, layerInUrl(), row.id, run);
  const page = await withinLimit(row.run(context));
  const records = await fetchJson(`/log.json?row=${row.id}&run=${run}`);
  const fields = compare(row.expect(context), { page, records });
  const differences = fields.filter(({ equal }) => !equal);
  results.set(row.id, { id: row.id, green: differences.length === 0, differences });
  view.setResult(row, { page, records, fields, differences });
}

// Limits the time of a row. A row that throws or never ends counts as different.
async function withinLimit(running) {
  const limit = new Promise((resolve) => {
    setTimeout(resolve, 15_000, { error: "no result within 15 seconds" });
  });
  return Promise.race([running, limit]).catch((error) => ({ error: String(error) }));
}

// Returns an identifier that no other run has, in this or in another page.
function newRun() {
  return `${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 8)}`;
}

async function fetchJson(path) {
  const response = await fetch(path);
  if (!response.ok) {
    throw new Error(`${path} failed with status ${response.status}`);
  }
  return response.json();
}

function layerInUrl() {
  return new URLSearchParams(location.search).get("layer") === "out" ? "out" : "on";
}
