// Compares presets with the names that their clients send and read.

import { readFileSync } from "node:fs";
import path from "node:path";
import { root } from "./servers.mjs";

const schema = JSON.parse(readFileSync(path.join(root, "schema/cors.json"), "utf8"));

// The lists of each preset, by its name. The crate writes them to the schema.
const presets = new Map(
  schema.$defs.Rule.properties.presets.items.oneOf.map(({ const: name, description }) => {
    const lists = description.split("; ").map((list) => list.split(": "));
    const entries = lists.map(([about, names]) => [about, names.split(", ")]);
    return [name, { methods: [], "request headers": [], "exposed headers": [], ...Object.fromEntries(entries) }];
  }),
);

export const presetNames = [...presets.keys()];

const SAFELISTED = {
  methods: ["GET", "HEAD", "POST"],
  "request headers": [],
  "exposed headers": [
    "cache-control",
    "content-language",
    "content-length",
    "content-type",
    "expires",
    "last-modified",
    "pragma",
  ],
};

// Returns the differences between a client's preset and the names that the client sent and read in `visits`.
export function presetFaults({ preset: name, reads = [] }, policy, visits) {
  const preset = presets.get(name);
  if (!preset) return [`the preset ${name} does not exist`];
  const seen = {
    methods: visits.flatMap(({ sent }) => [...sent.methods]),
    "request headers": visits.flatMap(({ sent }) => [...sent.headers]),
    "exposed headers": [...visits.flatMap((visit) => visit.reads), ...reads],
  };
  return Object.entries(seen).flatMap(([list, used]) => {
    const unused = preset[list].filter((entry) => !used.some((name) => matches(entry, name)));
    const others = [...SAFELISTED[list], ...listedNames(policy)];
    const needed = [...new Set(used)].filter((name) => !others.includes(name));
    const missing = needed.filter((name) => !preset[list].some((entry) => matches(entry, name)));
    return [
      ...unused.map((name) => `${list}: the client does not use ${name}`),
      ...missing.map((name) => `${list}: the preset lacks ${name}`),
    ];
  });
}

// Returns the policy with the lists of the preset, without the entry that exposes a response header.
export function policyWithout(policy, presetName, name) {
  const { methods, "request headers": headers, "exposed headers": exposed } = presets.get(presetName);
  const lists = {
    allow_methods: methods,
    allow_headers: headers,
    expose_headers: exposed.filter((entry) => !matches(entry, name)),
  };
  const lines = Object.entries(lists).map(([key, list]) => `${key} = ${JSON.stringify(list)}`);
  return policy.replace(/^presets = .*$/m, lines.join("\n"));
}

function matches(entry, name) {
  return entry.endsWith("-*") ? name.startsWith(entry.slice(0, -1)) : name === entry;
}

// Returns the names that a policy lists in addition to its preset.
function listedNames(policy) {
  const lists = policy.matchAll(/^(?:allow|expose)_\w+ = \[(.*)\]$/gm);
  return [...lists].flatMap(([, list]) => [...list.matchAll(/"(.*?)"/g)].map(([, name]) => name));
}
