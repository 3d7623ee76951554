mod origins;
#[cfg(feature = "regex")]
mod regexes;

use std::time::Duration;

pub(super) use self::origins::Origins;
use super::predicate::Predicates;

/// Which origins may read responses, and what they may send.
///
/// A rule is plain data: nothing is looked at before [`CorsPolicy::new`] takes it and reports every
/// fault at once. A predicate lives in code alone, and is left out where rules are compared. Every
/// setter adds to what is there. Methods and names may be given as
/// [`http::Method`] and [`http::HeaderName`], or as text.
///
/// ```
/// use std::time::Duration;
/// use http::{Method, header::{CONTENT_TYPE, ETAG}};
/// use tower_cross_origin::cors::{CorsPolicy, Rule};
///
/// let policy = CorsPolicy::new(
///     Rule::for_origins(["https://app.example.com", "https://admin.example.com"])
///         .allow_credentials()
///         .allow_methods([Method::PUT, Method::DELETE])
///         .allow_request_headers([CONTENT_TYPE])
///         .expose_response_headers([ETAG])
///         .max_age(Duration::from_secs(600)),
/// )?;
/// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
/// ```
///
/// With the feature `serde` a rule is read and written as [`CorsConfig`](crate::cors::CorsConfig) shows.
/// Of a shared set the patterns and the regular expressions are written, of predicates nothing. A
/// [`max_age`](Self::max_age) with a part of a second, which no policy takes, cannot be written.
///
/// [`CorsPolicy::new`]: crate::cors::CorsPolicy::new
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own, as a file has it")]
#[must_use = "a rule does nothing before a `CorsPolicy` is made of it"]
pub struct Rule {
    pub(super) origins: Origins,
    pub(super) origin_regexes: Vec<String>,
    pub(super) predicates: Predicates,
    pub(super) credentials: bool,
    pub(super) methods: Vec<String>,
    pub(super) request_headers: Vec<String>,
    pub(super) expose_headers: Vec<String>,
    pub(super) max_age: Option<Duration>,
    pub(super) dangerously_allow_null_origin: bool,
    pub(super) dangerously_allow_insecure_origins: bool,
    pub(super) dangerously_allow_public_suffixes: bool,
}

impl Rule {
    /// Lets pages read what a request with the user's cookies, certificates or HTTP authentication
    /// was answered. <https://fetch.spec.whatwg.org/#http-access-control-allow-credentials>
    ///
    /// ```
    /// # use tower_cross_origin::cors::Rule;
    /// let rule = Rule::for_origins(["https://app.example.com"]).allow_credentials();
    /// ```
    pub fn allow_credentials(mut self) -> Self {
        self.credentials = true;
        self
    }

    /// Lets pages use these methods, beside `GET`, `HEAD` and `POST`, which always pass.
    ///
    /// ```
    /// # use tower_cross_origin::cors::Rule;
    /// // "PUT", "PATCH", "CHICKEN"   permitted
    /// // "GET", "HEAD", "POST"       permitted, without need: every page may use them
    /// // "patch"                     permitted, and another method than "PATCH"
    /// // "put"                       prohibited: browsers send "PUT"
    /// // "CONNECT", "TRACE", "TRACK" prohibited: no page can use them
    /// // "*"                         permitted: the same as `allow_any_method()`
    /// let rule = Rule::for_any_origin().allow_methods([http::Method::PUT]).allow_methods(["CHICKEN"]);
    /// ```
    pub fn allow_methods<I>(mut self, methods: I) -> Self
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        self.methods.extend(texts(methods));
        self
    }

    /// Lets pages use every method.
    ///
    /// Answered with `*`, or, with credentials, with the method that the page asks for.
    ///
    /// ```
    /// # use tower_cross_origin::cors::Rule;
    /// let rule = Rule::for_any_origin().allow_any_method();
    /// ```
    pub fn allow_any_method(self) -> Self {
        self.allow_methods([ANY])
    }

    /// Lets pages set these request headers, beside those that need no preflight.
    ///
    /// ```
    /// # use tower_cross_origin::cors::Rule;
    /// // "content-type"              permitted: for values such as "application/json"
    /// // "Authorization"             permitted
    /// // "accept-language"           permitted, without need: hardly any value needs a preflight
    /// // "cookie", "sec-fetch-site"  prohibited: no page can set them
    /// // "access-control-allow-..."  prohibited: a response header
    /// // "x header"                  prohibited: not a token
    /// // "*"                         permitted: the same as `allow_any_request_header()`
    /// let rule = Rule::for_any_origin().allow_request_headers(["content-type", "authorization"]);
    /// ```
    pub fn allow_request_headers<I>(mut self, names: I) -> Self
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        self.request_headers.extend(texts(names));
        self
    }

    /// Lets pages set every request header but `Authorization`, which is always named explicitly.
    ///
    /// Answered with `*`, or, with credentials, with the names that the page asks for.
    /// <https://fetch.spec.whatwg.org/#cors-non-wildcard-request-header-name>
    ///
    /// Chromium, Firefox and Safari let a `*` that they are answered cover `Authorization` all the same
    /// (<https://github.com/whatwg/fetch/issues/1919>); here a preflight that asks for it is refused
    /// unless it is named.
    ///
    /// ```
    /// # use tower_cross_origin::cors::Rule;
    /// let rule = Rule::for_any_origin().allow_any_request_header();
    /// let with_tokens = rule.allow_request_headers([http::header::AUTHORIZATION]);
    /// ```
    pub fn allow_any_request_header(self) -> Self {
        self.allow_request_headers([ANY])
    }

    /// Lets pages read these response headers, beside the seven that every page may read.
    ///
    /// ```
    /// # use tower_cross_origin::cors::Rule;
    /// // "etag", "x-request-id"      permitted
    /// // "content-type"              permitted, without need: every page may read it
    /// // "set-cookie"                prohibited: no page can read it
    /// // "*"                         permitted without credentials: the same as `expose_any_response_header()`
    /// let rule = Rule::for_any_origin().expose_response_headers(["etag", "x-request-id"]);
    /// ```
    pub fn expose_response_headers<I>(mut self, names: I) -> Self
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        self.expose_headers.extend(texts(names));
        self
    }

    /// Lets pages read every response header. With credentials this is a fault: browsers then take
    /// `*` for a name. <https://fetch.spec.whatwg.org/#http-access-control-expose-headers>
    ///
    /// ```
    /// # use tower_cross_origin::cors::Rule;
    /// let rule = Rule::for_any_origin().expose_any_response_header();
    /// ```
    pub fn expose_any_response_header(self) -> Self {
        self.expose_response_headers([ANY])
    }

    /// For how long a browser may keep a preflight's answer; 5 seconds where this is not set.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use tower_cross_origin::cors::Rule;
    /// // Duration::from_secs(600)      permitted: what WebKit keeps at most
    /// // Duration::from_secs(7200)     permitted: what Chromium keeps at most
    /// // Duration::ZERO                permitted: every request is preflighted
    /// // Duration::from_millis(1500)   prohibited: the header counts whole seconds
    /// // Duration::from_secs(86_401)   prohibited: no browser keeps it for longer than a day
    /// let rule = Rule::for_any_origin().max_age(Duration::from_secs(600));
    /// ```
    pub fn max_age(mut self, max_age: Duration) -> Self {
        self.max_age = Some(max_age);
        self
    }

    fn new(origins: Origins) -> Self {
        Self {
            origins,
            origin_regexes: Vec::new(),
            predicates: Predicates::default(),
            credentials: false,
            methods: Vec::new(),
            request_headers: Vec::new(),
            expose_headers: Vec::new(),
            max_age: None,
            dangerously_allow_null_origin: false,
            dangerously_allow_insecure_origins: false,
            dangerously_allow_public_suffixes: false,
        }
    }
}

pub(super) const ANY: &str = "*";

fn texts<I>(items: I) -> Vec<String>
where
    I: IntoIterator<Item: AsRef<str>>,
{
    items.into_iter().map(|item| item.as_ref().to_owned()).collect()
}
