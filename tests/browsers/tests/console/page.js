const byFetch = async (url, init) => {
    const response = await fetch(url, init);
    await response.text();
    return response.status;
};

const byXhr = (url, settings) =>
    new Promise((resolve, reject) => {
        const xhr = new XMLHttpRequest();
        xhr.open(settings.method ?? "GET", url);
        Object.entries(settings.headers ?? {}).forEach(header => xhr.setRequestHeader(...header));
        xhr.withCredentials = settings.withCredentials ?? false;
        if (settings.listensToUpload) {
            xhr.upload.onprogress = () => {};
        }
        xhr.onerror = () => reject(new Error("no response"));
        xhr.onload = () => {
            if (settings.readsHeader) {
                xhr.getResponseHeader(settings.readsHeader);
            }
            resolve(xhr.status);
        };
        xhr.send("a body");
    });

const byStream = (url, method) => {
    const body = new Blob(["a body"]).stream();
    return byFetch(url, { method, body, duplex: "half" });
};

const byImage = url =>
    new Promise((resolve, reject) => {
        const image = new Image();
        image.onload = () => resolve("loaded");
        image.onerror = () => reject(new Error("no image"));
        image.src = url;
    });

const call = ({ url, how }) => {
    switch (how.by) {
        case "fetch":
            return byFetch(url, how.init);
        case "xhr":
            return byXhr(url, how.settings);
        case "stream":
            return byStream(url, how.method);
        case "image":
            return byImage(url);
        default:
            throw new Error(`unknown kind of call: ${how.by}`);
    }
};

return await call(arguments[0]).catch(() => "nothing");
