//! `Reporting-Endpoints`: what is written of them, and the header's value.

use super::{Fault, FaultKind};
use crate::origin::{Origin, ParsedPattern};

/// The header's value, of endpoints without a fault: each name with an address.
///
/// Names are keys and addresses have no quotation mark and no backslash, so that nothing is escaped.
/// <https://www.rfc-editor.org/rfc/rfc9651#section-4.1.2>
pub(super) fn value(endpoints: &[(String, String)]) -> String {
    let members = endpoints.iter().map(|(name, url)| format!("{name}=\"{url}\""));
    members.collect::<Vec<_>>().join(", ")
}

pub(super) fn faults(endpoints: &[(String, String)]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (index, (name, url)) in endpoints.iter().enumerate() {
        let setting = format!("reporting_endpoints[{index}]");
        if let Err(instead) = key(name) {
            let fault = Fault::new(&setting, &**name, FaultKind::MalformedEndpointName);
            faults.push(fault.with_suggestion(instead));
        }
        if endpoints.iter().take(index).any(|(earlier, _)| earlier == name) {
            faults.push(Fault::new(&setting, &**name, FaultKind::RepeatedEndpoint));
        }
        if let Err((kind, instead)) = address(url) {
            faults.push(Fault::new(&setting, &**url, kind).with_suggestion(instead));
        }
    }
    faults
}

/// A key of a structured field, or what to write instead.
/// <https://www.rfc-editor.org/rfc/rfc9651#section-3.1.2>
fn key(name: &str) -> Result<(), Option<String>> {
    if is_key(name) {
        return Ok(());
    }
    let lower = name.to_ascii_lowercase();
    Err(is_key(&lower).then_some(lower))
}

fn is_key(name: &str) -> bool {
    let begins = name.starts_with(|first: char| first.is_ascii_lowercase() || first == '*');
    let is_key_byte =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-.*".contains(&byte);
    begins && name.bytes().all(is_key_byte)
}

/// An address that browsers report to, or why not and what to write instead: one of the response's own
/// origin, which begins with a slash, or an origin and a path.
fn address(url: &str) -> Result<(), (FaultKind, Option<String>)> {
    let (origin, path) = split(url);
    if !is_path(path) {
        return Err((FaultKind::MalformedEndpointPath, None));
    }
    if origin.is_empty() && path.starts_with('/') {
        return Ok(());
    }
    let error = match ParsedPattern::parse(origin) {
        Ok(parts) if !parts.is_exact() => return Err((FaultKind::NotOneOrigin, None)),
        Ok(_) if is_trustworthy(origin) => return Ok(()),
        Ok(_) => {
            let instead =
                origin.strip_prefix("http://").map(|rest| format!("https://{rest}{path}"));
            return Err((FaultKind::InsecureEndpoint, instead));
        }
        Err(error) => error,
    };
    let instead = error.instead().map(|origin| format!("{origin}{path}"));
    Err((FaultKind::EndpointOrigin(error.kind()), instead))
}

/// Where an origin ends: at the first slash, question mark or number sign after `://`. To browsers a
/// backslash is a slash.
fn split(url: &str) -> (&str, &str) {
    if url.starts_with('/') {
        return ("", url);
    }
    let start = match url.find("://") {
        Some(at) => at + 3,
        None => 0,
    };
    let is_end = |char: char| matches!(char, '/' | '\\' | '?' | '#');
    let end =
        url.get(start..).and_then(|rest| rest.find(is_end)).map_or(url.len(), |at| start + at);
    url.split_at_checked(end).unwrap_or((url, ""))
}

/// Two slashes would begin another origin.
fn is_path(path: &str) -> bool {
    let is_url_byte = |byte: u8| byte.is_ascii_graphic() && !b"\"#<>\\^`{|}".contains(&byte);
    !path.starts_with("//") && path.bytes().all(is_url_byte)
}

/// <https://w3c.github.io/webappsec-secure-contexts/#is-url-trustworthy>
fn is_trustworthy(origin: &str) -> bool {
    Origin::parse(origin.as_bytes()).is_ok_and(|origin| match origin.scheme() {
        Some("https") => true,
        scheme => scheme == Some("http") && origin.is_loopback(),
    })
}
