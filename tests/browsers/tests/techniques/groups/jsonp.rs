//! JSONP: scripts of another origin that call a function of the page.

use super::{
    super::{
        places::Place,
        technique::{Relation, Technique},
    },
    ALWAYS,
};

pub fn techniques() -> Vec<Technique> {
    let called = r#"{"sky":"blue"}"#;
    let read = "return script('/data.json');";
    let (sent, invalid) = ("GET /data.json [cookie] 200", "GET /data.json [cookie] 400");
    let unprotected = |technique: Technique, result: &str| {
        technique.case(Relation::Unprotected, Place::Evil, "/handwritten", result, &[sent])
    };
    // Public data: the layer removes the cookie.
    let public = Technique::new("JSONP of public data", SCRIPT, read)
        .credentials(ALWAYS)
        .to("/whole")
        .same_origin(called, &[sent])
        .allowed(called, &[sent]);
    // Data of a user: a request with a cookie gets JSON, which is not a script.
    let private = Technique::new("JSONP with a cookie", NO_SNIFF, read)
        .credentials(ALWAYS)
        .to("/jsonp")
        .same_origin(called, &[sent])
        .rejected("error", &[sent]);
    let hostile = Technique::new("JSONP with code as callback", SCRIPT, CODE)
        .credentials(ALWAYS)
        .to("/whole")
        .case(Relation::Rejected, Place::Service, "/whole", "error", &[invalid])
        .rejected("error", &[invalid]);
    vec![public, unprotected(private, called), unprotected(hostile, "the code ran")]
}

const SCRIPT: &str =
    "https://html.spec.whatwg.org/multipage/webappapis.html#fetch-a-classic-script";
const NO_SNIFF: &str =
    "https://fetch.spec.whatwg.org/#should-response-to-request-be-blocked-due-to-nosniff?";

const CODE: &str = "return script('/data.json', 'document.currentScript.ran=true;//');";
