//! Pages with an opaque origin, which send `Origin: null`.

use super::{
    super::{places::Place, technique::Technique},
    DEFAULT,
};

pub fn techniques() -> Vec<Technique> {
    let mut techniques = Vec::new();
    for (place, frame) in [(Place::Sandbox, "sandboxed frame"), (Place::Data, "data: frame")] {
        let technique = |api: &str, script| {
            Technique::new(format!("{api} in a {frame}"), CLAUSE, script)
                .credentials(DEFAULT)
                .from(place)
                .to("/null")
        };
        let (read, sent) = ("GET /text [null] 200", "POST /echo [null] 200");
        let preflight = |status: u16| format!("OPTIONS /echo [null] {status}");
        let events = "GET /events [null] 200";
        techniques.extend([
            technique("fetch GET", "return send(url('/text'));")
                .allowed("200 text", &[read])
                .rejected_by("/cors", "TypeError", &[read]),
            technique("fetch POST", "return send(url('/echo'), { method: 'POST' });")
                .allowed("200 POST", &[sent])
                .rejected_by("/cors", "TypeError", &[sent]),
            technique("fetch PUT", "return send(url('/echo'), { method: 'PUT' });")
                .allowed("200 PUT", &[&preflight(204), "PUT /echo [null] 200"])
                .rejected_by("/cors", "TypeError", &[&preflight(403)]),
            technique("XHR GET", "return xhr('GET', '/text');")
                .allowed("200 text", &[read])
                .rejected_by("/cors", "error", &[read]),
            technique("EventSource", "return events('/events', 1);")
                .allowed("one", &[events])
                .rejected_by("/cors", "error", &[events]),
        ]);
    }
    techniques
}

const CLAUSE: &str = "https://html.spec.whatwg.org/multipage/browsers.html#concept-origin-opaque";
