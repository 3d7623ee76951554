// RxJS: ajax with JSON.
// https://rxjs.dev/api/ajax/ajax

export const policy = "RxJS";
export const preset = "rxjs";

export function serve({ read, json }) {
  return {
    async respond(request, response) {
      json(response, { method: request.method, length: (await read(request)).length });
    },
  };
}

export async function page({ check, equal, API }) {
  const { ajax } = await import("rxjs/ajax");
  const { firstValueFrom, lastValueFrom } = await import("rxjs");
  const url = `${API}/items`;
  await check("getJSON", async () => equal((await firstValueFrom(ajax.getJSON(url))).method, "GET"));
  await check("PUT of JSON", async () => equal((await firstValueFrom(ajax.put(url, { a: 1 }))).response.length, 7));
  await check("PATCH with credentials", async () => {
    const { response } = await lastValueFrom(ajax({ url, method: "PATCH", withCredentials: true, body: {} }));
    return equal(response.method, "PATCH");
  });
  await check("upload with progress", async () => {
    const { response } = await lastValueFrom(ajax({ url, method: "PUT", body: "123", includeUploadProgress: true }));
    return equal(response.length, 3);
  });
}
