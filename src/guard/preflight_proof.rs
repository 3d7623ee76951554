//! The proof that a browser sent a preflight, and that the request has no credentials of the user.

use http::{
    Method,
    header::{AUTHORIZATION, CONTENT_TYPE, COOKIE},
};

use crate::{
    cors::RequestRule,
    fetch::content_type_needs_preflight,
    request::{
        RequestFacts,
        fetch_metadata::{FetchSite, SEC_FETCH_MODE},
        fields::FieldValue,
        handshake::opens_tunnel,
    },
};

/// A condition of the proof that a request does not meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MissingProof {
    Mode,
    Tunnel,
    Cookie,
    Authorization,
    Method,
    ContentType,
    ContentTypeNotAllowed,
}

impl MissingProof {
    /// Returns the reason, and the fix.
    #[cfg(feature = "cross-origin")]
    pub(crate) fn texts(self) -> (&'static str, &'static str) {
        match self {
            Self::Mode => (
                "Sec-Fetch-Mode is not cors, so the browser sent no preflight",
                "send the request with fetch in the mode cors",
            ),
            Self::Tunnel => (
                "the request opens a WebSocket or a tunnel, which needs no preflight",
                "if pages of this origin may open WebSockets, trust the origin",
            ),
            Self::Cookie => (
                "the request has a Cookie, and the rule does not allow credentials",
                "send the request without cookies (credentials: \"omit\")",
            ),
            Self::Authorization => (
                "the request has Authorization, and the rule does not allow this header",
                "add \"authorization\" to allow_headers of the rule",
            ),
            Self::Method => (
                "the rule does not allow the method",
                "add the method to allow_methods of the rule",
            ),
            Self::ContentType => (
                "a form can send a POST with this Content-Type, and without a preflight",
                "send the request with a Content-Type such as application/json, and allow \
                 content-type in the rule",
            ),
            Self::ContentTypeNotAllowed => (
                "the rule does not allow the header content-type",
                "add \"content-type\" to allow_headers of the rule",
            ),
        }
    }
}

/// Checks that a browser sends the request only after a preflight that the rule allows.
///
/// The rule has no credentials.
/// A page of another origin cannot add the user's cookies to such a request.
/// <https://fetch.spec.whatwg.org/#http-cors-protocol>
///
/// # Errors
///
/// Returns the first condition that the request does not meet.
pub(crate) fn prove_preflight(
    facts: &RequestFacts<'_>,
    rule: RequestRule<'_>,
) -> Result<(), MissingProof> {
    let head = facts.head();
    let headers = head.headers();
    let mode = FieldValue::get(headers, &SEC_FETCH_MODE);
    let has_no_metadata = mode.is_absent() && facts.fetch_site() == FetchSite::Absent;
    if !has_no_metadata && mode.single().is_none_or(|mode| mode != "cors") {
        return Err(MissingProof::Mode);
    }
    if opens_tunnel(head) {
        return Err(MissingProof::Tunnel);
    }
    if headers.contains_key(COOKIE) {
        return Err(MissingProof::Cookie);
    }
    if headers.contains_key(AUTHORIZATION) && !rule.allows_header(AUTHORIZATION.as_str()) {
        return Err(MissingProof::Authorization);
    }
    match *head.method() {
        Method::POST => prove_by_content_type(facts, rule),
        // Forms send GET, and fetch sends GET and HEAD without a preflight. Browsers send none of the others.
        Method::GET | Method::HEAD | Method::CONNECT | Method::TRACE => Err(MissingProof::Method),
        ref method if method == "TRACK" || !rule.allows_method(method) => Err(MissingProof::Method),
        _ => Ok(()),
    }
}

/// Checks that no form and no beacon can send the `Content-Type` of a `POST`.
///
/// A missing `Content-Type` proves nothing: a form can omit it (GHSA-2234-fmw7-43wr).
fn prove_by_content_type(
    facts: &RequestFacts<'_>,
    rule: RequestRule<'_>,
) -> Result<(), MissingProof> {
    let value = FieldValue::get(facts.head().headers(), &CONTENT_TYPE).single();
    if !value.is_some_and(|value| content_type_needs_preflight(value.as_bytes())) {
        return Err(MissingProof::ContentType);
    }
    if rule.allows_header(CONTENT_TYPE.as_str()) {
        Ok(())
    } else {
        Err(MissingProof::ContentTypeNotAllowed)
    }
}
