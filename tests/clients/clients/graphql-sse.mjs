// graphql-sse: distinct connections, a single connection, and the end of a subscription.
// https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md

export const policy = "graphql-sse";
export const preset = "graphql-sse";

export async function serve({ load }) {
  const { buildSchema } = await load("graphql");
  const { createHandler } = await load("graphql-sse/lib/use/http");
  const schema = buildSchema("type Query { hello: String } type Subscription { count: Int }");
  schema.getSubscriptionType().getFields().count.subscribe = async function* () {
    for (const count of [1, 2, 3]) yield { count };
    await new Promise((resolve) => setTimeout(resolve, 100));
  };
  return { respond: createHandler({ schema }) };
}

export async function page({ check, equal, API }) {
  const { createClient } = await import("graphql-sse");
  const query = "subscription { count }";
  const client = (singleConnection) =>
    createClient({ url: API, retryAttempts: 0, singleConnection, credentials: "include" });
  for (const [name, singleConnection] of Object.entries({ "distinct connections": false, "single connection": true })) {
    await check(name, async () => {
      const counts = [];
      await new Promise((complete, error) => {
        const next = ({ data }) => counts.push(data.count);
        client(singleConnection).subscribe({ query }, { next, error, complete });
      });
      return equal(counts, [1, 2, 3]);
    });
  }
  await check(
    "end of a subscription",
    () =>
      new Promise((complete, error) => {
        const stop = client(true).subscribe({ query }, { next: () => stop(), error, complete });
      }),
  );
}
