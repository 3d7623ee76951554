//! Cookies in requests and responses.

use super::{
    super::{
        places::Place,
        technique::{Relation, Technique},
    },
    ALWAYS, DEFAULT,
};

pub fn techniques() -> Vec<Technique> {
    let read = "return send(url('/text'));";
    vec![
        Technique::new(
            "omitted credentials",
            MODE,
            "return send(url('/text'), { credentials: 'omit' });",
        )
        .credentials(DEFAULT)
        .same_origin("200 text", &["GET /text [] 200"])
        .allowed("200 text", &["GET /text [origin] 200"])
        .rejected("TypeError", &["GET /text [origin] 200"]),
        Technique::new("credentials to any origin", CHECK, read)
            .credentials(ALWAYS)
            .allowed("200 text", &["GET /text [origin, cookie] 200"])
            .rejected_by("/any", "TypeError", &["GET /text [origin, cookie] 200"]),
        Technique::new("credentials without permission", CHECK, read)
            .credentials(ALWAYS)
            .allowed("200 text", &["GET /text [origin, cookie] 200"])
            .rejected_by("/anonymous", "TypeError", &["GET /text [origin, cookie] 200"]),
        Technique::new("preflight without permission for credentials", CHECK, PUT)
            .credentials(ALWAYS)
            .allowed("200 PUT", &["OPTIONS /echo [origin] 204", "PUT /echo [origin, cookie] 200"])
            .rejected_by("/anonymous", "TypeError", &["OPTIONS /echo [origin] 204"]),
        Technique::new("any origin without credentials", CHECK, read)
            .credentials(DEFAULT)
            .to("/any")
            .same_origin("200 text", &["GET /text [cookie] 200"])
            .allowed("200 text", &["GET /text [origin] 200"])
            .case(Relation::Allowed, Place::Evil, "/any", "200 text", &["GET /text [origin] 200"]),
        Technique::new("stored cookie", STORE, SIGN_IN)
            .credentials(ALWAYS)
            .same_origin(
                "200 signed in",
                &["POST /session [origin, cookie] 200", "GET /session [cookie] 200"],
            )
            .allowed(
                "200 signed in",
                &["POST /session [origin, cookie] 200", "GET /session [origin, cookie] 200"],
            )
            .rejected("TypeError", &["POST /session [origin, cookie] 200"]),
        Technique::new("ignored cookie", STORE, SIGN_IN)
            .credentials(DEFAULT)
            .allowed("200 signed out", &["POST /session [origin] 200", "GET /session [origin] 200"])
            .rejected("TypeError", &["POST /session [origin] 200"]),
    ]
}

const MODE: &str = "https://fetch.spec.whatwg.org/#concept-request-credentials-mode";
const CHECK: &str = "https://fetch.spec.whatwg.org/#cors-check";
const STORE: &str = "https://fetch.spec.whatwg.org/#http-network-or-cache-fetch";

const PUT: &str = "return send(url('/echo'), { method: 'PUT' });";

const SIGN_IN: &str = "
    await send(url('/session'), { method: 'POST' });
    return send(url('/session'));";
