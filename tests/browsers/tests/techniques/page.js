"use strict";

// Runs rows, several at a time, in this page or in a frame of it. Returns the result of each row.
async function runAll(rows, frame) {
    if (frame !== null) {
        return runInFrame(rows, frame);
    }
    const results = [];
    const waiting = rows.entries();
    const work = async () => {
        for (const [index, row] of waiting) {
            results[index] = await run(row);
        }
    };
    await Promise.all([work(), work(), work(), work()]);
    return results;
}

async function runInFrame(rows, attributes) {
    const frame = document.createElement("iframe");
    for (const [name, value] of Object.entries(attributes)) {
        frame.setAttribute(name, value);
    }
    const loaded = new Promise(resolve => { frame.onload = resolve; });
    document.body.append(frame);
    await loaded;
    const results = new Promise(resolve => {
        addEventListener("message", ({ data }) => data.results && resolve(data.results));
    });
    frame.contentWindow.postMessage({ rows }, "*");
    return results;
}

addEventListener("message", async ({ data, source }) => {
    if (data.rows !== undefined) {
        source.postMessage({ results: await runAll(data.rows, null) }, "*");
    }
});

const AsyncFunction = (async () => {}).constructor;

async function run(row) {
    const tools = toolsOf(row);
    const script = new AsyncFunction(...Object.keys(tools), row.script);
    const limit = new Promise(resolve => setTimeout(resolve, 15_000, "no result in time"));
    try {
        return String(await Promise.race([script(...Object.values(tools)), limit]));
    } catch (error) {
        return error.name;
    }
}

// Returns the functions of a row's script. Every URL contains the number of the row.
function toolsOf(row) {
    const { credentials, layers, files } = row;
    const withCredentials = credentials === "include";

    // Returns a URL of the service behind the layers of the row.
    const url = (path, origin = row.service, prefix = layers) =>
        `${origin}${prefix}${path}${path.includes("?") ? "&" : "?"}row=${row.number}`;

    // Returns a URL of the page's server, without layers.
    const own = path => url(path, row.page, "/open");

    // Returns a URL that redirects to another one.
    const redirect = (from, to, status = 307) =>
        `${from}&status=${status}&to=${encodeURIComponent(to)}`;

    const withStatus = async response => `${response.status} ${await response.text()}`;

    // Sends a request with the credentials of the row, and returns a description of the response.
    const send = async (to, init = {}, look = withStatus) =>
        look(await fetch(to, { credentials, ...init }));

    const describe = xhr => `${xhr.status} ${xhr.responseText}`;

    // Sends a request, and returns the last event, or a description of the response.
    const xhr = (method, path, { prepare = () => {}, body = null, look = describe } = {}) =>
        new Promise(resolve => {
            const xhr = new XMLHttpRequest();
            xhr.open(method, url(path));
            xhr.withCredentials = withCredentials;
            prepare(xhr);
            xhr.onload = () => resolve(look(xhr));
            xhr.onerror = () => resolve("error");
            xhr.ontimeout = () => resolve("timeout");
            xhr.onabort = () => resolve("abort");
            xhr.send(body);
        });

    const control = (path, init) => fetch(`${row.page}/control/${path}?row=${row.number}`, init);

    // Lets the server send the rest of a response.
    const release = () => control("release", { method: "POST" });

    // Loads an image, with CORS if `crossOrigin` is set.
    const image = (path, crossOrigin = null) =>
        new Promise(resolve => {
            const image = new Image();
            image.crossOrigin = crossOrigin;
            image.onload = () => resolve(`${image.naturalWidth} x ${image.naturalHeight}`);
            image.onerror = () => resolve("error");
            image.src = url(path);
        });

    // Loads a script, which can call a function. Returns the argument of the call.
    const script = (path, callback = `called${row.number}`) =>
        new Promise(resolve => {
            const element = document.createElement("script");
            let data;
            window[`called${row.number}`] = value => { data = JSON.stringify(value); };
            element.onload = () => resolve(element.ran ? "the code ran" : data ?? "not called");
            element.onerror = () => resolve("error");
            element.src = `${url(path)}&callback=${encodeURIComponent(callback)}`;
            document.head.append(element);
        });

    // Loads a script that sets a property of its element. Other rows run at the same time.
    const scriptRuns = path =>
        new Promise(resolve => {
            const element = document.createElement("script");
            element.onload = () => resolve(element.ran ? "ran" : "did not run");
            element.onerror = () => resolve("error");
            element.src = url(path);
            document.head.append(element);
        });

    // Receives events until the number is reached.
    const events = (path, count) =>
        new Promise(resolve => {
            const source = new EventSource(url(path), { withCredentials });
            const received = [];
            source.onmessage = ({ data }) => {
                received.push(data);
                if (received.length === count) {
                    source.close();
                    resolve(received.join(", "));
                }
            };
            // The browser reconnects after other errors.
            source.onerror = () => source.readyState === EventSource.CLOSED && resolve("error");
        });

    // Opens a WebSocket, and returns the received message.
    const socket = (message, protocols = []) =>
        new Promise(resolve => {
            const socket = new WebSocket(url("/sockets").replace("http", "ws"), protocols);
            socket.binaryType = "arraybuffer";
            socket.onopen = () => socket.send(message);
            socket.onmessage = ({ data }) => {
                socket.close();
                resolve(typeof data === "string" ? data : [...new Uint8Array(data)].join(" "));
            };
            socket.onerror = () => resolve("error");
        });

    // Waits for the timing of the last request, and returns whether the page sees its parts.
    const timing = async path => {
        for (;;) {
            const entry = performance.getEntriesByName(url(path)).at(-1);
            if (entry) {
                return entry.requestStart > 0 ? "timed" : "not timed";
            }
            await new Promise(resolve => setTimeout(resolve, 10));
        }
    };

    // Opens a window, which reports whether it has an opener.
    const opened = async path => {
        window.open(url(path));
        for (;;) {
            const report = await (await fetch(
                `${row.service}/control/report?row=${row.number}`)).text();
            if (report !== "") {
                return report;
            }
            await new Promise(resolve => setTimeout(resolve, 20));
        }
    };

    return {
        row, credentials, files, url, own, redirect, send, xhr, release, image, script, scriptRuns,
        events, socket, timing, opened,
    };
}
