//! `XMLHttpRequest`.

use super::{super::technique::Technique, preflighted, simple};

pub fn techniques() -> Vec<Technique> {
    vec![
        simple(
            Technique::new("XHR GET", SEND, "return xhr('GET', '/text');"),
            "GET /text",
            "200 text",
            "error",
        ),
        simple(
            Technique::new("XHR POST", SEND, "return xhr('POST', '/echo', { body: 'a note' });"),
            "POST /echo",
            "200 POST text/plain a note",
            "error",
        ),
        simple(
            Technique::new("XHR POST of a form", SEND, POST_FORM),
            "POST /echo",
            "200 POST multipart/form-data …",
            "error",
        ),
        preflighted(
            Technique::new("XHR POST of JSON", SEND, POST_JSON),
            "POST /echo",
            "200 POST application/json {}",
            "error",
        ),
        preflighted(
            Technique::new("XHR PUT", SEND, "return xhr('PUT', '/echo', { body: 'a note' });"),
            "PUT /echo",
            "200 PUT text/plain a note",
            "error",
        ),
        // The server has sent the head, so that a rejected page sees an error instead.
        simple(
            Technique::new(
                "XHR timeout",
                "https://xhr.spec.whatwg.org/#the-timeout-attribute",
                TIMEOUT,
            ),
            "GET /unfinished",
            "timeout",
            "error",
        ),
        simple(
            Technique::new("XHR abort", "https://xhr.spec.whatwg.org/#the-abort()-method", ABORT),
            "GET /unfinished",
            "abort",
            "error",
        ),
        simple(
            Technique::new(
                "XHR download progress",
                "https://xhr.spec.whatwg.org/#event-xhr-progress",
                DOWNLOAD_PROGRESS,
            ),
            "GET /download",
            "1000 of 1000",
            "error",
        ),
        // Progress reveals whether a server exists, so that a listener causes a preflight.
        preflighted(
            Technique::new(
                "XHR upload progress",
                "https://xhr.spec.whatwg.org/#upload-listener-flag",
                UPLOAD_PROGRESS,
            ),
            "POST /echo",
            "1000 of 1000",
            "error",
        ),
        simple(
            Technique::new(
                "XHR overrideMimeType",
                "https://xhr.spec.whatwg.org/#the-overridemimetype()-method",
                OVERRIDE_MIME_TYPE,
            ),
            "GET /bytes",
            "true",
            "error",
        ),
        simple(
            Technique::new(
                "XHR responseXML",
                "https://xhr.spec.whatwg.org/#the-responsexml-attribute",
                RESPONSE_XML,
            ),
            "GET /document.xml",
            "root",
            "error",
        ),
        Technique::new(
            "XHR getAllResponseHeaders",
            "https://fetch.spec.whatwg.org/#concept-filtered-response-cors",
            RESPONSE_HEADERS,
        )
        .same_origin("demo-exposed, demo-hidden", &["GET /headers [cookie] 200"])
        .allowed("demo-exposed", &["GET /headers [origin, cookie?] 200"])
        .rejected("error", &["GET /headers [origin, cookie?] 200"]),
    ]
}

const SEND: &str = "https://xhr.spec.whatwg.org/#the-send()-method";

const POST_FORM: &str = "
    const body = new FormData();
    body.append('name', 'value');
    return xhr('POST', '/echo', { body });";

const POST_JSON: &str = "
    const prepare = xhr => xhr.setRequestHeader('content-type', 'application/json');
    return xhr('POST', '/echo', { prepare, body: '{}' });";

const TIMEOUT: &str = "
    const prepare = xhr => {
        xhr.timeout = 15_000;
        xhr.onreadystatechange = () => { if (xhr.readyState === 2) xhr.timeout = 1; };
    };
    return xhr('GET', '/unfinished', { prepare });";

const ABORT: &str = "
    const prepare = xhr => {
        xhr.onreadystatechange = () => { if (xhr.readyState === 2) xhr.abort(); };
    };
    return xhr('GET', '/unfinished', { prepare });";

const DOWNLOAD_PROGRESS: &str = "
    let last;
    const prepare = xhr => { xhr.onprogress = event => { last = event; }; };
    const look = () => `${last.loaded} of ${last.total}`;
    return xhr('GET', '/download', { prepare, look });";

const UPLOAD_PROGRESS: &str = "
    let last;
    const prepare = xhr => { xhr.upload.onprogress = event => { last = event; }; };
    const look = () => `${last.loaded} of ${last.total}`;
    return xhr('POST', '/echo', { prepare, look, body: '7'.repeat(1000) });";

const OVERRIDE_MIME_TYPE: &str = "
    const prepare = xhr => xhr.overrideMimeType('text/plain; charset=x-user-defined');
    const isByte = (character, byte) => (character.charCodeAt(0) & 0xff) === byte;
    const look = xhr => [...xhr.responseText].every(isByte);
    return xhr('GET', '/bytes', { prepare, look });";

const RESPONSE_XML: &str = "
    const look = xhr => xhr.responseXML.documentElement.localName;
    return xhr('GET', '/document.xml', { look });";

const RESPONSE_HEADERS: &str = r"
    const names = xhr => xhr.getAllResponseHeaders().split('\r\n').map(line => line.split(':')[0]);
    const look = xhr => names(xhr).filter(name => name.startsWith('demo-')).join(', ');
    return xhr('GET', '/headers', { look });";
