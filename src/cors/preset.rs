use std::{sync::LazyLock, time::Duration};

use super::{policy::CorsPolicy, rule::Rule};
#[cfg(all(feature = "guard", feature = "tower"))]
use crate::origin::OriginSet;

/// Policies for common services.
impl CorsPolicy {
    /// Returns the policy of a public API: any origin, and no credentials.
    ///
    /// It allows any method and any request header, including `Authorization`. Pages may read every response
    /// header.
    ///
    /// Pages cannot send cookies to it. Do not use it for a service that only the network protects: a page
    /// in a visitor's browser is inside that network. For data that pages only read,
    /// [`Rule::public_read_only`] allows less.
    ///
    /// ```
    /// use http::Request;
    /// use tower_cross_origin::{RequestHead, cors::{CorsPolicy, Outcome}};
    ///
    /// let policy = CorsPolicy::public_api();
    /// let preflight = Request::options("/items/1")
    ///     .header("origin", "https://anyone.example")
    ///     .header("access-control-request-method", "DELETE")
    ///     .header("access-control-request-headers", "authorization,x-anything")
    ///     .body(())
    ///     .unwrap();
    /// let decision = policy.decide(&RequestHead::from(&preflight));
    /// assert_eq!(decision.outcome(), Outcome::PreflightAllowed);
    /// ```
    pub fn public_api() -> Self {
        static PUBLIC_API: LazyLock<CorsPolicy> = LazyLock::new(|| {
            let rule = Rule::for_any_origin()
                .allow_any_method()
                .allow_any_header()
                .allow_headers(["authorization"])
                .expose_any_header()
                .max_age(TEN_MINUTES);
            CorsPolicy::without_faults(&rule.into())
        });
        PUBLIC_API.clone()
    }
}

/// Rules for common services.
impl Rule {
    /// Creates a rule for public data, such as fonts, feeds and open data.
    ///
    /// It allows no credentials, and the methods `GET`, `HEAD` and `POST`. Pages may read every response
    /// header. Pages may also send the request headers for ranges, validators and event streams: `range`,
    /// `if-range`, `if-none-match`, `if-modified-since` and `last-event-id`. They are defined in RFC 9110,
    /// sections 13 and 14, and in HTML, "Server-sent events". Browsers cache preflights for ten minutes,
    /// which is WebKit's maximum.
    ///
    /// The warning of [`for_any_origin`](Self::for_any_origin) applies.
    ///
    /// ```
    /// # use tower_cross_origin::cors::{CorsPolicy, Rule};
    /// let policy = CorsPolicy::new(Rule::public_read_only())?;
    /// assert!(policy.lints().is_empty());
    /// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
    /// ```
    pub fn public_read_only() -> Self {
        Self::for_any_origin()
            .allow_headers(READ_ONLY_HEADERS)
            .expose_any_header()
            .max_age(TEN_MINUTES)
    }

    /// Creates a rule for pages that run on the developer's own machine.
    ///
    /// It matches `localhost` and its subdomains, `127.0.0.1` and `[::1]`, with `http` or `https` and any
    /// port. It allows every method and every request header, including `Authorization`. It allows no
    /// credentials, which [`allow_credentials`](Self::allow_credentials) adds, and exposes no response
    /// headers. Browsers do not cache preflights, so a change of the policy takes effect immediately.
    ///
    /// Do not use it in production: any program on a user's machine can serve such an origin. The rule does
    /// not protect a server on that machine, which every page that the user opens can reach.
    ///
    /// ```
    /// # use tower_cross_origin::cors::{CorsPolicy, Rule};
    /// let rule = Rule::for_loopback_origins().allow_credentials(true).expose_headers(["etag"]);
    /// let policy = CorsPolicy::new(rule)?;
    /// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
    /// ```
    pub fn for_loopback_origins() -> Self {
        Self::for_origins(LOOPBACK_ORIGINS)
            .allow_any_method()
            .allow_any_header()
            .allow_headers(["authorization"])
            .max_age(Duration::ZERO)
    }

    /// Creates a rule for pages of applications that run in a webview.
    ///
    /// It matches the default origins of Tauri, Capacitor, Ionic and Cordova, for all platforms:
    ///
    /// | origin | framework |
    /// |---|---|
    /// | `tauri://localhost` | Tauri on macOS, Linux and iOS |
    /// | `http://tauri.localhost`, `https://tauri.localhost` | Tauri on Windows and Android |
    /// | `capacitor://localhost` | Capacitor on iOS |
    /// | `ionic://localhost` | the Ionic webview of Cordova on iOS |
    /// | `http://localhost`, `https://localhost` | Capacitor, Cordova and Ionic on Android |
    ///
    /// Every application of a framework has the same origin, and so has a local server at the default port. The
    /// origin therefore proves nothing about the application. With
    /// [`allow_credentials`](Self::allow_credentials), each origin is a lint. See the guide
    /// [`apps`](crate::guides::apps) for other frameworks and for extensions of browsers.
    ///
    /// ```
    /// # use tower_cross_origin::cors::{CorsPolicy, Rule};
    /// let rule = Rule::for_app_webviews()
    ///     .add_origins(["https://app.example.com"])
    ///     .allow_headers(["authorization", "content-type"]);
    /// let policy = CorsPolicy::new(rule)?;
    /// assert!(policy.lints().is_empty());
    /// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
    /// ```
    pub fn for_app_webviews() -> Self {
        Self::for_origins(APP_WEBVIEW_ORIGINS)
    }

    /// Returns whether the origins include every origin of [`for_loopback_origins`](Self::for_loopback_origins).
    #[cfg(all(feature = "guard", feature = "tower"))]
    pub(crate) fn matches_every_loopback_origin(origins: &OriginSet) -> bool {
        let has = |text: &str| origins.iter().any(|member| member.as_str() == text);
        LOOPBACK_ORIGINS.iter().all(|text| has(text))
    }

    /// Allows pages to send beacons of any media type.
    ///
    /// Allows credentials, which `navigator.sendBeacon` always includes. Adds the request header
    /// `content-type`, since a `Blob` whose media type is not safelisted needs a preflight (Beacon, section
    /// 4.2). Browsers cache preflights for ten minutes.
    ///
    /// Use it only for a service that receives beacons, such as [`Beacon`](crate::beacon): the rule allows
    /// credentials for all responses of the wrapped service.
    ///
    /// ```
    /// # use tower_cross_origin::cors::{CorsPolicy, Rule};
    /// CorsPolicy::new(Rule::for_origins(["https://app.example.com"]).allow_beacons())?;
    /// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
    /// ```
    pub fn allow_beacons(self) -> Self {
        self.allow_credentials(true).allow_headers(["content-type"]).max_age(TEN_MINUTES)
    }
}

const READ_ONLY_HEADERS: [&str; 5] =
    ["range", "if-range", "if-none-match", "if-modified-since", "last-event-id"];

const TEN_MINUTES: Duration = Duration::from_secs(600);

// https://github.com/tauri-apps/tauri/blob/dev/crates/tauri/src/manager/mod.rs (`tauri_protocol_url`)
// https://capacitorjs.com/docs/config (`iosScheme`, `androidScheme`)
// https://github.com/ionic-team/cordova-plugin-ionic-webview (`iosScheme`, `Scheme`)
const APP_WEBVIEW_ORIGINS: [&str; 7] = [
    "tauri://localhost",
    "http://tauri.localhost",
    "https://tauri.localhost",
    "capacitor://localhost",
    "ionic://localhost",
    "http://localhost",
    "https://localhost",
];

const LOOPBACK_ORIGINS: [&str; 8] = [
    "http://localhost:*",
    "https://localhost:*",
    "http://*.localhost:*",
    "https://*.localhost:*",
    "http://127.0.0.1:*",
    "https://127.0.0.1:*",
    "http://[::1]:*",
    "https://[::1]:*",
];
