// Turbo: a frame with a source of the service, and streams by fetch and by EventSource.
// https://turbo.hotwired.dev/reference/frames

export const policy = "Turbo";
export const preset = "turbo";
export const html = "<turbo-frame id=frame></turbo-frame><div id=list></div>";

export function serve({ read }) {
  const stream = '<turbo-stream action="append" target="list"><template>added</template></turbo-stream>';
  const replies = {
    "/frame": ["text/html", "<turbo-frame id=frame>framed</turbo-frame>"],
    "/stream": ["text/vnd.turbo-stream.html", stream],
    "/events": ["text/event-stream", `data: ${stream}\n\n`],
  };
  return {
    async respond(request, response) {
      await read(request);
      const [type, text] = replies[request.url];
      response.writeHead(200, { "content-type": type }).end(text);
    },
  };
}

export async function page({ check, until, API }) {
  const Turbo = await import("@hotwired/turbo");
  const [frame, list] = ["frame", "list"].map((id) => document.getElementById(id));
  await check("frame", () => {
    frame.src = `${API}/frame`;
    return until(() => frame.textContent === "framed");
  });
  await check("stream by fetch", async () => {
    const response = await fetch(`${API}/stream`, {
      method: "POST",
      headers: { accept: "text/vnd.turbo-stream.html" },
    });
    Turbo.renderStreamMessage(await response.text());
    return until(() => list.textContent === "added");
  });
  await check("stream by EventSource", () => {
    list.textContent = "";
    const source = new EventSource(`${API}/events`);
    Turbo.connectStreamSource(source);
    return until(() => list.textContent.includes("added")).finally(() => source.close());
  });
}
