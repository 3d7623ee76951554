// Compares expected fields with actual ones. A row is green only if all its fields are equal.

export function compare(expected, got) {
  return [
    ...pageFields(expected.page, got.page),
    ...exchangeFields(expected.servers, got.records),
  ].map(({ field, expected, got }) => ({
    field,
    expected: show(expected),
    got: show(got),
    equal: isEqual(expected, got),
  }));
}

// Matches names in any order and case, as in `Vary` and `Access-Control-Allow-Methods`.
export function names(...list) {
  const sorted = (names) => names.map((name) => name.trim().toLowerCase()).sort().join(", ");
  return {
    text: list.join(", "),
    accepts: (got) => typeof got === "string" && sorted(got.split(",")) === sorted(list),
  };
}

// Matches a value that contains the text, as in `Cookie`.
export function including(text) {
  return {
    text: `… ${text} …`,
    accepts: (got) => typeof got === "string" && got.includes(text),
  };
}

// Matches a value that begins with the text.
export function beginning(text) {
  return {
    text: `${text} …`,
    accepts: (got) => typeof got === "string" && got.startsWith(text),
  };
}

export const absent = undefined;

// Compares in both directions, so an unexpected field of the page's result is a difference, too.
function pageFields(expected, got) {
  const leaves = { ...flat("page", got), ...flat("page", expected) };
  const expectedLeaves = flat("page", expected);
  const gotLeaves = flat("page", got);
  return Object.keys(leaves).map((field) => ({
    field,
    expected: expectedLeaves[field],
    got: gotLeaves[field],
  }));
}

function exchangeFields(expected, records) {
  const inOrder = (exchanges) =>
    exchanges.map(({ server, method }) => `${server} ${method}`).join(", ") || "none";
  const fields = [{ field: "servers: requests", expected: inOrder(expected), got: inOrder(records) }];
  expected.forEach(({ server, method, ...rest }, index) => {
    const request = `${index + 1} ${method}`;
    const record = records[index];
    fields.push({ field: request, expected: "sent", got: record ? "sent" : "never sent" });
    if (record) {
      const facts = factsOf(record);
      for (const [name, value] of Object.entries(rest)) {
        fields.push({ field: `${request}: ${name}`, expected: value, got: facts[name] });
      }
    }
  });
  return fields;
}

// The fields of a record. Headers have their names with an arrow.
function factsOf({ headers, decision, explanation, application, response }) {
  const facts = {
    decision: decision.outcome,
    explanation: explanation.summary,
    "failed step": decision.failedStep ?? "none",
    application: application ? "called" : "not called",
    status: response?.status,
    "CORS headers": corsHeaders(response?.headers ?? []),
  };
  for (const [arrow, lines] of [["→", headers], ["←", response?.headers ?? []]]) {
    for (const [name, value] of lines) {
      const key = `${arrow} ${name}`;
      facts[key] = key in facts ? `${facts[key]}, ${value}` : value;
    }
  }
  return facts;
}

function corsHeaders(lines) {
  const prefix = "access-control-";
  const names = lines.map(([name]) => name).filter((name) => name.startsWith(prefix));
  return names.map((name) => name.slice(prefix.length)).sort().join(", ") || "none";
}

function flat(path, value) {
  const isNested = typeof value === "object" && value !== null && !isMatcher(value);
  if (!isNested) {
    return { [path]: value };
  }
  return Object.assign({}, ...Object.entries(value).map(([key, item]) => flat(`${path}.${key}`, item)));
}

function isEqual(expected, got) {
  return isMatcher(expected) ? expected.accepts(got) : expected === got;
}

function isMatcher(value) {
  return typeof value?.accepts === "function";
}

function show(value) {
  if (value === undefined) {
    return "(absent)";
  }
  if (value === "") {
    return "(empty)";
  }
  return isMatcher(value) ? value.text : String(value);
}
