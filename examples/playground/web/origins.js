// The origins of the page and the servers, with their policies.

import { element } from "./element.js";

export function originCards({ page, targets }, layer) {
  return [
    element(
      "article",
      { class: "origin page" },
      element("h3", {}, "page"),
      element("p", { class: "address" }, page),
      element("p", {}, "You are here. This page is cross-origin to the servers, because its port differs:"),
      definitions(Object.entries(partsOf(page))),
    ),
    ...targets.map((target) => targetCard(target, page, layer)),
  ];
}

function targetCard({ name, layered, bare, policy }, page, layer) {
  const isOut = layer === "out";
  const listed = policy.origins.includes(page);
  return element(
    "article",
    { class: isOut ? "origin out" : "origin" },
    element(
      "h3",
      {},
      name,
      element("span", { class: "badge" }, isOut ? "no layer" : "CorsLayer, GuardLayer"),
    ),
    element("p", { class: "address" }, isOut ? bare : layered),
    element("p", {}, about(isOut, listed)),
    definitions(POLICY_KEYS.map((key) => [key, display(policy[key])])),
  );
}

function definitions(pairs) {
  return element(
    "dl",
    { class: "policy" },
    pairs.map(([key, value]) => [element("dt", {}, key), element("dd", {}, value)]),
  );
}

// https://html.spec.whatwg.org/#concept-origin-tuple
function partsOf(origin) {
  const { protocol, hostname, port } = new URL(origin);
  return { scheme: protocol.replace(":", ""), host: hostname, port: port || "80 (default)" };
}

function about(isOut, listed) {
  if (isOut) {
    return "The same application without the layer. This policy is not active:";
  }
  return listed
    ? "The policy allows this page:"
    : "The policy allows another origin, not this page:";
}

function display(value) {
  return Array.isArray(value) ? value.join(", ") : String(value);
}

const POLICY_KEYS = [
  "origins",
  "allow_credentials",
  "allow_methods",
  "allow_headers",
  "expose_headers",
  "max_age",
  "enforce",
  "guards",
];
