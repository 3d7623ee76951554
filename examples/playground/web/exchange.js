// One request as a server recorded it, and its response.

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
      // The record's own question to the policy: without the layer nobody acts upon the answer.
      element(
        "span",
        {},
        layered ? "policy says " : "policy would say ",
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
        : element("p", { class: "message" }, "The browser went away before the response."),
    ),
    explanationOf(explanation),
  );
}

// The policy's own words: what failed, what was compared, what to change.
function explanationOf({ summary, steps, advice }) {
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
      advice.map((text) => [
        element("dt", { "data-mark": "advice" }, "fix"),
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
  const telling = headers.filter(([name]) => tells(name));
  const others = headers.filter(([name]) => !tells(name));
  return element(
    "div",
    { class: "message" },
    element("p", { class: "first" }, firstLine),
    telling.map(line),
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

// The headers that a row may be about; the others are folded, and not hidden.
function tells(name) {
  return /^(origin|cookie|set-cookie|vary|allow|etag|content-type|access-control-.*|x-.*)$/.test(name);
}
