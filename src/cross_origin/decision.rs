use std::{fmt, sync::Arc, task::Context};

use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Request, Response, StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS},
};

use super::{
    body::{BodyChange, CrossOriginBody},
    compile::Compiled,
    explain::CrossOriginExplanation,
    policy::CrossOriginPolicy,
    timed::{LongPollWindow, LongPolls},
};
use crate::{
    RequestHead, beacon, cors, embedding,
    guard::{Evaluate, Rejection, ReportedRejection, Verdict},
    jsonp::{JsonpBodyChange, JsonpDecision, JsonpPolicy},
    push::{MethodKind, SseBodyChange, SseLayer},
    request::RequestFacts,
    response::{NO_STORE, VaryNames, forbid_storing, is_upgrade_response},
    telemetry::{self, RejectionText},
};

/// The decision of a [`CrossOriginPolicy`] about one request.
///
/// It holds the section that rejects the request, and the reason; or the changes of each section to the response.
/// It borrows nothing from the request, and holds no lists of origins.
///
/// ```
/// use http::Request;
/// use tower_cross_origin::{
///     RequestHead,
///     cors::Rule,
///     cross_origin::{CrossOriginConfig, CrossOriginPolicy, CsrfConfig, GuardConfig, Section},
///     guard::Rejection,
/// };
///
/// let policy = CrossOriginPolicy::new(
///     CrossOriginConfig::new()
///         .cors(Rule::for_origins(["https://app.example.com"]))
///         .guard(GuardConfig::new().csrf(CsrfConfig::new())),
/// )?;
/// let form = Request::post("/transfer").header("sec-fetch-site", "cross-site").body(()).unwrap();
/// let decision = policy.decide(&RequestHead::from(&form));
/// assert_eq!(decision.rejected_by(), Some(Section::Csrf));
/// assert_eq!(decision.rejection(), Some(Rejection::CsrfSite));
/// # Ok::<(), tower_cross_origin::cross_origin::CrossOriginConfigError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "a decision has no effect before a layer applies it"]
#[allow(clippy::struct_excessive_bools, reason = "each is a fact about the request")]
pub struct CrossOriginDecision {
    /// `None` without this section, and for a request that the host check denies.
    cors: Option<cors::Decision>,
    /// The value of `Timing-Allow-Origin`, if it depends on the request origin.
    timing_origin: Option<HeaderValue>,
    /// `None` for most requests: the guards allow them, and they have no callback.
    special: Option<Box<SpecialResults>>,
    parts: Arc<ResponseParts>,
    method: MethodKind,
    is_ping: bool,
    is_long_poll: bool,
    /// Whether the JSONP section removed a cookie from the request.
    is_stripped: bool,
    /// Whether the client reconnects after the end of an event stream.
    reconnects: bool,
}

/// The results of the sections that go by the path or the query.
struct CompanionResults {
    jsonp: JsonpDecision,
    is_ping: bool,
    is_long_poll: bool,
}

impl CompanionResults {
    #[inline(never)]
    fn new(compiled: &Compiled, head: &RequestHead<'_>, is_allowed: bool) -> Self {
        let path = head.uri().path();
        let jsonp = match &compiled.parts.jsonp {
            Some(policy) if is_allowed => policy.decide(head),
            _ => JsonpDecision::NotHandled,
        };
        Self {
            jsonp,
            is_ping: compiled.beacons.matches(path),
            is_long_poll: compiled.parts.long_polls.matches(path),
        }
    }
}

impl Default for CompanionResults {
    fn default() -> Self {
        Self { jsonp: JsonpDecision::NotHandled, is_ping: false, is_long_poll: false }
    }
}

/// The results of the sections that rarely have one. Boxed, so that other decisions stay small.
#[derive(Clone, Debug)]
struct SpecialResults {
    host: Verdict,
    pages: Verdict,
    jsonp: JsonpDecision,
    /// The value of `Activate-Storage-Access`.
    storage_access: Option<HeaderValue>,
}

impl SpecialResults {
    const NONE: &Self = &Self {
        host: Verdict::Allow,
        pages: Verdict::Allow,
        jsonp: JsonpDecision::NotHandled,
        storage_access: None,
    };

    /// Returns `None` if no section has a result.
    #[inline]
    fn boxed(self) -> Option<Box<Self>> {
        match self {
            Self {
                host: Verdict::Allow,
                pages: Verdict::Allow,
                jsonp: JsonpDecision::NotHandled,
                storage_access: None,
            } => None,
            _ => Some(Box::new(self)),
        }
    }

    #[inline(never)]
    fn log(&self, head: &RequestHead<'_>, explain: &dyn Fn() -> CrossOriginExplanation) {
        for verdict in [self.host, self.pages] {
            let (rejection, outcome) = match verdict {
                Verdict::Allow => continue,
                Verdict::Report(rejection) => (rejection, "reported"),
                Verdict::Deny(rejection) => (rejection, "denied"),
            };
            let section = rejection.section();
            telemetry::request_denied(head, section, rejection.as_str(), outcome, || {
                let explanation = explain();
                let is_reason = explanation.decision().rejection() == Some(rejection);
                let summary = is_reason.then(|| explanation.summary().to_owned());
                let fix = rejection.help().to_owned();
                RejectionText { summary: summary.unwrap_or_else(|| rejection.to_string()), fix }
            });
        }
    }
}

/// The parts of a policy that a response needs. They hold no origins, so that no response drops a large list.
#[derive(Clone, Debug)]
pub(super) struct ResponseParts {
    /// The `Vary` of a response that passes all sections.
    pub(super) vary: VaryByMethod,
    /// The same without the section `cors`, for paths at which its headers are constant.
    pub(super) vary_without_cors: VaryByMethod,
    /// The `Vary` of the sections outside of CORS: the host check and embedding.
    pub(super) outer_vary: VaryByMethod,
    pub(super) embedding: Option<Arc<embedding::Headers>>,
    /// Whether there is one of the sections `jsonp`, `sse`, `long_poll` and `beacon`.
    pub(super) has_companions: bool,
    pub(super) jsonp: Option<JsonpPolicy>,
    pub(super) events: Option<SseLayer>,
    pub(super) other_streams: Option<SseLayer>,
    pub(super) long_polls: LongPolls,
}

/// The names in `Vary` by the method of the request. Guards vary on headers for `GET` and `HEAD` only, since
/// caches store no other responses.
#[derive(Clone, Debug)]
pub(super) struct VaryByMethod {
    pub(super) reads: VaryNames,
    pub(super) others: VaryNames,
}

impl VaryByMethod {
    #[inline]
    fn get(&self, method: MethodKind) -> &VaryNames {
        match method {
            MethodKind::Get | MethodKind::Head => &self.reads,
            MethodKind::Connect | MethodKind::Other => &self.others,
        }
    }
}

impl CrossOriginPolicy {
    /// Decides about a request, in the [order of the sections](crate::cross_origin#order-of-the-sections).
    ///
    /// Reads the head of the request only. It does no I/O and never panics.
    pub fn decide(&self, head: &RequestHead<'_>) -> CrossOriginDecision {
        CrossOriginDecision::new(self.compiled(), head)
    }
}

impl CrossOriginDecision {
    fn new(compiled: &Compiled, head: &RequestHead<'_>) -> Self {
        let facts = &RequestFacts::new(head);
        if compiled.has_only_cors {
            let cors = compiled.cors.as_ref().map(|policy| policy.decide_by_facts(facts));
            return Self::of_cors(cors, compiled, head);
        }
        let host = evaluate(compiled.host.as_ref(), facts);
        let reaches_cors = !matches!(host, Verdict::Deny(_));
        let cors = match &compiled.cors {
            Some(policy) if reaches_cors => Some(policy.decide_by_facts(facts)),
            _ => None,
        };
        // A preflight, and a request that CORS rejects, end before the other sections.
        let reaches_pages = || reaches_cors && !cors.as_ref().is_some_and(cors::Decision::is_early);
        let pages = if compiled.has_page_checks && reaches_pages() {
            compiled.pages.verdict(facts)
        } else {
            Verdict::Allow
        };
        let companions = if compiled.parts.has_companions {
            let is_allowed = reaches_pages() && !matches!(pages, Verdict::Deny(_));
            CompanionResults::new(compiled, head, is_allowed)
        } else {
            CompanionResults::default()
        };
        let embedding = compiled.embedding.as_ref();
        let storage_access = embedding.and_then(|one| one.storage_access(facts));
        let jsonp = companions.jsonp;
        Self {
            timing_origin: embedding.and_then(|one| one.timing_origin(facts)),
            special: SpecialResults { host, pages, jsonp, storage_access }.boxed(),
            is_ping: companions.is_ping,
            is_long_poll: companions.is_long_poll,
            ..Self::of_cors(cors, compiled, head)
        }
    }

    /// Returns the decision without results of the sections other than CORS.
    #[inline]
    fn of_cors(cors: Option<cors::Decision>, compiled: &Compiled, head: &RequestHead<'_>) -> Self {
        Self {
            cors,
            timing_origin: None,
            special: None,
            parts: Arc::clone(&compiled.parts),
            method: head.method().into(),
            is_ping: false,
            is_long_poll: false,
            is_stripped: false,
            reconnects: false,
        }
    }

    fn special(&self) -> &SpecialResults {
        self.special.as_deref().unwrap_or(SpecialResults::NONE)
    }

    /// Returns the section that rejects the request, if there is one.
    ///
    /// A rejected request does not reach the service.
    /// A request of an origin that CORS does not allow reaches the service, unless the policy has `enforce`;
    /// its response has no CORS header.
    pub fn rejected_by(&self) -> Option<Section> {
        if let Some(rejection) = self.rejection() {
            return Section::of_rejection(rejection);
        }
        let cors = self.cors.as_ref()?;
        (cors.is_early() && cors.failed_step().is_some()).then_some(Section::Cors)
    }

    /// Returns the reason of the guard that denies the request, if one does.
    pub fn rejection(&self) -> Option<Rejection> {
        let SpecialResults { host, pages, .. } = self.special.as_deref()?;
        match (*host, *pages) {
            (Verdict::Deny(rejection), _) | (_, Verdict::Deny(rejection)) => Some(rejection),
            _ => None,
        }
    }

    /// Returns the reason for which a guard would deny the request without `report_only`.
    pub fn reported(&self) -> Option<Rejection> {
        let SpecialResults { host, pages, .. } = self.special.as_deref()?;
        match (*host, *pages) {
            (Verdict::Report(rejection), _) | (_, Verdict::Report(rejection)) => Some(rejection),
            _ => None,
        }
    }

    /// Returns the decision of the CORS section. Returns `None` without this section, and for a request that
    /// the host check denies.
    pub fn cors(&self) -> Option<&cors::Decision> {
        self.cors.as_ref()
    }

    /// Returns the decision of the JSONP section.
    pub fn jsonp(&self) -> &JsonpDecision {
        &self.special().jsonp
    }

    /// Returns the field lines that the section `embedding` adds, as `name: value`.
    pub(super) fn embedding_lines(&self) -> Option<Vec<String>> {
        let headers = self.parts.embedding.as_ref()?;
        Some(headers.lines(self.embedding_values()))
    }

    /// Returns the values of the section `embedding` that depend on the request.
    #[inline]
    fn embedding_values(&self) -> embedding::RequestValues<'_> {
        embedding::RequestValues {
            timing: self.timing_origin.as_ref(),
            storage_access: self.special().storage_access.as_ref(),
        }
    }

    /// Returns whether the path is one of the section `beacon`.
    pub fn is_ping(&self) -> bool {
        self.is_ping
    }

    /// Returns whether the path is one of the section `long_poll`.
    pub fn is_long_poll(&self) -> bool {
        self.is_long_poll
    }

    /// Returns whether the layer responds itself, to a preflight or with a rejection.
    #[inline]
    pub fn is_early(&self) -> bool {
        self.rejection().is_some() || self.cors.as_ref().is_some_and(cors::Decision::is_early)
    }

    /// Emits an event for each section that rejects or reports the request.
    #[inline]
    pub(super) fn log(
        &self,
        head: &RequestHead<'_>,
        explain: impl Fn() -> CrossOriginExplanation,
        explain_cors: impl FnOnce() -> Option<cors::Explanation>,
    ) {
        if let Some(special) = &self.special {
            special.log(head, &explain);
        }
        if let Some(decision) = &self.cors {
            cors::log_rejection(decision, head, explain_cors);
        }
    }

    /// Returns the response to a request that does not reach the service. Returns `None` for other requests.
    #[inline(never)]
    pub(super) fn early_response<B: Default, R>(
        &self,
        rejection: &R,
    ) -> Option<Response<CrossOriginBody<B>>>
    where
        R: RejectionResponse<B>,
    {
        let cors = self.cors.as_ref().filter(|cors| cors.is_early());
        let mut response = match (self.rejection(), cors) {
            (Some(reason), _) => {
                let mut response = rejection.rejection_response(self);
                forbid_storing(response.headers_mut());
                response.extensions_mut().insert(reason);
                response
            }
            (None, Some(cors)) => {
                cors.early_response_by(&CorsRejectionResponse { decision: self, rejection })?
            }
            (None, None) => return None,
        };
        if matches!(self.special().pages, Verdict::Deny(_)) {
            self.finish(&mut response);
        } else {
            self.report(&mut response);
            let headers = response.headers_mut();
            self.parts.outer_vary.get(self.method).apply(headers);
            if !is_upgrade_response(self.is_connect(), response.status()) {
                self.finish_outer(&mut response);
            }
        }
        Some(response)
    }

    /// Changes the request as the inner sections need.
    #[inline]
    pub(super) fn prepare<B>(&mut self, request: &mut Request<B>) {
        let parts = &*self.parts;
        if !parts.has_companions {
            return;
        }
        if let Some(policy) = &parts.jsonp {
            self.is_stripped = policy.prepare(self.jsonp(), request);
        }
        if let Some(layer) = &parts.events {
            self.reconnects = layer.prepare(request);
        }
    }

    /// Starts the window of a long poll.
    #[inline]
    pub(super) fn start_window(&self) -> LongPollWindow {
        if self.is_long_poll {
            self.parts.long_polls.start(self.is_connect())
        } else {
            LongPollWindow::default()
        }
    }

    /// Returns the response to a long poll after its window. Returns `None` before, and for other requests.
    #[inline]
    pub(super) fn poll_timeout<B: Default>(
        &self,
        window: &mut LongPollWindow,
        cx: &mut Context<'_>,
    ) -> Option<Response<B>> {
        self.parts.long_polls.poll_timeout(window, cx)
    }

    /// Changes the response of the service, from the innermost section to the outermost.
    ///
    /// Returns the change of its body, boxed because it is rare and large.
    #[inline]
    pub(super) fn apply_to<B>(&self, response: &mut Response<B>) -> Option<Box<BodyChange>> {
        let change = if self.parts.has_companions { self.apply_companions(response) } else { None };
        self.finish(response);
        change
    }

    /// Changes the response as JSONP, streams and long polling need.
    #[inline(never)]
    fn apply_companions<B>(&self, response: &mut Response<B>) -> Option<Box<BodyChange>> {
        let parts = &*self.parts;
        let mut change = None;
        if self.is_long_poll {
            LongPolls::apply_to(response, self.is_connect());
        }
        if let Some(layer) = &parts.other_streams {
            // Bodies of other streams stay unchanged.
            let _ = layer.apply(response, self.method, false);
        }
        if let Some(layer) = &parts.events {
            match layer.apply(response, self.method, self.reconnects) {
                SseBodyChange::Unchanged => {}
                sse => change = Some(Box::new(BodyChange::Sse(sse))),
            }
        }
        if let (Some(policy), Some(special)) = (&parts.jsonp, &self.special) {
            let is_head = self.method == MethodKind::Head;
            match policy.apply(&special.jsonp, self.is_stripped, is_head, response) {
                JsonpBodyChange::Unchanged => {}
                jsonp => change = Some(Box::new(BodyChange::Jsonp(jsonp))),
            }
        }
        change
    }

    /// Adds the headers of the sections from CORS to the outermost one.
    #[expect(
        clippy::inline_always,
        reason = "a call is a tenth of the cost of a request without an origin"
    )]
    #[inline(always)]
    fn finish<B>(&self, response: &mut Response<B>) {
        self.report(response);
        if is_upgrade_response(self.is_connect(), response.status()) {
            return;
        }
        let parts = &*self.parts;
        match &self.cors {
            Some(cors) if cors.is_constant() => {
                cors.apply_with_vary(response, parts.vary_without_cors.get(self.method));
            }
            Some(cors) => cors.apply_with_vary(response, parts.vary.get(self.method)),
            None => parts.vary.get(self.method).apply(response.headers_mut()),
        }
        self.finish_outer(response);
    }

    /// Adds the headers of the sections outside of CORS.
    #[expect(
        clippy::inline_always,
        reason = "a call is a tenth of the cost of a request without an origin"
    )]
    #[inline(always)]
    fn finish_outer<B>(&self, response: &mut Response<B>) {
        if let Some(embedding) = &self.parts.embedding {
            embedding.apply_to(response, self.embedding_values());
        }
        if self.is_ping {
            beacon::apply_to(response, self.is_connect());
        }
    }

    /// Inserts the reason of a report into the extensions.
    #[inline]
    fn report<B>(&self, response: &mut Response<B>) {
        if let Some(rejection) = self.reported() {
            response.extensions_mut().insert(ReportedRejection::new(rejection));
        }
    }

    fn is_connect(&self) -> bool {
        self.method == MethodKind::Connect
    }
}

/// Returns the verdict of a check, if the configuration has it.
#[inline]
pub(super) fn evaluate<C: Evaluate>(check: Option<&C>, facts: &RequestFacts<'_>) -> Verdict {
    check.map_or(Verdict::Allow, |check| check.evaluate(facts).verdict)
}

/// The section of a configuration that rejects a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Section {
    /// `guard.host`
    Host,
    /// `cors`: it rejects preflights, and with `enforce` actual requests.
    Cors,
    /// `guard.web_socket`
    WebSocket,
    /// `guard.csrf`
    Csrf,
    /// `guard.fetch_metadata`
    FetchMetadata,
    /// `guard.require_preflight`
    RequirePreflight,
}

impl Section {
    /// Returns the section as it is written in a file, such as `guard.csrf`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Host => "guard.host",
            Self::Cors => "cors",
            Self::WebSocket => "guard.web_socket",
            Self::Csrf => "guard.csrf",
            Self::FetchMetadata => "guard.fetch_metadata",
            Self::RequirePreflight => "guard.require_preflight",
        }
    }

    /// Returns the section whose check gives this reason.
    ///
    /// Returns `None` for the reasons of an application and of `LocalServerLayer`, which has no section.
    pub(super) fn of_rejection(rejection: Rejection) -> Option<Self> {
        Some(match rejection {
            Rejection::UnknownHost | Rejection::MalformedHost => Self::Host,
            Rejection::WebSocketOrigin
            | Rejection::WebSocketServiceOrigin
            | Rejection::WebSocketWithoutOrigin => Self::WebSocket,
            Rejection::CsrfSite | Rejection::CsrfOrigin | Rejection::CsrfServiceOrigin => {
                Self::Csrf
            }
            Rejection::CrossSite | Rejection::SameSite => Self::FetchMetadata,
            Rejection::PreflightNotAllowed => Self::RequirePreflight,
            Rejection::LocalServerOrigin | Rejection::LocalServerSite | Rejection::Other(_) => {
                return None;
            }
        })
    }
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Makes the response to a request that a [`CrossOriginLayer`](super::CrossOriginLayer) rejects.
///
/// [`PlainTextRejection`] does so, and every closure for
/// [`CrossOriginLayer::reject_with`](super::CrossOriginLayer::reject_with).
pub trait RejectionResponse<B> {
    /// Returns the response, with its status.
    fn rejection_response(&self, decision: &CrossOriginDecision) -> Response<CrossOriginBody<B>>;
}

impl<F, B> RejectionResponse<B> for F
where
    F: Fn(&CrossOriginDecision) -> Response<B>,
{
    fn rejection_response(&self, decision: &CrossOriginDecision) -> Response<CrossOriginBody<B>> {
        self(decision).map(CrossOriginBody::inner)
    }
}

/// Makes responses with status 403 and one line of text, which names the section.
///
/// This is the default of a [`CrossOriginLayer`](super::CrossOriginLayer).
#[derive(Clone, Copy, Debug)]
pub struct PlainTextRejection(());

impl PlainTextRejection {
    pub(super) fn new() -> Self {
        Self(())
    }
}

impl<B> RejectionResponse<B> for PlainTextRejection {
    fn rejection_response(&self, decision: &CrossOriginDecision) -> Response<CrossOriginBody<B>> {
        let body = match decision.method {
            MethodKind::Head => CrossOriginBody::absent(),
            _ => CrossOriginBody::text(decision.rejection_text()),
        };
        let mut response = Response::new(body);
        *response.status_mut() = StatusCode::FORBIDDEN;
        // Enough for `Vary` and the headers of other sections.
        let mut headers = HeaderMap::with_capacity(6);
        headers
            .insert(CONTENT_TYPE, const { HeaderValue::from_static("text/plain; charset=utf-8") });
        headers.insert(X_CONTENT_TYPE_OPTIONS, const { HeaderValue::from_static("nosniff") });
        headers.insert(CACHE_CONTROL, NO_STORE);
        *response.headers_mut() = headers;
        response
    }
}

impl CrossOriginDecision {
    /// Returns the reason of a rejection in one line. It reveals nothing of the configuration.
    fn rejection_text(&self) -> Bytes {
        if let Some(rejection) = self.rejection() {
            let section = Section::of_rejection(rejection).map_or("guard", Section::as_str);
            return format!("403 Forbidden ({section}): {rejection}\n").into();
        }
        let text = match self.cors.as_ref().and_then(cors::Decision::failed_step) {
            Some(cors::Step::Method) => {
                "403 Forbidden (cors): the method of the request is not allowed\n"
            }
            Some(cors::Step::RequestHeaders) => {
                "403 Forbidden (cors): the request headers are not allowed\n"
            }
            Some(cors::Step::Origin) | None => {
                "403 Forbidden (cors): the origin of the request is not allowed\n"
            }
        };
        Bytes::from_static(text.as_bytes())
    }
}

/// Makes the response to a request that the CORS section rejects.
struct CorsRejectionResponse<'a, R> {
    decision: &'a CrossOriginDecision,
    rejection: &'a R,
}

impl<B, R> cors::MakeRejection<CrossOriginBody<B>> for CorsRejectionResponse<'_, R>
where
    R: RejectionResponse<B>,
{
    fn make_rejection(&self, _: &cors::Decision) -> Option<Response<CrossOriginBody<B>>> {
        Some(self.rejection.rejection_response(self.decision))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decision_is_small() {
        // A move of up to 128 bytes needs no call of `memcpy`.
        assert!(size_of::<CrossOriginDecision>() <= 128, "{}", size_of::<CrossOriginDecision>());
        assert!(size_of::<cors::Decision>() <= 64, "{}", size_of::<cors::Decision>());
    }
}
