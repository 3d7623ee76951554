// The policies of the guide.

import { readFileSync } from "node:fs";
import path from "node:path";
import { root } from "./servers.mjs";

const guide = readFileSync(path.join(root, "src/guides/clients.md"), "utf8");
const sections = guide
  .split(/^# /m)
  .slice(1)
  .map((section) => [section.slice(0, section.indexOf("\n")), /^```toml\n(.*?)^```$/ms.exec(section)?.[1]]);

export const headings = sections.map(([heading]) => heading);

// Returns the policy below a heading.
export function policyOf(heading) {
  const policy = new Map(sections).get(heading);
  if (!policy) throw new Error(`src/guides/clients.md has no policy below the heading ${heading}`);
  return policy;
}
