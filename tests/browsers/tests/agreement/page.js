"use strict";

// Makes the calls of all scenarios, several scenarios at a time. The calls of one scenario follow each other
// immediately, because the browser caches a preflight response without max-age for 5 seconds.
async function run(scenarios) {
    const seen = [];
    const waiting = scenarios.entries();
    const work = async () => {
        for (const [index, scenario] of waiting) {
            seen[index] = [];
            for (let call = 0; call < scenario.calls; call++) {
                seen[index].push(await (scenario.isXhr ? byXhr : byFetch)(scenario));
            }
        }
    };
    await Promise.all([work(), work(), work(), work()]);
    return seen;
}

async function byFetch({ url, init, isBytes }) {
    try {
        const body = bodyOf(init.body, isBytes);
        const response = await fetch(url, { ...init, body });
        const text = await response.text();
        const { type, status } = response;
        if (type === "opaque" || type === "opaqueredirect") {
            return { outcome: "opaque", type };
        }
        return { outcome: "readable", type, status, headers: [...response.headers], body: text };
    } catch (error) {
        return { outcome: error.name };
    }
}

function byXhr({ url, init, isBytes, listens }) {
    return new Promise(resolve => {
        const xhr = new XMLHttpRequest();
        const listen = () => xhr.upload.addEventListener("progress", () => {});
        xhr.open(init.method, url);
        xhr.withCredentials = init.credentials === "include";
        for (const [name, value] of init.headers) {
            xhr.setRequestHeader(name, value);
        }
        xhr.onerror = () => resolve({ outcome: "TypeError" });
        xhr.onload = () => {
            const lines = xhr.getAllResponseHeaders().split("\r\n").filter(line => line !== "");
            const headers = lines.map(line => line.split(": ", 2));
            const { status, responseText: body } = xhr;
            resolve({ outcome: "readable", status, headers, body });
        };
        if (listens === "early") {
            listen();
        }
        xhr.send(bodyOf(init.body, isBytes));
        if (listens === "late") {
            listen();
        }
    });
}

function bodyOf(text, isBytes) {
    return isBytes ? new TextEncoder().encode(text) : text;
}

// Receives the scenarios of a page in a frame, whose script cannot be called directly.
addEventListener("message", async ({ data, source }) => {
    if (data.scenarios !== undefined) {
        source.postMessage({ seen: await run(data.scenarios) }, "*");
    }
});

// Runs the scenarios with a page in a frame.
async function runInFrame(attributes, scenarios) {
    const frame = document.createElement("iframe");
    for (const [name, value] of Object.entries(attributes)) {
        frame.setAttribute(name, value);
    }
    const loaded = new Promise(resolve => { frame.onload = resolve; });
    document.body.append(frame);
    await loaded;
    const seen = new Promise(resolve => {
        addEventListener("message", ({ data }) => data.seen && resolve(data.seen));
    });
    frame.contentWindow.postMessage({ scenarios }, "*");
    return seen;
}
