// Checks the callbacks that the crate allows; the file has one callback per line. In the ECMAScript
// grammar, each must be only an identifier, or members of one by name or by number.

import { readFileSync } from "node:fs";
import { parse } from "acorn";

const isIdentifier = (node) => node.type === "Identifier";

// Only plain decimal numbers: `010` would be 8, and `1e3` is a different key than its text.
const isIndex = (node) => node.type === "Literal" && /^(0|[1-9][0-9]*)$/.test(node.raw);

function isMember(node) {
  if (isIdentifier(node)) return true;
  if (node.type !== "MemberExpression" || node.optional) return false;
  return (node.computed ? isIndex : isIdentifier)(node.property) && isMember(node.object);
}

function onlyExpression(text, sourceType) {
  const { body } = parse(text, { ecmaVersion: "latest", sourceType });
  const [statement] = body;
  if (body.length !== 1 || statement.type !== "ExpressionStatement" || statement.directive) return undefined;
  return statement.expression;
}

// Returns the error of a callback, if any. Parses it as a script and as a module, both alone and in the
// call.
function errorOf(name) {
  try {
    for (const sourceType of ["script", "module"]) {
      const alone = onlyExpression(name, sourceType);
      if (!alone || alone.start !== 0 || alone.end !== name.length || !isMember(alone)) return "is not an identifier or a member expression";
      const call = onlyExpression(`/**/ typeof ${name} === 'function' && ${name}({});`, sourceType);
      const { left, operator, right } = call;
      const isCall = operator === "&&" && left.operator === "===" && right.type === "CallExpression";
      if (!isCall || !isMember(left.left.argument) || !isMember(right.callee)) return "changes the meaning of the call";
    }
  } catch (error) {
    return error.message;
  }
  return undefined;
}

// The check is only useful if it detects these invalid callbacks.
const INVALID = [
  "", "a;b", "a()", "a b", "a=b", "a,b", "a..b", "a.", "a[x]", 'a["k"]', "a[010]", "a[1e3]", "a?.b", "a`b`", "class",
  "a//", "a/**/", "(a)", "a\n", " a", "1", "'use strict'", "let", "await", "a[0", "!a", "a\u2028", "this",
];
const VALID = ["a", "$._x[1].y", "cb[12]", "app.show", "async", "of", "undefined"];

const missed = INVALID.filter((name) => !errorOf(name));
const rejected = VALID.filter(errorOf);
if (missed.length || rejected.length) {
  console.error("this script is wrong about", JSON.stringify([...missed, ...rejected]));
  process.exit(1);
}

const names = new Set(readFileSync(process.argv[2], "utf8").split("\n").slice(0, -1));
if (names.size < 20) {
  console.error(`expected at least 20 callbacks, but the fuzz target wrote only ${names.size}`);
  process.exit(1);
}
const faults = [...names].map((name) => [name, errorOf(name)]).filter(([, found]) => found);
for (const [name, found] of faults) console.error(`${JSON.stringify(name)}: ${found}`);
console.log(`acorn checked ${names.size} callbacks, ${faults.length} of them are invalid`);
process.exit(faults.length ? 1 : 0);
