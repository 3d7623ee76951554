// The OpenAI SDK: a list, a streamed chat, and a readable error.
// https://github.com/openai/openai-node

export const policy = "OpenAI";
export const preset = "openai";
export const firefox = true;

export function serve({ read, json }) {
  return {
    async respond(request, response) {
      const { stream } = JSON.parse((await read(request)).toString() || "{}");
      response.setHeader("x-request-id", "1");
      if (request.url === "/v1/models") return json(response, { object: "list", data: [{ id: "m" }] });
      // The client repeats such a request after the given time.
      if (!stream) return json(response, { error: { message: "slow down" } }, { status: 429, "retry-after-ms": 1 });
      response.setHeader("content-type", "text/event-stream");
      for (const content of ["a", "b"])
        response.write(`data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`);
      response.end("data: [DONE]\n\n");
    },
  };
}

export async function page({ check, equal, failure, API }) {
  const { default: OpenAI } = await import("openai");
  const ai = new OpenAI({ apiKey: "k", baseURL: `${API}/v1`, dangerouslyAllowBrowser: true, maxRetries: 1 });
  const chat = { model: "m", messages: [] };
  await check("list with the number of the request", async () => {
    const { data, request_id: id } = await ai.models.list().withResponse();
    return equal([data.data[0].id, id], ["m", "1"]);
  });
  await check("streamed chat", async () => {
    let text = "";
    for await (const { choices } of await ai.chat.completions.create({ ...chat, stream: true }))
      text += choices[0].delta.content;
    return equal(text, "ab");
  });
  await check("readable error", async () => equal((await failure(ai.chat.completions.create(chat))).status, 429));
}
