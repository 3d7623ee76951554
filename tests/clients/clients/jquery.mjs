// jQuery 3 and 4: $.ajax with JSON and credentials.
// https://api.jquery.com/jQuery.ajax/

export const policy = "JSON APIs";

export function serve({ read, json }) {
  return {
    async respond(request, response) {
      json(response, { method: request.method, length: (await read(request)).length });
    },
  };
}

export async function page({ check, equal, API }) {
  for (const [version, { default: $ }] of [
    [3, await import("jquery3")],
    [4, await import("jquery")],
  ]) {
    const ajax = (options) =>
      new Promise((resolve, reject) => {
        const fail = (xhr, status, error) => reject(new Error(`${status} ${xhr.status} ${error}`));
        $.ajax({ url: `${API}/items`, dataType: "json", ...options }).then(resolve, fail);
      });
    await check(`${version}: GET`, async () => equal((await ajax({})).method, "GET"));
    await check(`${version}: form`, async () => equal((await ajax({ method: "POST", data: { a: 1 } })).length, 3));
    await check(`${version}: PUT of JSON with credentials`, async () => {
      const json = { method: "PUT", contentType: "application/json", data: "{}" };
      return equal((await ajax({ ...json, xhrFields: { withCredentials: true } })).length, 2);
    });
  }
}
