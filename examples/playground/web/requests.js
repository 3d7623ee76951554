// Requests that several rows send.

export function json(method, more = {}) {
  return {
    method,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name: "tea" }),
    ...more,
  };
}
