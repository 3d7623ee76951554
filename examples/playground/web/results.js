// Shows the recorded results: a table for each group of rows, with a column for each engine.

import { element } from "./element.js";
import { groups } from "./rows.js";

const response = await fetch("/results.json");
const engines = await response.json();
document.getElementById("results").append(...groups.map(table));
document.documentElement.dataset.state = "done";

function table(group) {
  const heads = engines.map(({ engine, version }) =>
    element("th", { scope: "col" }, engine, " ", element("span", {}, version)));
  return element(
    "table",
    { class: "results" },
    element("caption", {}, group.title),
    element("thead", {}, element("tr", {}, element("th", { scope: "col" }, "Row"), heads)),
    element("tbody", {}, group.rows.map(line)),
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
