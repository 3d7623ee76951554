//! Requests whose responses pages do not read.

use browsers::Engine;

use super::{super::technique::Technique, ALWAYS, preflighted, simple};

pub fn techniques() -> Vec<Technique> {
    let image_ping = Technique::new("image ping", IMAGE, "return image('/ping');")
        .credentials(ALWAYS)
        .to("/beacon")
        .same_origin("1 x 1", &["GET /ping [cookie] 200"])
        .allowed("1 x 1", &["GET /ping [cookie] 200"]);
    let changing_image =
        Technique::new("image that changes state", IMAGE, "return image('/remove');")
            .credentials(ALWAYS)
            .to("/guarded")
            .same_origin("2 x 3", &["GET /remove [cookie] 200"])
            .rejected("error", &["GET /remove [cookie] 403"])
            .unprotected("2 x 3", &["GET /remove [cookie] 200"]);
    let beacon = |name, script| Technique::new(name, BEACON, script).credentials(ALWAYS);
    let later = Technique::new("fetchLater", DEFERRED, LATER).only_in(Engine::Chromium);
    vec![
        image_ping,
        changing_image,
        post(beacon("beacon", "return navigator.sendBeacon(url('/echo'), 'a ping');"), "true"),
        post(beacon("beacon of a form", BEACON_FORM), "true"),
        // The page cannot observe that its preflight is rejected.
        preflighted(beacon("beacon of JSON", BEACON_JSON), "POST /echo", "true", "true"),
        simple(
            Technique::new("fetch with keepalive", KEEPALIVE, KEPT_ALIVE),
            "POST /echo",
            "200 POST text/plain a ping",
            "TypeError",
        ),
        preflighted(
            Technique::new("fetch of JSON with keepalive", KEEPALIVE, KEPT_ALIVE_JSON),
            "POST /echo",
            "200 POST application/json {}",
            "TypeError",
        ),
        post(later, "deferred"),
    ]
}

/// Adds the outcomes of a `POST` without a preflight, which only a guard prevents.
fn post(technique: Technique, result: &str) -> Technique {
    technique
        .to("/whole")
        .same_origin(result, &["POST /echo [origin, cookie] 200"])
        .allowed(result, &["POST /echo [origin, cookie?] 200"])
        .rejected(result, &["POST /echo [origin, cookie?] 403"])
        .unprotected(result, &["POST /echo [origin, cookie?] 200"])
}

const IMAGE: &str = "https://html.spec.whatwg.org/multipage/images.html#update-the-image-data";
const BEACON: &str = "https://www.w3.org/TR/beacon/#sec-processing-model";
const KEEPALIVE: &str = "https://fetch.spec.whatwg.org/#request-keepalive-flag";
const DEFERRED: &str = "https://fetch.spec.whatwg.org/#dom-window-fetchlater";

const BEACON_FORM: &str = "
    const body = new FormData();
    body.append('name', 'value');
    return navigator.sendBeacon(url('/echo'), body);";

const BEACON_JSON: &str = "
    const body = new Blob(['{}'], { type: 'application/json' });
    return navigator.sendBeacon(url('/echo'), body);";

const KEPT_ALIVE: &str = "
    return send(url('/echo'), { method: 'POST', keepalive: true, body: 'a ping' });";

const KEPT_ALIVE_JSON: &str = "
    const headers = { 'content-type': 'application/json' };
    return send(url('/echo'), { method: 'POST', keepalive: true, headers, body: '{}' });";

const LATER: &str = "
    if (!('fetchLater' in window)) {
        return 'not in this engine';
    }
    fetchLater(url('/echo'), { method: 'POST', credentials, body: 'a ping', activateAfter: 0 });
    return 'deferred';";
