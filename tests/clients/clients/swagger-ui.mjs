// Swagger UI loads a description, and sends its requests with a token and a key.
// https://swagger.io/docs/open-source-tools/swagger-ui/usage/cors/

export const policy = "JSON APIs";
export const html = "<div id=swagger></div>";
export const scripts = ["/swagger.js"];
export const files = { "/swagger.js": { type: "text/javascript", asset: "swagger-ui-dist/swagger-ui-bundle.js" } };

const content = { "application/json": { schema: { type: "object", example: { name: "rex" } } } };
const responses = { 200: { description: "The pets" } };
const description = {
  openapi: "3.0.0",
  info: { title: "Pets", version: "1" },
  components: {
    securitySchemes: {
      bearer: { type: "http", scheme: "bearer" },
      key: { type: "apiKey", in: "header", name: "X-API-Key" },
    },
  },
  security: [{ bearer: [], key: [] }],
  paths: { "/pets": { get: { responses }, put: { requestBody: { content }, responses } } },
};

export function serve({ read, json }) {
  return {
    async respond(request, response) {
      await read(request);
      const { method, url, headers } = request;
      const seen = { seen: method, token: headers.authorization, key: headers["x-api-key"] };
      json(response, url === "/openapi.json" ? description : seen, { "x-total-count": 7 });
    },
  };
}

export async function page({ check, until, API }) {
  const { SwaggerUIBundle } = globalThis;
  const ui = SwaggerUIBundle({
    url: `${API}/openapi.json`,
    dom_id: "#swagger",
    docExpansion: "full",
    tryItOutEnabled: true,
  });
  await check("description", () => until(() => document.querySelectorAll(".opblock .btn.execute").length));
  const send = async (method, text) => {
    document.querySelector(`.opblock-${method} .btn.execute`).click();
    await until(() => document.querySelector(`.opblock-${method} .live-responses-table`)?.textContent.includes(text));
  };
  await check("PUT", () => send("put", '"seen": "PUT"'));
  await check("GET with a token and a key", () => {
    ui.preauthorizeApiKey("bearer", "t0ken");
    ui.preauthorizeApiKey("key", "k");
    return send("get", "Bearer t0ken");
  });
  await check("exposed header", () => send("get", "x-total-count: 7"));
}
