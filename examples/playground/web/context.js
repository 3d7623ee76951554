// What a row may use to send its requests. Every URL carries the row and the run, by which the
// servers' records are found again; a preflight has the same URL, so that it is found too.

export function contextOf(configuration, layer, row, run) {
  const target = (name) => configuration.targets.find((target) => target.name === name);

  function url(server, path) {
    const address = layer === "out" ? target(server).bare : target(server).layered;
    return `${address}${path}?row=${row}&run=${run}`;
  }

  // What the page got: what `look` sees in the response, or the name of the error.
  async function send(server, path, init = {}, look = statusAndText) {
    try {
      return await look(await fetch(url(server, path), init));
    } catch (error) {
      return { error: error.name };
    }
  }

  // The same by XMLHttpRequest: which event ended it, and what was there by then.
  function sendXhr(method, server, path, prepare = () => {}, body = null) {
    return new Promise((resolve) => {
      const xhr = new XMLHttpRequest();
      xhr.open(method, url(server, path));
      prepare(xhr);
      for (const event of ["load", "error", "timeout", "abort"]) {
        xhr.addEventListener(event, () => {
          resolve({ event, status: xhr.status, text: xhr.responseText });
        });
      }
      xhr.send(body);
    });
  }

  // A script of that server that is to call `told`: which event ended it, what it told, and whether it took
  // what is the page's.
  function script(server, path, callback = "told") {
    return new Promise((resolve) => {
      const element = document.createElement("script");
      const result = { told: undefined };
      window.taken = false;
      window.told = (data) => {
        result.told = data;
      };
      for (const event of ["load", "error"]) {
        element.addEventListener(event, () => {
          element.remove();
          resolve({ event, told: result.told, taken: window.taken });
        });
      }
      element.src = `${url(server, path)}&callback=${encodeURIComponent(callback)}`;
      document.head.append(element);
    });
  }

  // An image of that server: which event ended it, and its size.
  function image(server, path) {
    return new Promise((resolve) => {
      const image = new Image();
      image.onload = () => resolve({ event: "load", width: image.naturalWidth, height: image.naturalHeight });
      image.onerror = () => resolve({ event: "error" });
      image.src = url(server, path);
    });
  }

  // Whether the page sees when the last request for this was sent; once that is known at all.
  async function isTimed(server, path) {
    for (;;) {
      const entry = performance.getEntriesByName(url(server, path)).at(-1);
      if (entry) {
        return entry.requestStart > 0;
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  // Until the servers have answered so many requests of this run: of what nobody waits for.
  async function recorded(count) {
    for (;;) {
      const records = await (await fetch(`/log.json?row=${row}&run=${run}`)).json();
      if (records.filter(({ response }) => response).length >= count) {
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  // A WebSocket to that server: what it answers to a text, or that it did not open.
  function socket(server, path, text) {
    return new Promise((resolve) => {
      const socket = new WebSocket(url(server, path).replace("http", "ws"));
      socket.onopen = () => socket.send(text);
      socket.onmessage = ({ data }) => {
        socket.close();
        resolve(`heard: ${data}`);
      };
      socket.onerror = () => resolve("error");
    });
  }

  // A page of that server in a frame, until it says what came of its own requests.
  function embed(server, path) {
    const frame = document.createElement("iframe");
    frame.hidden = true;
    frame.src = url(server, path);
    return new Promise((resolve) => {
      const listen = ({ source, data }) => {
        if (source === frame.contentWindow) {
          removeEventListener("message", listen);
          frame.remove();
          resolve(data);
        }
      };
      addEventListener("message", listen);
      document.body.append(frame);
    });
  }

  return {
    page: configuration.page,
    embed,
    image,
    isTimed,
    origin: (server) => new URL(url(server, "/")).origin,
    recorded,
    script,
    policy: (server) => target(server).policy,
    run,
    url,
    send,
    sendXhr,
    socket,
  };
}

async function statusAndText(response) {
  return { status: response.status, text: await response.text() };
}
