//! Redirects, which change the origin of a request.

use browsers::{Difference, Engine};

use super::{
    super::{
        places::Place,
        technique::{Relation, Technique},
    },
    DEFAULT,
};

pub fn techniques() -> Vec<Technique> {
    vec![
        Technique::new("redirect of the page's server", REDIRECT, "return send(redirect(own('/redirect'), url('/text')));")
            .same_origin("200 text", &["GET /redirect [cookie] 307", "GET /text [cookie] 200"])
            .allowed("200 text", &["GET /redirect [cookie] 307", "GET /text [origin, cookie?] 200"])
            .rejected("TypeError", &["GET /redirect [cookie] 307", "GET /text [origin, cookie?] 200"]),
        Technique::new("redirect within the service", REDIRECT, "return send(redirect(url('/redirect'), url('/text')));")
            .same_origin("200 text", &["GET /redirect [cookie] 307", "GET /text [cookie] 200"])
            .allowed("200 text", &["GET /redirect [origin, cookie?] 307", "GET /text [origin, cookie?] 200"])
            .rejected("TypeError", &["GET /redirect [origin, cookie?] 307"]),
        // The third origin cannot know whether the page or the service chose the URL.
        Technique::new("redirect to a third origin", TAINTED, "return send(redirect(url('/redirect'), url('/text', files)));")
            .credentials(DEFAULT)
            .to("/null")
            .allowed("200 text", &["GET /redirect [origin] 307", "GET /text [null] 200"])
            .rejected_by("/cors", "TypeError", &["GET /redirect [origin] 307", "GET /text [null] 200"])
            .case(Relation::Rejected, Place::Evil, "/null", "TypeError", &["GET /redirect [origin] 307"]),
        Technique::new("redirect after a preflight", REDIRECT, "return send(redirect(url('/redirect'), url('/echo')), { method: 'PUT' });")
            .same_origin("200 PUT", &["PUT /redirect [origin, cookie] 307", "PUT /echo [origin, cookie] 200"])
            .allowed("200 PUT", &["OPTIONS /redirect [origin] 204", "PUT /redirect [origin, cookie?] 307", "OPTIONS /echo [origin] 204", "PUT /echo [origin, cookie?] 200"])
            .rejected("TypeError", &["OPTIONS /redirect [origin] 403"]),
        Technique::new("redirect of a POST to a GET", REDIRECT, "return send(redirect(url('/redirect'), url('/text'), 303), { method: 'POST', body: 'a note' });")
            .same_origin("200 text", &["POST /redirect [origin, cookie] 303", "GET /text [cookie] 200"])
            .except(Difference::OriginWithinTheOrigin, &[Engine::WebKit], "200 text", &["POST /redirect [origin, cookie] 303", "GET /text [origin, cookie] 200"])
            .allowed("200 text", &["POST /redirect [origin, cookie?] 303", "GET /text [origin, cookie?] 200"])
            .rejected("TypeError", &["POST /redirect [origin, cookie?] 303"]),
        Technique::new("redirect that is not followed", MANUAL, "return send(redirect(url('/redirect'), url('/text')), { redirect: 'manual' }, response => response.type);")
            .same_origin("opaqueredirect", &["GET /redirect [cookie] 307"])
            .allowed("opaqueredirect", &["GET /redirect [origin, cookie?] 307"])
            .rejected("TypeError", &["GET /redirect [origin, cookie?] 307"]),
        Technique::new("redirect of an XHR", REDIRECT, XHR)
            .same_origin("to /cors/text", &["GET /redirect [cookie] 307", "GET /text [cookie] 200"])
            .allowed("to /cors/text", &["GET /redirect [origin, cookie?] 307", "GET /text [origin, cookie?] 200"])
            .rejected("error", &["GET /redirect [origin, cookie?] 307"]),
    ]
}

const REDIRECT: &str = "https://fetch.spec.whatwg.org/#concept-http-redirect-fetch";
const TAINTED: &str = "https://fetch.spec.whatwg.org/#serializing-a-request-origin";
const MANUAL: &str = "https://fetch.spec.whatwg.org/#concept-filtered-response-opaque-redirect";

const XHR: &str = "
    const look = xhr => `to ${new URL(xhr.responseURL).pathname}`;
    return xhr('GET', `/redirect?to=${encodeURIComponent(url('/text'))}`, { look });";
