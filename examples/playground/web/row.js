// A row. Its heading is always visible; the details are visible when the row is open.

import { element, whileEnabled } from "./element.js";
import { exchangeCard } from "./exchange.js";

export class RowView {
  constructor({ id, title, description, clause }, run) {
    this.state = element("span", { class: "state" });
    this.flow = element("span", { class: "flow" });
    this.details = element(
      "div",
      { class: "details", id: `details-${id}`, hidden: true },
      element("p", {}, "This row has not been run yet."),
    );
    this.heading = element(
      "button",
      {
        type: "button",
        "aria-expanded": "false",
        "aria-controls": `details-${id}`,
        click: () => (this.details.hidden ? this.open() : this.close()),
      },
      title,
    );
    this.again = element(
      "button",
      { type: "button", class: "again", title: `Run “${title}” again`, click: whileEnabled(run) },
      "run",
    );
    this.article = element(
      "article",
      { class: "row", id },
      element(
        "header",
        {},
        this.state,
        element("h3", {}, this.heading),
        this.flow,
        this.again,
        element(
          "p",
          {},
          `${description} `,
          element("a", { href: clause.href, target: "_blank", rel: "noreferrer" }, clause.text),
        ),
      ),
      this.details,
    );
    this.setState("waiting");
  }

  open() {
    this.details.hidden = false;
    this.heading.setAttribute("aria-expanded", "true");
  }

  close() {
    this.details.hidden = true;
    this.heading.setAttribute("aria-expanded", "false");
  }

  setBusy(busy) {
    this.again.setAttribute("aria-disabled", busy);
  }

  setState(state) {
    this.article.dataset.state = state;
    this.state.textContent = state;
  }

  setResult(state, { page, records, fields, differences }) {
    this.setState(state);
    this.flow.replaceChildren(...records.map(step));
    this.details.replaceChildren(
      differences.length > 0
        ? block("Differences", fieldTable(differences))
        : element("p", { class: "equal" }, `All ${fields.length} compared fields are as expected.`),
      block("Result of the page", pageList(page)),
      block("Records of the servers", records.map(exchangeCard)),
      element(
        "details",
        { class: "compared" },
        element("summary", {}, `All ${fields.length} compared fields`),
        fieldTable(fields),
      ),
    );
  }
}

function step({ method, response }) {
  return element("span", {}, element("b", {}, method), ` ${response?.status ?? "…"}`);
}

function block(title, ...content) {
  return element("section", {}, element("h4", {}, title), ...content);
}

function fieldTable(fields) {
  const heads = ["", "field", "expected", "got"];
  return element(
    "div",
    { class: "scrolls", tabindex: "0" },
    element(
      "table",
      { class: "comparison" },
      element("thead", {}, element("tr", {}, heads.map((head) => element("th", {}, head)))),
      element("tbody", {}, fields.map(fieldRow)),
    ),
  );
}

function fieldRow({ field, expected, got, equal }) {
  return element(
    "tr",
    { class: equal ? "same" : "differs" },
    element("td", {}, equal ? "=" : "≠"),
    element("th", { scope: "row" }, field),
    element("td", {}, expected),
    element("td", {}, got),
  );
}

function pageList(value) {
  if (typeof value !== "object" || value === null) {
    return element("code", {}, value === "" ? "(empty)" : String(value));
  }
  return element(
    "dl",
    { class: "got" },
    Object.entries(value).map(([key, item]) => [
      element("dt", {}, key),
      element("dd", {}, pageList(item)),
    ]),
  );
}
