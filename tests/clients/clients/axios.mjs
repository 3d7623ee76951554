// axios sends JSON, cookies, a token against CSRF and an upload with progress, by XHR and by fetch.
// https://axios-http.com/docs/req_config

export const policy = "axios";
export const preset = "axios";
export const firefox = true;

export function serve({ read, json }) {
  return {
    async respond(request, response) {
      const { length } = await read(request);
      const { method, url, headers } = request;
      if (url === "/down") return request.socket.destroy();
      const cookie = ["sid=alice", "XSRF-TOKEN=t0ken"].map((one) => `${one}; SameSite=None; Secure; Path=/`);
      const own = { etag: '"1"', "x-total-count": 42, ...(url === "/login" && { "set-cookie": cookie }) };
      const seen = {
        method,
        length,
        cookie: headers.cookie,
        xsrf: headers["x-xsrf-token"],
        token: headers.authorization,
      };
      json(response, seen, { status: url === "/invalid" ? 422 : 200, ...own });
    },
  };
}

export async function page({ check, equal, failure, API }) {
  const { default: axios } = await import("axios");
  const http = axios.create({ baseURL: API, withCredentials: true });
  await check("login, and a request with the cookie", async () => {
    await http.post("/login", { name: "alice" });
    return equal((await http.get("/items")).data.cookie.includes("sid=alice"), true);
  });
  for (const method of ["put", "patch", "delete"]) {
    await check(method, async () =>
      equal((await http[method]("/items/1", { a: 1 })).data.method, method.toUpperCase()),
    );
  }
  await check("bearer token and XSRF token", async () => {
    const headers = { authorization: "Bearer t", "x-xsrf-token": "t0ken" };
    const { data } = await http.post("/items", {}, { headers });
    return equal([data.token, data.xsrf], ["Bearer t", "t0ken"]);
  });
  await check("upload with progress", async () => {
    let events = 0;
    const { data } = await http.put("/items", new Blob([new Uint8Array(500_000)]), {
      onUploadProgress: () => events++,
    });
    return equal([data.length, events > 0], [500_000, true]);
  });
  await check("exposed headers", async () => {
    const { headers } = await http.get("/items");
    return equal([headers["x-total-count"], headers.etag], ["42", '"1"']);
  });
  await check("fetch adapter", async () => (await http.put("/items/1", {}, { adapter: "fetch" })).data.method);
  for (const [path, status] of Object.entries({ "/invalid": 422, "/down": 502 })) {
    await check(`readable error ${status}`, async () =>
      equal((await failure(http.get(path))).response?.status, status),
    );
  }
}
