// The decisions of the servers in real time, for requests of this page and of other programs.

import { element } from "./element.js";

export function showDecisions(list) {
  const source = new EventSource("/decisions");
  source.addEventListener("message", ({ data }) => {
    list.prepend(line(JSON.parse(data)));
    while (list.children.length > SHOWN) {
      list.lastChild.remove();
    }
  });
}

function line({ server, layered, method, path, rejected, summary, status }) {
  return element(
    "li",
    { "data-rejected": rejected },
    element("span", { class: "server" }, layered ? server : `${server}, no layer`),
    element("b", {}, `${method} ${path}`),
    element("span", {}, String(status ?? "…")),
    element("span", { class: "words" }, summary),
  );
}

const SHOWN = 200;
