// The origins involved, and the policy that each of them has.

import { element } from "./element.js";

export function originCards({ page, targets }, layer) {
  return [
    element(
      "article",
      { class: "origin page" },
      element("h3", {}, "page"),
      element("p", { class: "address" }, page),
      element("p", {}, "Where you are. To the others it is cross-origin, since its port is not theirs:"),
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
    definitions(POLICY_KEYS.map((key) => [key, written(policy[key])])),
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
  return { scheme: protocol.replace(":", ""), host: hostname, port: port || "80, left out" };
}

function about(isOut, listed) {
  if (isOut) {
    return "The same application without the layer. This policy is not in force:";
  }
  return listed
    ? "Its policy lists the page, which may read and send what it names:"
    : "Its policy lists another page and not this one:";
}

function written(value) {
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
