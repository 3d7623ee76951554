//! From what script wrote to a request.

use http::{HeaderMap, HeaderName, HeaderValue, Method, header::CONTENT_TYPE};
use url::Url;

use super::{
    call::{By, Fetch},
    header_values::isomorphic_decode,
    page::Page,
    request::{Mode, Request, Tainting, User},
    site::{PageOrigin, has_credentials},
};
use crate::fetch::{
    is_cors_safelisted_method, is_forbidden_method, is_forbidden_request_header,
    is_no_cors_safelisted_request_header, is_token, normalize_method,
};

impl Fetch {
    /// What is sent, or the error that script gets.
    /// <https://fetch.spec.whatwg.org/#dom-request>
    pub(super) fn prepared(&self, page: &Page) -> Result<Request, String> {
        let mut url = page.parse(&self.url)?;
        url.set_fragment(None);
        let method = self.prepared_method()?;
        let headers = match self.by {
            By::Script => {
                if has_credentials(&url) {
                    return Err(
                        "script cannot ask an address with a user name or a password".into()
                    );
                }
                self.guarded_headers()?
            }
            By::Element | By::Navigation => self.own_headers()?,
        };
        Ok(Request {
            use_cors_preflight: self.has_upload_listener
                || self.body.as_ref().is_some_and(|body| body.is_stream),
            method,
            urls: vec![url],
            headers: headers.held,
            unheld: headers.unheld,
            body: self.body.clone(),
            origin: page.origin.clone(),
            referrer: self.prepared_referrer(page)?,
            referrer_policy: self.referrer_policy.unwrap_or(page.referrer_policy),
            credentials: self.credentials,
            mode: self.mode,
            redirect: self.redirect,
            destination: self.destination,
            tainting: Tainting::Basic,
            is_unsafe: self.by == By::Script,
            redirects: 0,
            embedder_policy: page.embedder_policy,
            timing_allow_failed: false,
            user: self.user,
        })
    }

    fn prepared_method(&self) -> Result<Method, String> {
        let method = self.method.as_bytes();
        if self.by == By::Script && self.mode == Mode::Navigate {
            return Err("script cannot ask in the mode navigate".to_owned());
        }
        if is_forbidden_method(method) {
            return Err(format!("{:?} is a forbidden method", self.method));
        }
        let method = Method::from_bytes(normalize_method(method))
            .map_err(|_| format!("{:?} is no method", self.method))?;
        // https://html.spec.whatwg.org/#form-submission-algorithm
        if self.by == By::Navigation && !matches!(method, Method::GET | Method::POST) {
            return Err(format!("no link and no form sends {method}"));
        }
        if self.mode == Mode::NoCors && !is_cors_safelisted_method(method.as_str().as_bytes()) {
            return Err(format!("{method} cannot be sent in the mode no-cors"));
        }
        if self.body.is_some() && matches!(method, Method::GET | Method::HEAD) {
            return Err(format!("{method} has no body"));
        }
        let is_stream = self.body.as_ref().is_some_and(|body| body.is_stream);
        if is_stream && !matches!(self.mode, Mode::Cors | Mode::SameOrigin) {
            return Err("a stream is sent in the modes cors and same-origin only".to_owned());
        }
        Ok(method)
    }

    /// <https://fetch.spec.whatwg.org/#concept-headers-append>
    fn guarded_headers(&self) -> Result<Guarded, String> {
        let mut headers = Guarded { held: HeaderMap::new(), unheld: Vec::new() };
        for (name, value) in &self.headers {
            let value = latin1(value)?;
            let value = trimmed(&value);
            let Some(parsed_name) = parsed_name(name) else {
                return Err(format!("{name:?} is no name of a header"));
            };
            if value.iter().any(|byte| matches!(byte, 0 | b'\r' | b'\n')) {
                return Err(format!("{:?} is no value of a header", isomorphic_decode(value)));
            }
            if is_forbidden_request_header(name.as_bytes(), value) {
                continue;
            }
            if self.mode == Mode::NoCors && !headers.may_have_without_cors(&parsed_name, value) {
                continue;
            }
            match HeaderValue::from_bytes(value) {
                Ok(value) => {
                    headers.held.append(parsed_name, value);
                }
                Err(_) => headers.unheld.push(parsed_name),
            }
        }
        let has_content_type =
            headers.held.contains_key(CONTENT_TYPE) || headers.unheld.contains(&CONTENT_TYPE);
        if let (Some(content_type), false) = (self.content_type, has_content_type) {
            headers.held.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        }
        Ok(headers)
    }

    /// What an element or a form sends by itself.
    fn own_headers(&self) -> Result<Guarded, String> {
        if let Some((name, _)) = self.headers.first() {
            return Err(format!("no element, link or form can set the header {name}"));
        }
        let mut held = HeaderMap::new();
        if let Some(content_type) = self.content_type {
            // Forms say nothing of an encoding, as script's bodies do.
            let essence = content_type.split(';').next().unwrap_or(content_type);
            held.insert(CONTENT_TYPE, HeaderValue::from_static(essence));
        }
        Ok(Guarded { held, unheld: Vec::new() })
    }

    /// <https://fetch.spec.whatwg.org/#dom-requestinit-referrer>
    fn prepared_referrer(&self, page: &Page) -> Result<Option<Url>, String> {
        if self.user == User::AddressBar {
            return Ok(None);
        }
        match self.referrer.as_deref() {
            None => Ok(page.url.clone()),
            Some("") => Ok(None),
            Some(referrer) => {
                let referrer = page.parse(referrer)?;
                let is_own = PageOrigin::of(&referrer).is_same_as(&page.origin);
                Ok(if is_own { Some(referrer) } else { page.url.clone() })
            }
        }
    }
}

/// The headers that script may set.
struct Guarded {
    held: HeaderMap,
    /// Names whose values browsers send and the crate `http` has no room for.
    unheld: Vec<HeaderName>,
}

impl Guarded {
    fn may_have_without_cors(&self, name: &HeaderName, value: &[u8]) -> bool {
        let mut joined: Vec<&[u8]> =
            self.held.get_all(name).iter().map(HeaderValue::as_bytes).collect();
        joined.push(value);
        is_no_cors_safelisted_request_header(name.as_str().as_bytes(), &joined.join(&b", "[..]))
    }
}

fn parsed_name(name: &str) -> Option<HeaderName> {
    is_token(name.as_bytes()).then(|| name.parse().ok()).flatten()
}

/// <https://fetch.spec.whatwg.org/#concept-header-value-normalize>
fn trimmed(mut value: &[u8]) -> &[u8] {
    while let [b'\r' | b'\n' | b' ' | b'\t', rest @ ..] = value {
        value = rest;
    }
    while let [rest @ .., b'\r' | b'\n' | b' ' | b'\t'] = value {
        value = rest;
    }
    value
}

/// Script's strings become bytes one by one. <https://webidl.spec.whatwg.org/#es-ByteString>
fn latin1(text: &str) -> Result<Vec<u8>, String> {
    let bytes = text.chars().map(|char| u8::try_from(u32::from(char)));
    bytes.collect::<Result<_, _>>().map_err(|_| format!("{text:?} has a character beyond U+00FF"))
}
