//! Responses with an error status, which an allowed page can read.

use super::super::technique::Technique;

pub fn techniques() -> Vec<Technique> {
    let mut techniques = Vec::new();
    for (status, by_fetch, by_xhr) in [
        (401, "return send(url('/status/401'));", "return xhr('GET', '/status/401');"),
        (404, "return send(url('/status/404'));", "return xhr('GET', '/status/404');"),
        (500, "return send(url('/status/500'));", "return xhr('GET', '/status/500');"),
        (503, "return send(url('/status/503'));", "return xhr('GET', '/status/503');"),
    ] {
        for (api, script, blocked) in [("fetch", by_fetch, "TypeError"), ("XHR", by_xhr, "error")] {
            let result = format!("{status} a reason");
            let same_origin = format!("GET /status/{status} [cookie] {status}");
            let cross_origin = format!("GET /status/{status} [origin, cookie?] {status}");
            let technique = Technique::new(format!("{api} of a {status}"), CLAUSE, script)
                .same_origin(&result, &[&same_origin])
                .allowed(&result, &[&cross_origin])
                .rejected(blocked, &[&cross_origin]);
            techniques.push(technique);
        }
    }
    techniques
}

const CLAUSE: &str = "https://fetch.spec.whatwg.org/#cors-check";
