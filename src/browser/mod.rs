//! What would a browser do with all that? The user agent's side of the [Fetch standard], executable.
//!
//! A [`Page`] has an origin and makes calls of any [`tower_service::Service`], whose request body is
//! `From<Vec<u8>>`: of an application with all its layers, without a socket. The [`FetchOutcome`] holds what
//! script sees and each request that was sent, preflights among them. Where the page gets nothing,
//! [`Blocked`] says at which step, as a browser's console does, and what to change on the server.
//!
//! ```
//! # use std::convert::Infallible;
//! use http::{Method, Request, Response};
//! use tower::{Layer, service_fn};
//! use tower_cross_origin::{
//!     browser::{Credentials, Fetch, Page, BlockedStep},
//!     cors::{CorsLayer, CorsPolicy, Rule},
//! };
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), tower_cross_origin::cors::CorsConfigError> {
//! let application = service_fn(|_: Request<Vec<u8>>| async {
//!     Ok::<_, Infallible>(Response::new(String::from("saved")))
//! });
//! let rule = Rule::for_origins(["https://app.example.com"]).allow_methods([Method::PUT]);
//! let mut service = CorsLayer::new(CorsPolicy::new(rule)?).layer(application);
//!
//! let mut page = Page::open("https://app.example.com");
//! let outcome = page.fetch(&mut service, Fetch::put("https://api.example.com/items")).await;
//! outcome.assert_readable().assert_preflights(1);
//! assert_eq!(outcome.text().as_deref(), Some("saved"));
//!
//! let call = Fetch::put("https://api.example.com/items").credentials(Credentials::Include);
//! let outcome = page.fetch(&mut service, call).await;
//! outcome.assert_blocked_at(BlockedStep::AllowCredentials);
//!
//! let mut page = Page::open("https://evil.example");
//! let outcome = page.fetch(&mut service, Fetch::get("https://api.example.com/items")).await;
//! outcome.assert_blocked_at(BlockedStep::AllowOrigin);
//! # Ok(())
//! # }
//! ```
//!
//! # Testing one's own CORS
//!
//! Put the whole application before a page, with its router, its fallback, its authentication and
//! whatever else answers by itself, and make the calls that its pages make, those that end with an
//! error too. A layer in a wrong place shows as a page that reads nothing, and the message says which
//! answer was made outside of the CORS layer. `examples/tested.rs` does that for an application on axum
//! and for four wrong orders of its layers.
//!
//! A router of axum takes bodies of any kind; `router.into_service::<axum::body::Body>()` names the one
//! that its own server gives it.
//!
//! # What is modelled
//!
//! | what | by |
//! |---|---|
//! | `fetch()`, `XMLHttpRequest`, upload listeners, streams | [`Fetch`], [`Page::fetch`] |
//! | scripts, images, frames, workers | [`Fetch::element`] |
//! | links, forms, the address bar | [`Page::navigate`] |
//! | preflights, what is remembered of them, and for how long | [`Page::wait`], [`Engine`] |
//! | redirects, `Origin`, `Referer`, `Sec-Fetch-*` | [`FetchOutcome::exchanges`] |
//! | what a page may embed: `Cross-Origin-Resource-Policy`, `Cross-Origin-Embedder-Policy`, `nosniff` | [`BlockedStep`], [`Page::with_embedder_policy`] |
//! | whether a script runs, even if the page cannot read it | [`FetchOutcome::script`] |
//! | `crossOriginIsolated`; timings | [`Page::is_cross_origin_isolated`], [`FetchOutcome::shows_timing`] |
//! | what these and other headers say to a browser | [`policies`] |
//! | cookies: `Domain`, `Path`, `Secure`, `SameSite`, `Max-Age` | [`Credentials`] |
//! | the cache of responses, where a test wants it | [`Page::with_http_cache`] |
//! | a cache between pages and the service, which all of them share | [`SharedCache`] |
//!
//! Not modelled: opaque response blocking of anything but scripts, `Document-Isolation-Policy`, windows and
//! their openers, mixed content, `Sec-Fetch-Storage-Access`, Content Security Policy, service workers,
//! partitions of storage, third-party cookies that a browser blocks, dates in cookies, `data:` and
//! `blob:` as targets, frames within frames, WebSocket, and authentication that asks the user.
//!
//! The facts of the Web Platform Tests hold in the model: tests/wpt/README.md.
//!
//! [Fetch standard]: https://fetch.spec.whatwg.org/

// Input: the call of a page, and its request.
mod request;
mod request_init;

// The fetch algorithm and its stages, in order.
mod fetch_algorithm;

mod preflight;

mod browser_headers;
mod cookies;
mod http_cache;
mod network;
mod service_adapter;

pub mod policies;
mod response;
mod response_checks;

mod response_filter;

// Result.
mod blocked;
mod outcome;

// Helpers of several stages.
mod engine;
mod header_values;
mod site;

// A middleware for tests, not a part of the browser.
mod shared_cache;

use std::{fmt, time::Duration};

use http::{HeaderMap, Response, header::CONTENT_DISPOSITION};
use http_body::Body;
use tower_service::Service;
use url::Url;

use self::{
    blocked::Reason,
    cookies::Cookies,
    fetch_algorithm::FetchAlgorithm,
    http_cache::HttpCache,
    network::Network,
    policies::document_policy::{OpenerPolicyValue, embedder_policy, isolates, opener_policy},
    preflight::PreflightCache,
    request::Request,
    request_init::Environment,
    service_adapter::{ServiceAdapter, Transport},
    site::{PageOrigin, is_potentially_trustworthy},
};
pub use self::{
    blocked::{Blocked, BlockedStep},
    engine::Engine,
    network::Exchange,
    outcome::FetchOutcome,
    request::{Credentials, Mode, Redirect, ReferrerPolicy},
    request_init::Fetch,
    response_filter::ResponseType,
    shared_cache::{CachedBody, SharedCache},
};
use crate::embedding::CrossOriginEmbedderPolicy;
pub use crate::fetch::Destination;

/// A page in a browser of its own: it has an origin, cookies, a cache of preflights and a clock.
///
/// A clone is another such browser in the same state.
#[derive(Clone, Debug)]
pub struct Page {
    environment: Environment,
    opener_policy: OpenerPolicyValue,
    engine: Engine,
    cookies: Cookies,
    preflights: PreflightCache,
    http_cache: Option<HttpCache>,
    now: Duration,
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
        Self::new(PageOrigin::from_url(&url), Some(url))
    }

    /// A page whose origin is `null`: in a sandboxed frame, from a file or from a `data:` address.
    pub fn opaque() -> Self {
        Self::new(PageOrigin::Opaque, None)
    }

    /// In this engine; by itself as the standard says.
    #[must_use]
    pub fn in_engine(self, engine: Engine) -> Self {
        Self { engine, ..self }
    }

    /// With this `Referrer-Policy`.
    #[must_use]
    pub fn with_referrer_policy(mut self, referrer_policy: ReferrerPolicy) -> Self {
        self.environment.referrer_policy = referrer_policy;
        self
    }

    /// With this `Cross-Origin-Embedder-Policy`. A page that [`navigate`](Self::navigate) came to has that
    /// of its response.
    #[must_use]
    pub fn with_embedder_policy(mut self, embedder_policy: CrossOriginEmbedderPolicy) -> Self {
        self.environment.embedder_policy = embedder_policy;
        self
    }

    /// With the cache that every browser has for responses. By itself a page has none, so that each
    /// request reaches the service.
    #[must_use]
    pub fn with_http_cache(self) -> Self {
        Self { http_cache: Some(HttpCache::default()), ..self }
    }

    /// What the page's origin is serialised as.
    pub fn origin(&self) -> &str {
        self.environment.origin.serialized()
    }

    /// Whether script reads `true` of `crossOriginIsolated`, so that there is a `SharedArrayBuffer`: what
    /// the response says that [`navigate`](Self::navigate) came to. It is `false` of a page that was opened.
    ///
    /// <https://html.spec.whatwg.org/#concept-settings-object-cross-origin-isolated-capability>
    pub fn is_cross_origin_isolated(&self) -> bool {
        self.opener_policy == OpenerPolicyValue::SameOriginPlusCoep
            && isolates(self.environment.embedder_policy)
    }

    /// Lets time pass, in which answers to preflights, cookies and responses grow old.
    pub fn wait(&mut self, duration: Duration) {
        self.now = self.now.saturating_add(duration);
    }

    /// Makes a call of script's or of an element's, and follows it to its end. `service` answers for
    /// every address.
    pub async fn fetch<S, B, R>(&mut self, service: &mut S, call: Fetch) -> FetchOutcome
    where
        S: Service<http::Request<B>, Response = Response<R>>,
        S::Error: fmt::Display,
        B: From<Vec<u8>>,
        R: Body,
        R::Error: fmt::Display,
    {
        self.run(ServiceAdapter::new(service), &call).await.0
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
    pub async fn navigate<S, B, R>(&mut self, service: &mut S, call: Fetch) -> FetchOutcome
    where
        S: Service<http::Request<B>, Response = Response<R>>,
        S::Error: fmt::Display,
        B: From<Vec<u8>>,
        R: Body,
        R::Error: fmt::Display,
    {
        let call = call.into_navigation();
        let (outcome, request) = self.run(ServiceAdapter::new(service), &call).await;
        let is_document = outcome.headers().is_some_and(|headers| {
            let is_download = headers
                .get(CONTENT_DISPOSITION)
                .is_some_and(|value| value.as_bytes().starts_with(b"attachment"));
            !is_download
                && !matches!(outcome.status().map(|status| status.as_u16()), Some(204 | 205))
        });
        if let Some(url) = request.as_ref().and_then(Request::url).filter(|_| is_document) {
            self.environment.origin = PageOrigin::from_url(url);
            self.environment.url = Some(url.clone());
            // Policies of documents count in secure contexts.
            let headers = outcome.headers().filter(|_| is_potentially_trustworthy(url));
            self.take_policies(headers.unwrap_or(&HeaderMap::new()));
        }
        outcome
    }

    fn take_policies(&mut self, headers: &HeaderMap) {
        let policy = embedder_policy(headers).value();
        let is_known = policy != CrossOriginEmbedderPolicy::Credentialless
            || self.engine.knows_credentialless();
        self.environment.embedder_policy = if is_known { policy } else { <_>::default() };
        self.opener_policy = opener_policy(headers).value();
    }

    async fn run(
        &mut self,
        service: impl Transport,
        call: &Fetch,
    ) -> (FetchOutcome, Option<Request>) {
        let mut request = match call.to_request(&self.environment) {
            Ok(request) => request,
            Err(reason) => {
                let blocked = Blocked {
                    step: BlockedStep::Call,
                    is_preflight: false,
                    url: call.url.clone(),
                    origin: self.origin().to_owned(),
                    status: None,
                    reason: Reason::Text(reason),
                };
                return (FetchOutcome { result: Err(blocked), exchanges: Vec::new() }, None);
            }
        };
        let Self { engine, cookies, preflights, http_cache, now, .. } = self;
        let network = Network::new(service, cookies, http_cache.as_mut(), *now);
        let mut algorithm = FetchAlgorithm::new(network, preflights, *engine, *now);
        let result = algorithm.run(&mut request).await;
        (FetchOutcome { result, exchanges: algorithm.into_exchanges() }, Some(request))
    }

    fn new(origin: PageOrigin, url: Option<Url>) -> Self {
        Self {
            environment: Environment {
                origin,
                url,
                referrer_policy: ReferrerPolicy::default(),
                embedder_policy: CrossOriginEmbedderPolicy::default(),
            },
            opener_policy: OpenerPolicyValue::default(),
            engine: Engine::default(),
            cookies: Cookies::default(),
            preflights: PreflightCache::default(),
            http_cache: None,
            now: Duration::ZERO,
        }
    }
}
