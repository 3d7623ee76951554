//! Test your application's CORS layer against a simulated browser, without a socket.
//!
//! This module implements the browser's side of the [Fetch standard]. A [`Page`] has an origin and sends
//! requests to any [`tower_service::Service`] whose request body implements `From<Vec<u8>>`. The service
//! is usually the application with all its layers.
//!
//! The [`FetchOutcome`] contains the response that the page's script can read, and all requests that the
//! browser sent, including preflights. If the browser blocks the response, [`Blocked`] reports the step,
//! as a browser's console does, and a fix for the server.
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
//! # Testing a complete application
//!
//! Wrap the application with its router, its fallback, its authentication and all other layers that send
//! responses. Then send the requests that its pages send, including requests that fail. If a layer is
//! outside of the CORS layer, the page cannot read the responses of that layer, and the message reports
//! the layer order. `examples/tested.rs` tests an axum application and four wrong layer orders.
//!
//! An axum router accepts any body type. Call `router.into_service::<axum::body::Body>()` to select the
//! body type that the axum server uses.
//!
//! # Supported features
//!
//! | Feature | API |
//! |---|---|
//! | `fetch()`, `XMLHttpRequest`, upload listeners, streams | [`Fetch`], [`Page::fetch`] |
//! | scripts, images, frames, workers | [`Fetch::element`] |
//! | links, forms, the address bar | [`Page::navigate`] |
//! | preflights, the preflight cache and its lifetimes | [`Page::wait`], [`Engine`] |
//! | redirects, `Origin`, `Referer`, `Sec-Fetch-*` | [`FetchOutcome::exchanges`] |
//! | `Cross-Origin-Resource-Policy`, `nosniff` | [`BlockedStep`] |
//! | `Cross-Origin-Embedder-Policy` | [`BlockedStep`], [`Page::with_embedder_policy`] |
//! | scripts that run although the page cannot read them | [`FetchOutcome::script`] |
//! | `crossOriginIsolated`; timings | [`Page::is_cross_origin_isolated`], [`FetchOutcome::shows_timing`] |
//! | parsers for these and other headers | [`policies`] |
//! | blocked cookies of other sites, `Sec-Fetch-Storage-Access` | [`Page::with_storage_access`] |
//! | cookies: `Domain`, `Path`, `Secure`, `SameSite`, `Max-Age` | [`Credentials`] |
//! | the browser's HTTP cache, if a test enables it | [`Page::with_http_cache`] |
//! | a shared cache between pages and the service | [`SharedCache`] |
//!
//! # Limitations
//!
//! The model does not support:
//!
//! - opaque response blocking of responses other than scripts, and `Document-Isolation-Policy`
//! - windows and their openers, and frames within frames
//! - mixed content, Content Security Policy
//! - service workers and storage partitions
//! - dates in cookies, and `Activate-Storage-Access: load`
//! - `data:` and `blob:` as targets, WebSocket, and authentication prompts
//!
//! The results of the Web Platform Tests apply to the model: see tests/wpt/README.md.
//!
//! [Fetch standard]: https://fetch.spec.whatwg.org/

// Input: the page's call and its request.
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

// Helpers that several stages use.
mod engine;
mod header_values;
mod site;
mod storage_access;

// A middleware for tests; not part of the browser.
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
    storage_access::StorageAccess,
};
use crate::embedding::CrossOriginEmbedderPolicy;
pub use crate::fetch::Destination;

/// A page in a separate browser.
///
/// It has an origin, cookies, a preflight cache and a clock.
///
/// A clone is an independent browser with a copy of this state.
#[derive(Clone, Debug)]
pub struct Page {
    environment: Environment,
    opener_policy: OpenerPolicyValue,
    cookies: Cookies,
    preflights: PreflightCache,
    http_cache: Option<HttpCache>,
    now: Duration,
}

impl Page {
    /// Opens the page at this address.
    ///
    /// A page at a `data:` or `file:` address has the origin `null`. See also
    /// [`with_file_access`](Self::with_file_access). A page of an application or an extension has the origin
    /// of its scheme and its host, such as `capacitor://localhost`.
    ///
    /// # Panics
    ///
    /// Panics if `url` is not an absolute address, such as `https://app.example/start`.
    #[track_caller]
    #[expect(clippy::panic, reason = "a mistake in a test")]
    pub fn open(url: &str) -> Self {
        let parsed = Url::parse(url);
        let url =
            parsed.unwrap_or_else(|error| panic!("{url:?} is not a valid page address: {error}"));
        Self::new(PageOrigin::from_url(&url), Some(url))
    }

    /// Gives a page at a `file:` address access to other files. Its origin is then `file://`.
    ///
    /// Chromium does so with `--allow-file-access-from-files`, and some applications do so by default. Does
    /// nothing for other pages.
    ///
    /// ```
    /// use tower_cross_origin::browser::Page;
    ///
    /// let page = Page::open("file:///app/index.html");
    /// assert_eq!(page.origin(), "null");
    /// assert_eq!(page.with_file_access().origin(), "file://");
    /// ```
    #[must_use]
    pub fn with_file_access(mut self) -> Self {
        if self.environment.url.as_ref().is_some_and(|url| url.scheme() == "file") {
            self.environment.origin = PageOrigin::file();
        }
        self
    }

    /// Opens a page with the origin `null`.
    ///
    /// Pages in sandboxed frames, from files and from `data:` addresses have this origin.
    pub fn opaque() -> Self {
        Self::new(PageOrigin::Opaque, None)
    }

    /// Sets the browser engine. The default is [`Engine::Standard`].
    #[must_use]
    pub fn in_engine(mut self, engine: Engine) -> Self {
        self.environment.engine = engine;
        self
    }

    /// Sets the page's `Referrer-Policy`.
    #[must_use]
    pub fn with_referrer_policy(mut self, referrer_policy: ReferrerPolicy) -> Self {
        self.environment.referrer_policy = referrer_policy;
        self
    }

    /// Sets the page's `Cross-Origin-Embedder-Policy`.
    ///
    /// [`navigate`](Self::navigate) replaces this policy with the policy of the new page's response.
    #[must_use]
    pub fn with_embedder_policy(mut self, embedder_policy: CrossOriginEmbedderPolicy) -> Self {
        self.environment.embedder_policy = embedder_policy;
        self
    }

    /// Restricts the access to cookies of other sites, as browsers do that block third-party cookies.
    ///
    /// Without this setting, the page sends cookies to every site, and no request has
    /// `Sec-Fetch-Storage-Access`.
    ///
    /// ```
    /// use http::{Request, Response};
    /// use tower::{Layer, service_fn};
    /// use tower_cross_origin::{
    ///     browser::{Destination, Exchange, Fetch, FetchOutcome, Page, StorageAccess},
    ///     embedding::{EmbeddingConfig, EmbeddingLayer, EmbeddingPolicy},
    /// };
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let embedding = EmbeddingConfig::new().activate_storage_access(["https://app.example"]);
    /// let layer = EmbeddingLayer::new(EmbeddingPolicy::new(embedding)?);
    /// let mut service = layer.layer(service_fn(|_: Request<Vec<u8>>| async {
    ///     Ok::<_, std::convert::Infallible>(Response::new(String::new()))
    /// }));
    /// for (page, expected) in [
    ///     ("https://app.example", &[Some("inactive"), Some("active")][..]),
    ///     ("https://evil.example", &[Some("inactive")]),
    /// ] {
    ///     let mut page = Page::open(page).with_storage_access(StorageAccess::Inactive);
    ///     let image = Fetch::element(Destination::Image, "https://other.example/avatar");
    ///     let outcome: FetchOutcome = page.fetch(&mut service, image).await;
    ///     let access = |sent: &Exchange| sent.request_header("sec-fetch-storage-access").map(str::to_owned);
    ///     let sent: Vec<Option<String>> = outcome.requests().map(access).collect();
    ///     assert!(sent.iter().map(Option::as_deref).eq(expected.iter().copied()));
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn with_storage_access(mut self, access: StorageAccess) -> Self {
        self.environment.storage_access = Some(access);
        self
    }

    /// Enables the browser's HTTP cache.
    ///
    /// By default the cache is disabled, so that every request reaches the service.
    #[must_use]
    pub fn with_http_cache(self) -> Self {
        Self { http_cache: Some(HttpCache::default()), ..self }
    }

    /// Returns the page's serialized origin.
    pub fn origin(&self) -> &str {
        self.environment.origin.serialized()
    }

    /// Returns whether the page is cross-origin isolated.
    ///
    /// Scripts then read `true` from `crossOriginIsolated` and can use `SharedArrayBuffer`. The headers
    /// of the response that [`navigate`](Self::navigate) loaded decide this. The result is `false` for a
    /// page that [`open`](Self::open) created.
    ///
    /// <https://html.spec.whatwg.org/#concept-settings-object-cross-origin-isolated-capability>
    pub fn is_cross_origin_isolated(&self) -> bool {
        self.opener_policy == OpenerPolicyValue::SameOriginPlusCoep
            && isolates(self.environment.embedder_policy)
    }

    /// Advances the browser's clock.
    ///
    /// Cached preflight responses, cookies and cached responses expire as the clock advances.
    pub fn wait(&mut self, duration: Duration) {
        self.now = self.now.saturating_add(duration);
    }

    /// Performs a call of a script or of an element, including preflights and redirects.
    ///
    /// `service` receives the requests to all addresses.
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

    /// Navigates to the address of a link, a form or the address bar.
    ///
    /// The response becomes the new page, unless its status is 204 or 205 or the browser downloads it.
    /// The outcome contains the content of the new page. The previous page can never read it.
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
    /// let sent = outcome.requests().next().expect("a form is sent without a preflight");
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
            // Browsers apply document policies only in secure contexts.
            let headers = outcome.headers().filter(|_| is_potentially_trustworthy(url));
            self.apply_policies(headers.unwrap_or(&HeaderMap::new()));
        }
        outcome
    }

    fn apply_policies(&mut self, headers: &HeaderMap) {
        let policy = embedder_policy(headers).value();
        let is_known = policy != CrossOriginEmbedderPolicy::Credentialless
            || self.environment.engine.supports_credentialless();
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
        let Self { cookies, preflights, http_cache, now, .. } = self;
        let network = Network::new(service, cookies, http_cache.as_mut(), *now);
        let mut algorithm = FetchAlgorithm::new(network, preflights, *now);
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
                engine: Engine::default(),
                storage_access: None,
            },
            opener_policy: OpenerPolicyValue::default(),
            cookies: Cookies::default(),
            preflights: PreflightCache::default(),
            http_cache: None,
            now: Duration::ZERO,
        }
    }
}
