//! Headers that control embedding, timing and isolation, and elements with CORS.

use browsers::{Difference, Engine};

use super::{
    super::{
        places::Place,
        technique::{Credentials, Relation, Technique},
    },
    ALWAYS, DEFAULT,
};

pub fn techniques() -> Vec<Technique> {
    let mut techniques = resource_policy();
    techniques.extend(embedder_policy());
    techniques.extend([timing(), opener_policy(), nosniff()]);
    techniques.extend([
        image_with_cors("image with CORS", ANONYMOUS, DEFAULT),
        image_with_cors("image with CORS and cookies", WITH_COOKIES, ALWAYS),
    ]);
    techniques
}

fn image_with_cors(
    name: &str,
    script: &'static str,
    credentials: &'static [Credentials],
) -> Technique {
    let cross_origin = "GET /picture.svg [origin, cookie?] 200";
    Technique::new(name, ELEMENT, script)
        .credentials(credentials)
        .same_origin("2 x 3", &["GET /picture.svg [cookie] 200"])
        .except(
            Difference::OriginWithinTheOrigin,
            &[Engine::Chromium, Engine::WebKit],
            "2 x 3",
            &["GET /picture.svg [origin, cookie] 200"],
        )
        .allowed("2 x 3", &[cross_origin])
        .rejected("error", &[cross_origin])
}

fn resource_policy() -> Vec<Technique> {
    let of_origin = |name, script, path: &str, [own, other]: [&str; 2], blocked| {
        let request = format!("GET {path} [cookie] 200");
        Technique::new(name, RESOURCE_POLICY, script)
            .credentials(ALWAYS)
            .to("/private")
            .same_origin(own, &[&request])
            .rejected(blocked, &[&request])
            .unprotected(other, &[&request])
    };
    // Without cookies: WebKitGTK sends cookies with `SameSite` to other sites that have loopback names.
    let without_cookie = "GET /text [] 200";
    let of_site = Technique::new("no-cors fetch for the same site", RESOURCE_POLICY, NO_CORS)
        .credentials(DEFAULT)
        .to("/same-site")
        .same_origin("basic", &["GET /text [cookie] 200"])
        .allowed("opaque", &[without_cookie])
        .case(Relation::Rejected, Place::OtherSite, "/same-site", "TypeError", &[without_cookie])
        .case(Relation::Unprotected, Place::OtherSite, "/open", "opaque", &[without_cookie]);
    vec![
        of_origin("image for the same origin", IMAGE, "/picture.svg", ["2 x 3"; 2], "error"),
        of_origin("script for the same origin", RUN, "/script.js", ["ran"; 2], "error"),
        of_origin(
            "no-cors fetch for the same origin",
            NO_CORS,
            "/text",
            ["basic", "opaque"],
            "TypeError",
        ),
        of_site,
    ]
}

fn embedder_policy() -> [Technique; 2] {
    let picture = "GET /picture.svg [cookie] 200";
    let image = Technique::new("image in an isolated page", EMBEDDER_POLICY, IMAGE)
        .credentials(ALWAYS)
        .case(Relation::Allowed, Place::Isolated, "/public", "2 x 3", &[picture])
        .case(Relation::Rejected, Place::Isolated, "/open", "error", &[picture])
        .case(Relation::Unprotected, Place::App, "/open", "2 x 3", &[picture]);
    let isolated = Technique::new("isolated page", ISOLATED, "return crossOriginIsolated;")
        .credentials(DEFAULT)
        .case(Relation::Allowed, Place::Isolated, "/open", "true", &[])
        .case(Relation::Unprotected, Place::App, "/open", "false", &[]);
    [image, isolated]
}

fn timing() -> Technique {
    let picture = "GET /picture.svg [cookie] 200";
    let script = "await image('/picture.svg'); return timing('/picture.svg');";
    Technique::new(
        "timing of an image",
        "https://www.w3.org/TR/resource-timing/#dfn-timing-allow-check",
        script,
    )
    .credentials(ALWAYS)
    .to("/public")
    .same_origin("timed", &[picture])
    .allowed("timed", &[picture])
    .rejected_by("/open", "not timed", &[picture])
}

fn opener_policy() -> Technique {
    let clause =
        "https://html.spec.whatwg.org/multipage/browsers.html#cross-origin-opener-policies";
    let request = "GET /opened [cookie] 200";
    Technique::new("opened window", clause, "return opened('/opened');")
        .credentials(ALWAYS)
        .to("/isolating")
        .rejected("has no opener", &[request])
        .unprotected("has an opener", &[request])
}

fn nosniff() -> Technique {
    let clause = "https://fetch.spec.whatwg.org/#x-content-type-options-header";
    let request = "GET /script.txt [cookie] 200";
    Technique::new("text as a script", clause, "return scriptRuns('/script.txt');")
        .credentials(ALWAYS)
        .case(Relation::Rejected, Place::Service, "/private", "error", &[request])
        .case(Relation::Unprotected, Place::Service, "/open", "ran", &[request])
}

const RESOURCE_POLICY: &str = "https://fetch.spec.whatwg.org/#cross-origin-resource-policy-header";
const EMBEDDER_POLICY: &str = "https://html.spec.whatwg.org/multipage/browsers.html#coep";
const ISOLATED: &str =
    "https://html.spec.whatwg.org/multipage/webappapis.html#dom-crossoriginisolated";
const ELEMENT: &str =
    "https://html.spec.whatwg.org/multipage/urls-and-fetching.html#cors-settings-attributes";

const IMAGE: &str = "return image('/picture.svg');";
const ANONYMOUS: &str = "return image('/picture.svg', 'anonymous');";
const WITH_COOKIES: &str = "return image('/picture.svg', 'use-credentials');";
const RUN: &str = "return scriptRuns('/script.js');";
const NO_CORS: &str = "
    return send(url('/text'), { mode: 'no-cors' }, response => response.type);";
