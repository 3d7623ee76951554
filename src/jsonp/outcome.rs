use http::{HeaderMap, StatusCode};

use super::{CallbackError, JsonpCall, JsonpDecision, JsonpPolicy, Withheld, media_type};

/// What becomes of a response: [`JsonpPolicy::decide_response`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum JsonpOutcome {
    /// It stays as it is.
    Untouched,
    /// It is JSON, and stays that; `nosniff` says so to whatever loads it.
    #[non_exhaustive]
    Plain {
        /// Another request for the same address would be answered otherwise.
        varies: bool,
        /// It is for the user alone whose credentials the request had.
        is_private: bool,
    },
    /// It is JSON, for what is no callback: 400 takes its place.
    Refused(CallbackError),
    /// It is JSON, and becomes a script.
    Wrapped(JsonpCall),
}

impl JsonpPolicy {
    /// What becomes of the response, with this status and these headers, to a request of which
    /// [`decide`](Self::decide) said `decision`.
    ///
    /// ```
    /// use http::{HeaderMap, HeaderValue, Request, StatusCode, header::CONTENT_TYPE};
    /// use tower_cross_origin::{RequestHead, jsonp::{JsonpOutcome, JsonpPolicy}};
    ///
    /// let policy = JsonpPolicy::default();
    /// let request = Request::get("/data?callback=show").body(())?;
    /// let decision = policy.decide(&RequestHead::from(&request));
    ///
    /// let mut headers = HeaderMap::new();
    /// let outcome = policy.decide_response(&decision, StatusCode::OK, &headers);
    /// assert_eq!(outcome, JsonpOutcome::Untouched);
    ///
    /// headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    /// match policy.decide_response(&decision, StatusCode::OK, &headers) {
    ///     JsonpOutcome::Wrapped(call) => {
    ///         assert_eq!(call.prefix(), "/**/ typeof show === 'function' && show(");
    ///         assert_eq!(call.suffix(), ");");
    ///     }
    ///     other => panic!("{other:?}"),
    /// }
    /// # Ok::<(), http::Error>(())
    /// ```
    pub fn decide_response(
        &self,
        decision: &JsonpDecision,
        status: StatusCode,
        headers: &HeaderMap,
    ) -> JsonpOutcome {
        if !has_content(status) || !media_type::is_json(headers) {
            return JsonpOutcome::Untouched;
        }
        let config = self.config();
        let is_whole = media_type::is_whole(status, headers);
        match decision {
            JsonpDecision::NotAsked => JsonpOutcome::Untouched,
            JsonpDecision::Malformed(error) if is_whole && !config.passes_malformed => {
                JsonpOutcome::Refused(*error)
            }
            JsonpDecision::Wrapped(callback) if is_whole => {
                JsonpOutcome::Wrapped(JsonpCall::of(callback, status, config))
            }
            JsonpDecision::Withheld(reason) => {
                JsonpOutcome::Plain { varies: true, is_private: *reason == Withheld::Credentials }
            }
            JsonpDecision::Malformed(_) | JsonpDecision::Wrapped(_) => {
                JsonpOutcome::Plain { varies: false, is_private: false }
            }
        }
    }
}

/// Whether the status lets a script be read. That of a redirect is not: it is followed.
/// RFC 9110, sections 15.2, 15.3.5, 15.3.6 and 15.4
fn has_content(status: StatusCode) -> bool {
    let is_empty = matches!(status, StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT);
    !status.is_informational() && !is_empty && !status.is_redirection()
}
