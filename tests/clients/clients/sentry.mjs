// Sentry sends an event, obeys a rate limit, and adds trace headers to a request.
// https://docs.sentry.io/platforms/javascript/tracing/trace-propagation/

export const policy = "Sentry";
export const preset = "sentry";

export function serve({ read, json }) {
  const events = [];
  return {
    async respond(request, response) {
      const text = (await read(request)).toString();
      if (request.url === "/events") return json(response, events);
      if (request.url.startsWith("/api/")) events.push(text.includes("first") ? "first" : "other");
      const { baggage, "sentry-trace": trace } = request.headers;
      json(response, { traced: Boolean(baggage && trace) }, { "x-sentry-rate-limits": "60:error:key" });
    },
  };
}

export async function page({ check, equal, API }) {
  const Sentry = await import("@sentry/browser");
  const statuses = [];
  Sentry.init({
    dsn: `${API.replace("http://", "http://key@")}/1`,
    tracesSampleRate: 1,
    tracePropagationTargets: [API],
    sendClientReports: false,
    integrations: [Sentry.browserTracingIntegration({ instrumentPageLoad: false, instrumentNavigation: false })],
  });
  Sentry.getClient().on("afterSendEvent", (_, { statusCode }) => statuses.push(statusCode));
  await check("event", async () => {
    Sentry.captureException(new Error("first"));
    await Sentry.flush(2000);
    return equal(statuses, [200]);
  });
  await check("rate limit", async () => {
    Sentry.captureException(new Error("second"));
    await Sentry.flush(2000);
    return equal(await (await fetch(`${API}/events`)).json(), ["first"]);
  });
  await check("trace headers", async () => {
    const response = await Sentry.startSpan({ name: "a" }, () => fetch(`${API}/items`));
    return equal((await response.json()).traced, true);
  });
}
