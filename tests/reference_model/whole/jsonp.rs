//! The section `jsonp`: JSON becomes a script that calls a callback.

use std::collections::BTreeSet;

use super::http::{Request, Response};
use crate::reference_model::{
    callback::{is_dangerous, is_default_callback, members},
    script::{ScriptOptions, script},
};

#[derive(Clone, Debug)]
pub(crate) struct Jsonp {
    /// `None`: every path.
    pub(crate) paths: Option<Vec<String>>,
    pub(crate) callbacks: Callbacks,
    pub(crate) credentials: JsonpCredentials,
    pub(crate) status: JsonpStatus,
    pub(crate) allows_any_destination: bool,
    pub(crate) rejects_malformed: bool,
}

#[derive(Clone, Debug)]
pub(crate) enum Callbacks {
    ClientLibraries,
    Identifier,
    Prefix(&'static str),
    OneOf(Vec<&'static str>),
    Indexed(&'static str),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JsonpCredentials {
    Withhold,
    Strip,
    Allow,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JsonpStatus {
    ForceOk,
    Preserve,
    Envelope,
}

/// The use of the callback of a request.
enum Use {
    Malformed,
    /// The response stays JSON.
    Withheld {
        is_private: bool,
    },
    Wrapped(String),
}

impl Jsonp {
    /// Returns the response of the service, possibly as a script.
    pub(super) fn respond(
        &self,
        request: &Request,
        received: &mut Request,
        serve: fn(&Request) -> Response,
    ) -> Response {
        let Some(used) = self.callback_use(request) else { return serve(received) };
        let is_stripped = matches!(used, Use::Wrapped(_))
            && self.credentials == JsonpCredentials::Strip
            && has_foreign_credentials(request);
        if is_stripped {
            received.remove("cookie");
            received.remove("authorization");
        }
        let mut response = serve(received);
        if is_stripped && request.has("cookie") {
            response.remove("set-cookie");
        }
        // The service receives some of these requests without credentials.
        let is_malformed = matches!(used, Use::Malformed);
        let strips = self.credentials == JsonpCredentials::Strip && !is_malformed;
        if strips && response.status != 101 {
            response.vary_on(&self.vary());
        }
        let media_type = response.media_type();
        let is_json = ["application/json", "text/json"].contains(&&*media_type)
            || media_type.ends_with("+json");
        if response.status == 304 {
            let may_be_json = media_type.is_empty() || is_json;
            if may_be_json && matches!(used, Use::Wrapped(_)) {
                self.complete_not_modified(&mut response);
            }
            return response;
        }
        let has_content = !matches!(response.status, 100..200 | 204 | 205 | 300..400);
        if !is_json || !has_content {
            return response;
        }
        let content_type = response.joined("content-type").unwrap_or_default();
        let charset = content_type.split_once("charset=").map(|(_, charset)| charset);
        let is_utf8 = charset.is_none_or(|charset| charset.eq_ignore_ascii_case("utf-8"));
        match used {
            Use::Malformed if is_utf8 && self.rejects_malformed => {
                return Response::text(400, "400 Bad Request: ").without_body_for(request);
            }
            Use::Wrapped(callback) if is_utf8 => {
                self.wrap(&callback, &mut response);
                return response.without_body_for(request);
            }
            Use::Withheld { is_private } => {
                response.vary_on(&self.vary());
                if is_private {
                    response.make_private();
                }
            }
            Use::Wrapped(_) => response.vary_on(&self.vary()),
            Use::Malformed => {}
        }
        response.set("x-content-type-options", "nosniff");
        response
    }

    /// Returns `None` if the section does not apply to the request.
    fn callback_use(&self, request: &Request) -> Option<Use> {
        let is_at_path =
            self.paths.as_ref().is_none_or(|paths| paths.iter().any(|path| request.is_at(path)));
        if !request.is_read() || !is_at_path {
            return None;
        }
        let query = request.query.as_deref().unwrap_or_default();
        let mut parameters =
            query.split('&').map(|part| part.split_once('=').unwrap_or((part, "")));
        let text = decoded(parameters.find(|(name, _)| *name == "callback")?.1);
        if text.is_empty() {
            return None;
        }
        let Some(callback) = self.callback(&text) else { return Some(Use::Malformed) };
        let destinations: Vec<&str> = request.values("sec-fetch-dest").collect();
        let is_for_script = matches!(destinations[..], [] | ["script" | "empty"]);
        let is_worker = request.has("service-worker") || destinations.contains(&"serviceworker");
        let is_withheld = is_worker || !(is_for_script || self.allows_any_destination);
        let keeps_credentials = match self.credentials {
            JsonpCredentials::Withhold => true,
            JsonpCredentials::Strip => is_withheld,
            JsonpCredentials::Allow => false,
        };
        let is_private = keeps_credentials && has_foreign_credentials(request);
        Some(if is_private || is_withheld {
            Use::Withheld { is_private }
        } else {
            Use::Wrapped(callback)
        })
    }

    /// Returns the function that the script calls, if the text is an allowed callback.
    fn callback(&self, text: &str) -> Option<String> {
        if let Callbacks::Indexed(list) = &self.callbacks {
            let is_index = text.len() <= 9 && text.chars().all(|char| char.is_ascii_digit());
            let has_zero = text.len() > 1 && text.starts_with('0');
            return (is_index && !has_zero).then(|| format!("{list}[{text}]"));
        }
        let is_identifier_part = |text: &str| {
            let in_part = |char: char| char.is_ascii_alphanumeric() || char == '_' || char == '$';
            !text.is_empty() && text.chars().all(in_part)
        };
        let is_listed = match &self.callbacks {
            Callbacks::ClientLibraries => is_default_callback(text.as_bytes()),
            Callbacks::Identifier => {
                members(text.as_bytes()).is_some_and(|members| members == [text])
            }
            Callbacks::Prefix(prefix) => text.strip_prefix(prefix).is_some_and(is_identifier_part),
            Callbacks::OneOf(names) => names.contains(&text),
            Callbacks::Indexed(_) => false,
        };
        let is_allowed = members(text.as_bytes()).is_some() && !is_dangerous(text);
        (is_listed && is_allowed).then(|| text.to_owned())
    }

    /// Adds the headers of the stored script. RFC 9110, section 15.4.5
    fn complete_not_modified(&self, response: &mut Response) {
        if response.joined("content-type").is_some() {
            response.set("content-type", "text/javascript; charset=utf-8");
        }
        response.set("x-content-type-options", "nosniff");
        if let Some(etag) = response.joined("etag").filter(|etag| etag.starts_with('"')) {
            response.set("etag", &format!("W/{etag}"));
        }
        response.vary_on(&self.vary());
    }

    fn wrap(&self, callback: &str, response: &mut Response) {
        let options = ScriptOptions {
            envelops: self.status == JsonpStatus::Envelope,
            ..ScriptOptions::default()
        };
        response.body = script(callback, response.status, &response.body, options);
        response.is_script_for_callback = true;
        response.set("content-type", "text/javascript; charset=utf-8");
        response.set("x-content-type-options", "nosniff");
        response.add("content-disposition", "attachment; filename=\"f.txt\"");
        response.add("cross-origin-resource-policy", "cross-origin");
        if let Some(etag) = response.joined("etag").filter(|etag| etag.starts_with('"')) {
            response.set("etag", &format!("W/{etag}"));
        }
        response.vary_on(&self.vary());
        if self.status != JsonpStatus::Preserve {
            if !response.is_success() {
                response.add("cache-control", "no-store");
            }
            response.status = 200;
        }
    }

    fn vary(&self) -> BTreeSet<String> {
        let names: &[&str] = match self.credentials {
            JsonpCredentials::Allow => &["sec-fetch-dest", "service-worker"],
            _ => &["sec-fetch-dest", "sec-fetch-site", "service-worker", "cookie"],
        };
        names.iter().map(|name| (*name).to_owned()).collect()
    }
}

impl Response {
    /// Adds a header, unless the response has it.
    fn add(&mut self, name: &str, value: &str) {
        if self.joined(name).is_none() {
            self.set(name, value);
        }
    }

    /// Limits the response to caches of one user. RFC 9111, section 5.2.2.7
    fn make_private(&mut self) {
        let directives = self.joined("cache-control").unwrap_or_default();
        let directives: Vec<&str> = directives.split(", ").filter(|one| !one.is_empty()).collect();
        if directives.contains(&"no-store") {
            return;
        }
        let is_kept = |one: &&str| *one != "public" && *one != "private";
        let kept = directives.into_iter().filter(is_kept);
        let all: Vec<&str> = ["private"].into_iter().chain(kept).collect();
        self.set("cache-control", &all.join(", "));
    }

    fn without_body_for(mut self, request: &Request) -> Self {
        if request.method == "HEAD" {
            self.body.clear();
        }
        self
    }
}

/// Returns whether a request with credentials is not known to be same-origin.
fn has_foreign_credentials(request: &Request) -> bool {
    let has_credentials = request.has("cookie") || request.has("authorization");
    has_credentials && request.single("sec-fetch-site") != Some("same-origin")
}

/// Decodes a value of a query. <https://url.spec.whatwg.org/#concept-urlencoded-parser>
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, others @ ..] = rest {
        let code = others.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        let byte = code.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match (first, byte) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &others[2..];
                continue;
            }
            (b'+', _) => bytes.push(b' '),
            (byte, _) => bytes.push(*byte),
        }
        rest = others;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
