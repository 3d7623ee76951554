// Shows the recorded results in tables, with a column for each engine: the playground's rows in groups, and the number
// of rows of the other tests by technique.

import { element } from "./element.js";
import { groups } from "./rows.js";

const response = await fetch("/results.json");
const engines = await response.json();
document.getElementById("results").append(...groups.map(table), techniques());
document.documentElement.dataset.state = "done";

function table(group) {
  return tableOf(group.title, "Row", group.rows.map(line));
}

function techniques() {
  const lines = engines[0].techniques.map(({ title }, index) =>
    element(
      "tr",
      {},
      element("th", { scope: "row" }, title),
      engines.map(({ techniques }) => countCell(techniques[index])),
    ));
  return tableOf("Rows by technique, over HTTP/1.1 and HTTP/2", "Technique", lines);
}

function tableOf(title, about, lines) {
  const heads = engines.map(({ engine, version }) =>
    element("th", { scope: "col" }, engine, " ", element("span", {}, version)));
  return element(
    "table",
    { class: "results" },
    element("caption", {}, title),
    element("thead", {}, element("tr", {}, element("th", { scope: "col" }, about), heads)),
    element("tbody", {}, lines),
  );
}

function line({ id, title }) {
  const name = element("th", { scope: "row" }, element("a", { href: `/#${id}` }, title));
  return element("tr", {}, name, engines.map(({ rows }) => cell(rows[id])));
}

function cell(outcome) {
  const text = { green: "✓ pass", red: "✗ fail" }[outcome] ?? "not run";
  return element("td", { "data-outcome": outcome ?? "none" }, text);
}

// Rows with a known difference have a source in the tests.
function countCell({ rows, differences, missing }) {
  const texts = [`✓ ${rows - differences - missing} pass`];
  if (differences > 0) {
    texts.push(`${differences} with a known difference`);
  }
  if (missing > 0) {
    texts.push(`${missing} not in this engine`);
  }
  return element("td", { "data-outcome": "green" }, texts.join(", "));
}
