// OpenTelemetry exports a span by OTLP, and adds trace headers to a request.
// https://opentelemetry.io/docs/specs/otlp/#otlphttp

export const policy = "OpenTelemetry";
export const preset = "opentelemetry";

export function serve({ read, json }) {
  let attempts = 0;
  return {
    async respond(request, response) {
      await read(request);
      const { traceparent, tracestate, baggage } = request.headers;
      if (!request.url.startsWith("/v1"))
        return json(response, { traced: Boolean(traceparent && tracestate && baggage) });
      // The first attempt fails, and the client repeats it after the given time.
      json(response, {}, attempts++ ? {} : { status: 503, "retry-after": 0 });
    },
  };
}

export async function page({ check, equal, API }) {
  const { OTLPTraceExporter } = await import("@opentelemetry/exporter-trace-otlp-http");
  const { WebTracerProvider } = await import("@opentelemetry/sdk-trace-web");
  const { FetchInstrumentation } = await import("@opentelemetry/instrumentation-fetch");
  const { registerInstrumentations } = await import("@opentelemetry/instrumentation");
  const { context, propagation, trace, createTraceState } = await import("@opentelemetry/api");
  const provider = new WebTracerProvider();
  provider.register();
  await check("export", async () => {
    const exporter = new OTLPTraceExporter({ url: `${API}/v1/traces`, headers: {} });
    const span = provider.getTracer("page").startSpan("a");
    span.end();
    const { code, error } = await new Promise((resolve) => exporter.export([span], resolve));
    return equal([code, error?.message], [0, undefined]);
  });
  await check("trace headers", async () => {
    registerInstrumentations({
      instrumentations: [new FetchInstrumentation({ propagateTraceHeaderCorsUrls: [API, /./] })],
    });
    const parent = {
      traceId: "1".repeat(32),
      spanId: "1".repeat(16),
      traceFlags: 1,
      traceState: createTraceState("a=b"),
    };
    const baggage = propagation.createBaggage({ a: { value: "b" } });
    const active = propagation.setBaggage(trace.setSpanContext(context.active(), parent), baggage);
    return equal((await (await context.with(active, () => fetch(`${API}/items`))).json()).traced, true);
  });
}
