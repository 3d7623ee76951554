// The parts of the page around the rows: origins, summary, switch.

import { element, whileEnabled } from "./element.js";
import { originCards } from "./origins.js";
import { RowView } from "./row.js";

export class View {
  constructor(groups, configuration, layer, { runAll, runRow, chooseLayer }) {
    this.configuration = configuration;
    this.layer = layer;
    this.rows = new Map();
    this.ticks = new Map();
    this.results = new Map();
    for (const group of groups) {
      byId("groups").append(this.group(group, runRow));
    }
    byId("run-all").addEventListener("click", whileEnabled(runAll));
    for (const radio of byId("layer").querySelectorAll("input")) {
      radio.checked = radio.value === layer;
      radio.addEventListener("change", () => {
        this.layer = radio.value;
        this.showOrigins();
        chooseLayer(radio.value);
      });
    }
    this.showOrigins();
    this.warnOfOtherOrigin();
    this.openRowOfUrl();
  }

  clear() {
    this.results.clear();
    for (const row of this.rows.values()) {
      row.setState("waiting");
    }
    for (const tick of this.ticks.values()) {
      tick.dataset.state = "waiting";
    }
    this.count();
  }

  setBusy(busy) {
    byId("run-all").setAttribute("aria-disabled", busy);
    for (const row of this.rows.values()) {
      row.setBusy(busy);
    }
  }

  setRunning({ id }) {
    this.ticks.get(id).dataset.state = "running";
    this.rows.get(id).setState("running");
  }

  setResult({ id }, result) {
    const state = result.differences.length === 0 ? "green" : "red";
    this.results.set(id, state);
    this.ticks.get(id).dataset.state = state;
    this.rows.get(id).setResult(state, result);
    this.count();
  }

  count() {
    const green = [...this.results.values()].filter((state) => state === "green").length;
    const red = this.results.size - green;
    const count = byId("count");
    count.dataset.state = red > 0 ? "red" : this.results.size === this.rows.size ? "green" : "running";
    count.replaceChildren(
      element("strong", {}, String(green)),
      ` of ${this.rows.size} green`,
      red > 0 ? element("span", {}, `${red} red`) : "",
    );
    document.title = `${green} of ${this.rows.size} green · tower-cross-origin playground`;
  }

  group({ id, title, description, rows }, runRow) {
    const ticks = element("span", { class: "ticks" });
    const articles = rows.map((row) => {
      const view = new RowView(row, () => runRow(row));
      this.rows.set(row.id, view);
      const tick = element("a", { href: `#${row.id}`, title: row.title, click: () => view.open() });
      tick.append(element("span", { class: "unseen" }, row.title));
      this.ticks.set(row.id, tick);
      ticks.append(tick);
      return view.article;
    });
    ticks.style.flexGrow = rows.length;
    byId("strip").append(ticks);
    return element(
      "section",
      { class: "group", "aria-labelledby": `group-${id}` },
      element("header", {}, element("h2", { id: `group-${id}` }, title), element("p", {}, description)),
      articles,
    );
  }

  showOrigins() {
    byId("origins").replaceChildren(...originCards(this.configuration, this.layer));
  }

  // `http://localhost:7100` and `http://127.0.0.1:7100` are different origins.
  warnOfOtherOrigin() {
    const { page } = this.configuration;
    if (location.origin !== page) {
      const link = element("a", { href: page }, page);
      byId("notice").hidden = false;
      byId("notice").append(
        `This page was opened at ${location.origin}, but the policies allow `,
        link,
        ". These are different origins, so the servers reject all requests of this page.",
      );
    }
  }

  openRowOfUrl() {
    const row = this.rows.get(location.hash.slice(1));
    if (row) {
      row.open();
      row.article.scrollIntoView();
    }
  }
}

function byId(id) {
  return document.getElementById(id);
}
