//! Origins that differ in the form of their host, or only in the port.

use super::{
    super::{places::Place, technique::Technique},
    DEFAULT,
};

pub fn techniques() -> Vec<Technique> {
    let mut techniques = Vec::new();
    for (page, name) in [
        (Place::Ipv6, "a page at [::1]"),
        (Place::Punycode, "a page with a punycode host"),
        (Place::TrailingDot, "a page with a trailing dot"),
        (Place::Subdomain, "a page at a subdomain"),
        (Place::OtherPort, "a page at another port"),
    ] {
        techniques.extend([
            technique("fetch GET of", name, GET)
                .from(page)
                .to("/names")
                .allowed("200 text", &["GET /text [origin] 200"])
                .rejected_by("/cors", "TypeError", &["GET /text [origin] 200"]),
            technique("fetch PUT of", name, PUT)
                .from(page)
                .to("/names")
                .allowed("200 PUT", &["OPTIONS /echo [origin] 204", "PUT /echo [origin] 200"])
                .rejected_by("/cors", "TypeError", &["OPTIONS /echo [origin] 403"]),
        ]);
    }
    for (service, name, cookie) in [
        (Place::Ipv6Service, "a service at [::1]", ""),
        (Place::PunycodeService, "a service with a punycode host", "cookie"),
        (Place::TrailingDotService, "a service with a trailing dot", ""),
    ] {
        let put = if cookie.is_empty() { "[origin]" } else { "[origin, cookie]" };
        techniques.extend([
            technique("fetch GET to", name, GET)
                .at(service)
                .same_origin("200 text", &[&format!("GET /text [{cookie}] 200")])
                .allowed("200 text", &["GET /text [origin] 200"])
                .rejected("TypeError", &["GET /text [origin] 200"]),
            technique("fetch PUT to", name, PUT)
                .at(service)
                .same_origin("200 PUT", &[&format!("PUT /echo {put} 200")])
                .allowed("200 PUT", &["OPTIONS /echo [origin] 204", "PUT /echo [origin] 200"])
                .rejected("TypeError", &["OPTIONS /echo [origin] 403"]),
        ]);
    }
    techniques
}

fn technique(request: &str, name: &str, script: &'static str) -> Technique {
    Technique::new(format!("{request} {name}"), CLAUSE, script).credentials(DEFAULT)
}

const CLAUSE: &str =
    "https://html.spec.whatwg.org/multipage/browsers.html#ascii-serialisation-of-an-origin";

const GET: &str = "return send(url('/text'));";
const PUT: &str = "return send(url('/echo'), { method: 'PUT' });";
