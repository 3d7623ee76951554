// Each line of the file is the name of a callback that the crate takes. By the grammar of ECMAScript it is
// an identifier, or members of one by name or by number, and nothing that does anything.

import { readFileSync } from "node:fs";
import { parse } from "acorn";

const isIdentifier = (node) => node.type === "Identifier";

// A number as it is written: `010` would be 8, and `1e3` is another key than it looks.
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

// In a script, and in strict code as modules have it; alone, and in the call.
function fault(name) {
  try {
    for (const sourceType of ["script", "module"]) {
      const alone = onlyExpression(name, sourceType);
      if (!alone || alone.start !== 0 || alone.end !== name.length || !isMember(alone)) return "is no member";
      const call = onlyExpression(`/**/ typeof ${name} === 'function' && ${name}({});`, sourceType);
      const { left, operator, right } = call;
      const isCall = operator === "&&" && left.operator === "===" && right.type === "CallExpression";
      if (!isCall || !isMember(left.left.argument) || !isMember(right.callee)) return "changes the call";
    }
  } catch (error) {
    return error.message;
  }
  return undefined;
}

// A check that finds nothing wrong with these would find nothing.
const WRONG = [
  "", "a;b", "a()", "a b", "a=b", "a,b", "a..b", "a.", "a[x]", 'a["k"]', "a[010]", "a[1e3]", "a?.b", "a`b`", "class",
  "a//", "a/**/", "(a)", "a\n", " a", "1", "'use strict'", "let", "await", "a[0", "!a", "a\u2028", "this",
];
const RIGHT = ["a", "$._x[1].y", "cb[12]", "app.show", "async", "of", "undefined"];

const missed = WRONG.filter((name) => !fault(name));
const refused = RIGHT.filter(fault);
if (missed.length || refused.length) {
  console.error("the check itself is wrong about", JSON.stringify([...missed, ...refused]));
  process.exit(1);
}

const names = new Set(readFileSync(process.argv[2], "utf8").split("\n").slice(0, -1));
if (names.size < 20) {
  console.error(`only ${names.size} callbacks: the fuzz target wrote too few`);
  process.exit(1);
}
const faults = [...names].map((name) => [name, fault(name)]).filter(([, found]) => found);
for (const [name, found] of faults) console.error(`${JSON.stringify(name)}: ${found}`);
console.log(`acorn parsed ${names.size} callbacks, ${faults.length} of them as something else`);
process.exit(faults.length ? 1 : 0);
