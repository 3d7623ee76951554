// htmx 2 and 4: requests with values, and the headers of responses.
// https://htmx.org/reference/#headers

export const policy = "htmx";
export const preset = "htmx";
export const html = "<div id=area></div><div id=other></div>";
// Version 4 reads all headers.
export const reads = ["hx-trigger"];

export function serve({ read }) {
  return {
    async respond(request, response) {
      await read(request);
      const own = { "hx-trigger": "saved", "hx-retarget": "#other", "hx-reswap": "beforeend" };
      response.writeHead(200, { "content-type": "text/html", ...(request.url === "/own" && own) });
      response.end(`<p>${request.method} ${request.headers["hx-request"]}</p>`);
    },
  };
}

export async function page({ check, equal, until, API }) {
  const [area, other] = ["area", "other"].map((id) => document.getElementById(id));
  window.prompt = () => "yes";
  for (const [version, load] of [
    [2, () => import("htmx2")],
    [4, () => import("htmx.org")],
  ]) {
    const loaded = await load();
    const htmx = loaded.default ?? window.htmx;
    Object.assign(htmx.config, { selfRequestsOnly: false, mode: "cors" });
    const press = async (method, path, target) => {
      area.textContent = other.textContent = "";
      const button = document.createElement("button");
      const attributes = {
        [`hx-${method}`]: API + path,
        "hx-target": "#area",
        "hx-vals": '{"a":1}',
        "hx-prompt": "Sure?",
        id: "go",
        name: "go",
      };
      Object.entries(attributes).forEach(([name, value]) => button.setAttribute(name, value));
      document.body.append(button);
      htmx.process(button);
      button.click();
      try {
        return equal(await until(() => target.textContent), `${method.toUpperCase()} true`);
      } finally {
        button.remove();
      }
    };
    for (const method of ["get", "post", "put", "patch", "delete"]) {
      await check(`${version}: ${method}`, () => press(method, "/items", area));
    }
    await check(`${version}: headers of the response`, async () => {
      let events = 0;
      document.body.addEventListener("saved", () => events++, { once: true });
      await press("post", "/own", other);
      return equal(events, 1);
    });
  }
}
