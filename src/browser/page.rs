use std::{fmt, time::Duration};

use http::{HeaderMap, Response as HttpResponse, header::CONTENT_DISPOSITION};
use http_body::Body as HttpBody;
use tower_service::Service;
use url::Url;

use super::{
    blocked::{Blocked, Reason, Step},
    call::{By, Fetch},
    cookies::Cookies,
    engine::Engine,
    http_cache::HttpCache,
    journey::Journey,
    outcome::Outcome,
    policies::document_policy::{OpenerPolicyValue, embedder_policy, isolates, opener_policy},
    preflight_cache::PreflightCache,
    request::{Credentials, Mode, ReferrerPolicy, Request},
    site::{PageOrigin, is_potentially_trustworthy},
    wire::{ToService, Wire},
};
use crate::{embedding::CrossOriginEmbedderPolicy, fetch::Destination};

/// A page in a browser of its own: it has an origin, cookies, a cache of preflights and a clock.
///
/// A clone is another such browser in the same state.
#[derive(Clone, Debug)]
pub struct Page {
    pub(super) origin: PageOrigin,
    pub(super) url: Option<Url>,
    pub(super) engine: Engine,
    pub(super) referrer_policy: ReferrerPolicy,
    pub(super) embedder_policy: CrossOriginEmbedderPolicy,
    pub(super) opener_policy: OpenerPolicyValue,
    pub(super) cookies: Cookies,
    pub(super) preflights: PreflightCache,
    pub(super) http_cache: Option<HttpCache>,
    pub(super) now: Duration,
}

impl Page {
    /// The page at this address. One at `data:` or `file:` has the origin `null`.
    ///
    /// # Panics
    ///
    /// Where `url` is no absolute address, such as `https://app.example/start`.
    #[track_caller]
    #[expect(clippy::panic, reason = "a mistake in a test")]
    pub fn open(url: &str) -> Self {
        let parsed = Url::parse(url);
        let url = parsed.unwrap_or_else(|error| panic!("{url:?} is no address of a page: {error}"));
        Self { origin: PageOrigin::of(&url), ..Self::new(Some(url)) }
    }

    /// A page whose origin is `null`: in a sandboxed frame, from a file or from a `data:` address.
    pub fn opaque() -> Self {
        Self::new(None)
    }

    /// In this engine; by itself as the standard says.
    #[must_use]
    pub fn in_engine(self, engine: Engine) -> Self {
        Self { engine, ..self }
    }

    /// With this `Referrer-Policy`.
    #[must_use]
    pub fn with_referrer_policy(self, referrer_policy: ReferrerPolicy) -> Self {
        Self { referrer_policy, ..self }
    }

    /// With this `Cross-Origin-Embedder-Policy`. A page that [`navigate`](Self::navigate) came to has that
    /// of its response.
    #[must_use]
    pub fn with_embedder_policy(self, embedder_policy: CrossOriginEmbedderPolicy) -> Self {
        Self { embedder_policy, ..self }
    }

    /// With the cache that every browser has for responses. By itself a page has none, so that each
    /// request reaches the service.
    #[must_use]
    pub fn with_http_cache(self) -> Self {
        Self { http_cache: Some(HttpCache::default()), ..self }
    }

    /// What the page's origin is serialised as.
    pub fn origin(&self) -> &str {
        self.origin.serialized()
    }

    /// Whether script reads `true` of `crossOriginIsolated`, so that there is a `SharedArrayBuffer`: what
    /// the response says that [`navigate`](Self::navigate) came to. It is `false` of a page that was opened.
    ///
    /// <https://html.spec.whatwg.org/#concept-settings-object-cross-origin-isolated-capability>
    pub fn is_cross_origin_isolated(&self) -> bool {
        self.opener_policy == OpenerPolicyValue::SameOriginPlusCoep
            && isolates(self.embedder_policy)
    }

    /// Lets time pass, in which answers to preflights, cookies and responses grow old.
    pub fn wait(&mut self, duration: Duration) {
        self.now = self.now.saturating_add(duration);
    }

    /// Makes a call of script's or of an element's, and follows it to its end. `service` answers for
    /// every address.
    pub async fn fetch<S, B, R>(&mut self, service: &mut S, call: Fetch) -> Outcome
    where
        S: Service<http::Request<B>, Response = HttpResponse<R>>,
        S::Error: fmt::Display,
        B: From<Vec<u8>>,
        R: HttpBody,
        R::Error: fmt::Display,
    {
        self.run(&mut ToService::new(service), &call).await.0
    }

    /// Follows a link, sends a form or takes what the user wrote into the address bar. What comes back is
    /// the page from then on, unless it is no document: 204, 205 or a download. The outcome is what that
    /// page shows, and never what the page before it can read.
    ///
    /// ```
    /// # use std::convert::Infallible;
    /// use http::{Request, Response};
    /// use tower::service_fn;
    /// use tower_cross_origin::browser::{Fetch, Page};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let mut service = service_fn(|_: Request<Vec<u8>>| async {
    ///     Ok::<_, Infallible>(Response::new(String::new()))
    /// });
    /// let mut page = Page::open("https://evil.example");
    /// let form = Fetch::post("https://app.example/transfer").form("to=evil").user_activation();
    /// let outcome = page.navigate(&mut service, form).await;
    /// let sent = outcome.requests().next().expect("it is never preflighted");
    /// assert_eq!(sent.request_header("origin"), Some("https://evil.example"));
    /// assert_eq!(sent.request_header("sec-fetch-site"), Some("cross-site"));
    /// assert_eq!(page.origin(), "https://app.example");
    /// # }
    /// ```
    pub async fn navigate<S, B, R>(&mut self, service: &mut S, call: Fetch) -> Outcome
    where
        S: Service<http::Request<B>, Response = HttpResponse<R>>,
        S::Error: fmt::Display,
        B: From<Vec<u8>>,
        R: HttpBody,
        R::Error: fmt::Display,
    {
        // https://html.spec.whatwg.org/#create-navigation-params-by-fetching
        let call = Fetch {
            by: By::Navigation,
            mode: Mode::Navigate,
            destination: Destination::Document,
            credentials: Credentials::Include,
            ..call
        };
        let (outcome, request) = self.run(&mut ToService::new(service), &call).await;
        let is_document = outcome.headers().is_some_and(|headers| {
            let is_download = headers
                .get(CONTENT_DISPOSITION)
                .is_some_and(|value| value.as_bytes().starts_with(b"attachment"));
            !is_download
                && !matches!(outcome.status().map(|status| status.as_u16()), Some(204 | 205))
        });
        if let Some(url) = request.as_ref().and_then(Request::url).filter(|_| is_document) {
            self.origin = PageOrigin::of(url);
            self.url = Some(url.clone());
            // Policies of documents count in secure contexts.
            let headers = outcome.headers().filter(|_| is_potentially_trustworthy(url));
            self.take_policies(headers.unwrap_or(&HeaderMap::new()));
        }
        outcome
    }

    /// <https://url.spec.whatwg.org/#concept-url-parser>
    pub(super) fn parse(&self, url: &str) -> Result<Url, String> {
        let parsed = Url::options().base_url(self.url.as_ref()).parse(url);
        parsed.map_err(|error| format!("{url:?} is no address: {error}"))
    }

    fn take_policies(&mut self, headers: &HeaderMap) {
        let policy = embedder_policy(headers).value();
        let is_known = policy != CrossOriginEmbedderPolicy::Credentialless
            || self.engine.knows_credentialless();
        self.embedder_policy = if is_known { policy } else { <_>::default() };
        self.opener_policy = opener_policy(headers).value();
    }

    async fn run(&mut self, wire: &mut impl Wire, call: &Fetch) -> (Outcome, Option<Request>) {
        let mut request = match call.prepared(self) {
            Ok(request) => request,
            Err(reason) => {
                let blocked = Blocked {
                    step: Step::Call,
                    is_preflight: false,
                    url: call.url.clone(),
                    origin: self.origin().to_owned(),
                    status: None,
                    reason: Reason::Text(reason),
                };
                return (Outcome { result: Err(blocked), exchanges: Vec::new() }, None);
            }
        };
        let mut journey = Journey::new(self);
        let result = journey.run(wire, &mut request).await;
        (Outcome { result, exchanges: journey.exchanges }, Some(request))
    }

    fn new(url: Option<Url>) -> Self {
        Self {
            origin: PageOrigin::Opaque,
            url,
            engine: Engine::default(),
            referrer_policy: ReferrerPolicy::default(),
            embedder_policy: CrossOriginEmbedderPolicy::default(),
            opener_policy: OpenerPolicyValue::default(),
            cookies: Cookies::default(),
            preflights: PreflightCache::default(),
            http_cache: None,
            now: Duration::ZERO,
        }
    }
}
