//! `fetch` of one URL.

use browsers::{Difference, Engine};

use super::{super::technique::Technique, DEFAULT, preflighted, simple};

pub fn techniques() -> Vec<Technique> {
    let mut techniques = vec![
        read("fetch GET", FETCH, "return send(url('/text'));", "GET /text", "200 text"),
        read("fetch HEAD", SAFELISTED_METHOD, HEAD, "HEAD /text", "200 "),
        read("fetch POST", FETCH, POST, "POST /echo", "200 POST text/plain a note"),
        read("fetch POST of a form", FETCH, POST_FORM, "POST /echo", FORM),
        read("fetch POST of fields", FETCH, POST_FIELDS, "POST /echo", FIELDS),
        read("fetch with Accept-Language", SAFELISTED_HEADER, LANGUAGE, "GET /text", "200 text"),
        read("fetch with Range", SAFELISTED_HEADER, RANGE, "GET /text", "200 text"),
        read("fetch abort", ABORTED, ABORT, "GET /unfinished", "AbortError"),
        written("fetch POST of JSON", SAFELISTED_HEADER, POST_JSON, "POST /echo", JSON),
        written("fetch PUT", SAFELISTED_METHOD, PUT, "PUT /echo", "200 PUT"),
        written("fetch PATCH", SAFELISTED_METHOD, PATCH, "PATCH /echo", "200 PATCH"),
        written("fetch DELETE", SAFELISTED_METHOD, DELETE, "DELETE /echo", "200 DELETE"),
        written("fetch QUERY", QUERY, SEND_QUERY, "QUERY /echo", "200 QUERY application/json {}"),
        written("fetch with a custom header", SAFELISTED_HEADER, CUSTOM, "GET /text", "200 text"),
    ];
    techniques.extend([remembered_preflight(), forgotten_preflight()]);
    techniques.extend([exposed_headers(), without_cors(), within_the_origin(), module()]);
    techniques
}

/// Returns a technique without a preflight.
fn read(
    name: &str,
    clause: &'static str,
    script: &'static str,
    request: &str,
    result: &str,
) -> Technique {
    simple(Technique::new(name, clause, script), request, result, "TypeError")
}

/// Returns a technique with a preflight.
fn written(
    name: &str,
    clause: &'static str,
    script: &'static str,
    request: &str,
    result: &str,
) -> Technique {
    preflighted(Technique::new(name, clause, script), request, result, "TypeError")
}

/// Returns the technique that causes one preflight for two requests.
///
/// Firefox does not remember the first preflights of a server, so the script begins with other requests. The standard
/// allows the removal of entries at any time.
fn remembered_preflight() -> Technique {
    let put = "PUT /echo [origin, cookie?] 200";
    Technique::new(
        "fetch within max-age",
        "https://fetch.spec.whatwg.org/#concept-cache",
        PUT_TWICE,
    )
    .to("/cached")
    .same_origin("200 PUT", &["PUT /echo [origin, cookie] 200"; 2])
    .allowed("200 PUT", &["OPTIONS /echo [origin] 204", put, put])
    .rejected("TypeError", &["OPTIONS /echo [origin] 403"])
}

/// Returns the technique that causes a preflight for each request.
fn forgotten_preflight() -> Technique {
    let (preflight, put) = ("OPTIONS /echo [origin] 204", "PUT /echo [origin, cookie?] 200");
    Technique::new("fetch after max-age", "https://fetch.spec.whatwg.org/#concept-cache", PUT_TWICE)
        .same_origin("200 PUT", &["PUT /echo [origin, cookie] 200"; 2])
        .allowed("200 PUT", &[preflight, put, preflight, put])
        .rejected("TypeError", &["OPTIONS /echo [origin] 403"])
}

fn exposed_headers() -> Technique {
    let clause = "https://fetch.spec.whatwg.org/#concept-filtered-response-cors";
    Technique::new("fetch of headers", clause, HEADERS)
        .same_origin("demo-exposed, demo-hidden", &["GET /headers [cookie] 200"])
        .allowed("demo-exposed", &["GET /headers [origin, cookie?] 200"])
        .rejected("TypeError", &["GET /headers [origin, cookie?] 200"])
}

/// Returns the technique whose response the page cannot read.
///
/// Without a guard, the service carries out the request.
fn without_cors() -> Technique {
    let clause = "https://fetch.spec.whatwg.org/#concept-filtered-response-opaque";
    Technique::new("fetch without CORS", clause, NO_CORS)
        .to("/whole")
        .same_origin("basic", &["POST /echo [origin, cookie] 200"])
        .allowed("opaque", &["POST /echo [origin, cookie?] 200"])
        .rejected("opaque", &["POST /echo [origin, cookie?] 403"])
        .unprotected("opaque", &["POST /echo [origin, cookie?] 200"])
}

fn within_the_origin() -> Technique {
    let script = "return send(url('/text'), { mode: 'same-origin' });";
    Technique::new(
        "fetch within the origin",
        "https://fetch.spec.whatwg.org/#concept-main-fetch",
        script,
    )
    .same_origin("200 text", &["GET /text [cookie] 200"])
    .allowed("TypeError", &[])
}

fn module() -> Technique {
    let clause =
        "https://html.spec.whatwg.org/multipage/webappapis.html#fetch-a-single-module-script";
    let script = "await import(url('/script.js')); return 'imported';";
    Technique::new("module script", clause, script)
        .credentials(DEFAULT)
        .same_origin("imported", &["GET /script.js [cookie] 200"])
        .except(
            Difference::OriginWithinTheOrigin,
            &[Engine::Chromium, Engine::WebKit],
            "imported",
            &["GET /script.js [origin, cookie] 200"],
        )
        .allowed("imported", &["GET /script.js [origin] 200"])
        .rejected("TypeError", &["GET /script.js [origin] 200"])
}

const FETCH: &str = "https://fetch.spec.whatwg.org/#http-cors-protocol";
const SAFELISTED_METHOD: &str = "https://fetch.spec.whatwg.org/#cors-safelisted-method";
const SAFELISTED_HEADER: &str = "https://fetch.spec.whatwg.org/#cors-safelisted-request-header";
const ABORTED: &str = "https://fetch.spec.whatwg.org/#abort-fetch";
const QUERY: &str = "https://www.rfc-editor.org/rfc/rfc10008";

const FORM: &str = "200 POST multipart/form-data …";
const FIELDS: &str = "200 POST application/x-www-form-urlencoded name=value";
const JSON: &str = "200 POST application/json {}";

const HEAD: &str = "return send(url('/text'), { method: 'HEAD' });";
const POST: &str = "return send(url('/echo'), { method: 'POST', body: 'a note' });";
const PUT: &str = "return send(url('/echo'), { method: 'PUT' });";
const PATCH: &str = "return send(url('/echo'), { method: 'PATCH' });";
const DELETE: &str = "return send(url('/echo'), { method: 'DELETE' });";
const LANGUAGE: &str = "return send(url('/text'), { headers: { 'accept-language': 'en' } });";
const RANGE: &str = "return send(url('/text'), { headers: { range: 'bytes=0-3' } });";
const CUSTOM: &str = "return send(url('/text'), { headers: { 'x-one': '1' } });";

const POST_FORM: &str = "
    const body = new FormData();
    body.append('name', 'value');
    return send(url('/echo'), { method: 'POST', body });";

const POST_FIELDS: &str = "
    const body = new URLSearchParams({ name: 'value' });
    return send(url('/echo'), { method: 'POST', body });";

const POST_JSON: &str = "
    const headers = { 'content-type': 'application/json' };
    return send(url('/echo'), { method: 'POST', headers, body: '{}' });";

const SEND_QUERY: &str = "
    const headers = { 'content-type': 'application/json' };
    return send(url('/echo'), { method: 'QUERY', headers, body: '{}' });";

const ABORT: &str = "
    const controller = new AbortController();
    const look = async response => {
        const text = response.text();
        controller.abort();
        return text;
    };
    return send(url('/unfinished'), { signal: controller.signal }, look);";

const PUT_TWICE: &str = "
    const put = to => send(to, { method: 'PUT' });
    const unrecorded = url('/echo').replace(/row=\\d+/, 'first');
    await put(unrecorded).catch(() => {});
    await put(unrecorded).catch(() => {});
    await put(url('/echo'));
    return put(url('/echo'));";

const HEADERS: &str = "
    const names = response => [...response.headers.keys()];
    const look = response => names(response).filter(name => name.startsWith('demo-')).join(', ');
    return send(url('/headers'), {}, look);";

const NO_CORS: &str = "
    const init = { method: 'POST', mode: 'no-cors', body: 'a note' };
    return send(url('/echo'), init, response => response.type);";
