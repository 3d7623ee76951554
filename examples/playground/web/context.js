// The functions with which a row sends its requests. Every URL contains the row and the run, so that the
// servers' records can be found. A preflight has the same URL as its request.

export function contextOf(configuration, layer, row, run) {
  const target = (name) => configuration.targets.find((target) => target.name === name);

  function url(server, path) {
    const address = layer === "out" ? target(server).bare : target(server).layered;
    return `${address}${path}?row=${row}&run=${run}`;
  }

  // Sends a request with fetch, and returns the result of `look`, or the name of the error.
  async function send(server, path, init = {}, look = statusAndText) {
    try {
      return await look(await fetch(url(server, path), init));
    } catch (error) {
      return { error: error.name };
    }
  }

  // Sends a request that is not part of the row's records.
  async function sendUnrecorded(server, path, init) {
    const [address] = url(server, path).split("?");
    await fetch(address, init).catch(() => {});
  }

  // Sends a request with XMLHttpRequest, and returns the last event and the received data.
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

  // Loads a script that should call `received`. Returns the last event, the received data, and whether code
  // in the callback's name ran.
  function script(server, path, callback = "received") {
    return new Promise((resolve) => {
      const element = document.createElement("script");
      const result = { data: undefined };
      window.codeRan = false;
      window.received = (data) => {
        result.data = data;
      };
      for (const event of ["load", "error"]) {
        element.addEventListener(event, () => {
          element.remove();
          resolve({ event, data: result.data, codeRan: window.codeRan });
        });
      }
      element.src = `${url(server, path)}&callback=${encodeURIComponent(callback)}`;
      document.head.append(element);
    });
  }

  // Loads an image, and returns the last event and the size.
  function image(server, path) {
    return new Promise((resolve) => {
      const image = new Image();
      image.onload = () => resolve({ event: "load", width: image.naturalWidth, height: image.naturalHeight });
      image.onerror = () => resolve({ event: "error" });
      image.src = url(server, path);
    });
  }

  // Waits for the timing of the last request, and returns whether the page sees the time when it was sent.
  async function isTimed(server, path) {
    for (;;) {
      const entry = performance.getEntriesByName(url(server, path)).at(-1);
      if (entry) {
        return entry.requestStart > 0;
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  // Waits until the servers have recorded this number of responses, for requests whose responses no script
  // can await.
  async function recorded(count) {
    for (;;) {
      const records = await (await fetch(`/log.json?row=${row}&run=${run}`)).json();
      if (records.filter(({ response }) => response).length >= count) {
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  // Opens a WebSocket, sends a text, and returns the reply, or "error" if the WebSocket does not open.
  function socket(server, path, text) {
    return new Promise((resolve) => {
      const socket = new WebSocket(url(server, path).replace("http", "ws"));
      socket.onopen = () => socket.send(text);
      socket.onmessage = ({ data }) => {
        socket.close();
        resolve(`received: ${data}`);
      };
      socket.onerror = () => resolve("error");
    });
  }

  // Opens a server's page in a frame, and returns the result that this page posts.
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
    sendUnrecorded,
    sendXhr,
    socket,
  };
}

async function statusAndText(response) {
  return { status: response.status, text: await response.text() };
}
