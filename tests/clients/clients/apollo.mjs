// Apollo Client, with subscriptions by graphql-ws.
// https://www.apollographql.com/docs/react/networking/basic-http-networking

export const policy = "Apollo Client and graphql-ws";

const types = `type Query { hello: String, fail: String }
  type Mutation { save(text: String): String }
  type Subscription { count: Int }`;

export async function serve({ load, read, json }) {
  const { buildSchema, graphql } = await load("graphql");
  const { useServer } = await load("graphql-ws/use/ws");
  const { WebSocketServer } = await load("ws");
  const schema = buildSchema(types);
  schema.getSubscriptionType().getFields().count.subscribe = async function* () {
    for (const count of [1, 2, 3]) yield { count };
  };
  const rootValue = { hello: "hello", fail: () => Promise.reject(new Error("no")), save: ({ text }) => text };
  let served;
  return {
    async respond(request, response) {
      const { searchParams } = new URL(request.url, "http://service");
      const text = (await read(request)).toString();
      const source = searchParams.get("query") ?? (text.startsWith("{") ? JSON.parse(text).query : "{ hello }");
      json(response, await graphql({ schema, rootValue, source }));
    },
    attach(server) {
      served = useServer({ schema }, new WebSocketServer({ server }));
    },
    stop: () => served.dispose(),
  };
}

export async function page({ check, equal, failure, API }) {
  const { ApolloClient, InMemoryCache, HttpLink, gql } = await import("@apollo/client");
  const { GraphQLWsLink } = await import("@apollo/client/link/subscriptions");
  const { createClient } = await import("graphql-ws");
  const client = (link) => new ApolloClient({ cache: new InMemoryCache(), link });
  const apollo = (options) => client(new HttpLink({ uri: `${API}/graphql`, ...options }));
  const query = gql("{ hello }");
  await check("query", async () => equal((await apollo().query({ query })).data.hello, "hello"));
  await check("query by GET with credentials", async () => {
    const options = { useGETForQueries: true, credentials: "include" };
    return equal((await apollo(options).query({ query })).data.hello, "hello");
  });
  await check("mutation with a token", async () => {
    const mutation = gql('mutation { save(text: "a") }');
    return equal((await apollo({ headers: { authorization: "Bearer t" } }).mutate({ mutation })).data.save, "a");
  });
  await check("readable error", async () => {
    const { name } = await failure(apollo().query({ query: gql("{ fail }") }));
    return equal(name, "CombinedGraphQLErrors");
  });
  await check("upload", async () => {
    const init = { method: "POST", body: new FormData(), headers: { "apollo-require-preflight": "true" } };
    return equal((await fetch(`${API}/graphql`, init)).status, 200);
  });
  await check("subscription", async () => {
    const link = new GraphQLWsLink(createClient({ url: API.replace("http", "ws"), retryAttempts: 0 }));
    const counts = [];
    await new Promise((complete, error) => {
      const next = ({ data, error: reason }) => (reason ? error(reason) : counts.push(data.count));
      client(link)
        .subscribe({ query: gql("subscription { count }") })
        .subscribe({ next, error, complete });
    });
    return equal(counts, [1, 2, 3]);
  });
}
