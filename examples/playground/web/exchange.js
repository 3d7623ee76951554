// A request as a server recorded it, and its response.

import { element } from "./element.js";

export function exchangeCard(record) {
  const { server, layered, method, target, headers, decision, explanation, application, response } =
    record;
  return element(
    "article",
    { class: "exchange" },
    element(
      "header",
      {},
      element("span", { class: "server" }, `→ ${server}`),
      // Without the layer, the record still contains the decision of the policy.
      element(
        "span",
        {},
        layered ? "policy decides: " : "policy would decide: ",
        element("b", {}, decisionText(decision)),
      ),
      element("span", {}, "application ", element("b", {}, application ? "called" : "not called")),
    ),
    element(
      "div",
      { class: "halves" },
      message(`${method} ${target}`, headers),
      response
        ? message(`${response.status} ${response.reason ?? ""}`, response.headers)
        : element("p", { class: "message" }, "The browser disconnected before the response."),
    ),
    explanationOf(explanation),
  );
}

// The explanation of the policy: the failed step, the comparison, and the fix.
function explanationOf({ summary, steps, help }) {
  return element(
    "div",
    { class: "explanation" },
    element("p", { class: "first" }, summary),
    element(
      "dl",
      {},
      steps.map(({ about, mark, text }) => [
        element("dt", { "data-mark": mark.toLowerCase() }, about),
        element("dd", {}, text),
      ]),
      help.map((text) => [
        element("dt", { "data-mark": "help" }, "fix"),
        element("dd", {}, text),
      ]),
    ),
  );
}

function decisionText({ outcome, failedStep, rule }) {
  const words = outcome.replaceAll(/\B[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  if (failedStep !== null) {
    return `${words}: ${failedStep}`;
  }
  return rule === null ? words : `${words} by rule ${rule}`;
}

function message(firstLine, headers) {
  const shown = headers.filter(([name]) => isRelevant(name));
  const others = headers.filter(([name]) => !isRelevant(name));
  return element(
    "div",
    { class: "message" },
    element("p", { class: "first" }, firstLine),
    shown.map(line),
    others.length > 0
      ? element(
          "details",
          {},
          element("summary", {}, others.length === 1 ? "1 more header" : `${others.length} more headers`),
          others.map(line),
        )
      : null,
  );
}

function line([name, value]) {
  return element("p", {}, element("b", {}, name), `: ${value}`);
}

// The headers that rows are about. The other headers are collapsed.
function isRelevant(name) {
  return /^(origin|cookie|set-cookie|vary|allow|etag|content-type|access-control-.*|x-.*)$/.test(name);
}
