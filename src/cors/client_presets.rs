//! Presets: the methods and headers that client libraries need.

#[cfg(feature = "schemars")]
use std::fmt;

use http::{HeaderMap, HeaderName};

use super::rule::Rule;
use crate::cors::header_prefixes::HeaderPrefixes;

/// The methods and headers that the pages of one client library use.
///
/// A preset allows neither origins nor credentials.
#[derive(Debug)]
pub(crate) struct Preset {
    /// The name in files.
    pub(crate) name: &'static str,
    /// Methods other than `GET`, `HEAD` and `POST`.
    pub(crate) methods: &'static [&'static str],
    /// Request headers and prefixes.
    pub(crate) request_headers: &'static [&'static str],
    /// Response headers and prefixes.
    pub(crate) exposed_headers: &'static [&'static str],
    /// Whether the client sends a `POST` that a form can send.
    pub(crate) posts_like_form: bool,
}

impl Preset {
    pub(crate) fn find(name: &str) -> Option<&'static Self> {
        PRESETS.iter().find(|preset| preset.name == name)
    }

    /// Returns all presets, in the order of the alphabet.
    #[cfg(feature = "schemars")]
    pub(crate) fn all() -> impl Iterator<Item = &'static Self> {
        PRESETS.iter()
    }

    /// Returns the preset that the names identify.
    ///
    /// A name identifies a preset if no other preset has the name. Names of two presets identify none.
    pub(crate) fn of_names<'a>(
        names: impl Iterator<Item = &'a [u8]>,
        list: impl Fn(&Self) -> &'static [&'static str],
    ) -> Option<&'static Self> {
        let mut owner: Option<&Self> = None;
        for name in names {
            let mut having = PRESETS.iter().filter(|preset| contains(list(preset), name));
            match (having.next(), having.next(), owner) {
                (Some(preset), None, Some(other)) if preset.name != other.name => return None,
                (Some(preset), None, _) => owner = Some(preset),
                _ => {}
            }
        }
        owner
    }

    /// Returns the preset that exposes some of the unexposed headers of a response.
    ///
    /// The request has a header of the preset, or the response has a header whose family only the preset uses, such as
    /// `mcp-session-id`. Many services send headers such as `etag`, which show nothing.
    pub(crate) fn of_response(
        request: &HeaderMap,
        unexposed: &[&HeaderName],
    ) -> Option<&'static Self> {
        let texts = || unexposed.iter().map(|name| name.as_str().as_bytes());
        let request = request.keys().map(|name| name.as_str().as_bytes());
        let exposes = |preset: &&Self| texts().any(|name| contains(preset.exposed_headers, name));
        let has_family = |preset: &&Self| {
            let families = || preset.request_headers.iter().filter_map(|name| family(name));
            unexposed
                .iter()
                .filter_map(|name| family(name.as_str()))
                .any(|one| families().any(|f| f == one))
        };
        let of_request = Self::of_names(request, |preset| preset.request_headers).filter(exposes);
        let of_response = || Self::of_names(texts(), |preset| preset.exposed_headers);
        of_request.or_else(|| of_response().filter(has_family))
    }

    /// Returns the name that `text` resembles, or all names if it resembles none.
    pub(crate) fn names_like(text: &str) -> Vec<String> {
        let names: Vec<&str> = PRESETS.iter().map(|preset| preset.name).collect();
        // Without files, no rule has an unknown preset.
        #[cfg(feature = "serde")]
        if let Some(name) = crate::config::nearest_word(text, &names) {
            return vec![name.to_owned()];
        }
        #[cfg(not(feature = "serde"))]
        let _ = text;
        names.into_iter().map(str::to_owned).collect()
    }
}

/// Writes the lists of the preset, for the schema.
#[cfg(feature = "schemars")]
impl fmt::Display for Preset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lists = [
            ("methods", self.methods),
            ("request headers", self.request_headers),
            ("exposed headers", self.exposed_headers),
        ];
        let mut separator = "";
        for (about, list) in lists.into_iter().filter(|(_, list)| !list.is_empty()) {
            write!(f, "{separator}{about}: {}", list.join(", "))?;
            separator = "; ";
        }
        Ok(())
    }
}

/// Returns the first of several words of a name.
///
/// It is `mcp` for `mcp-session-id`, and `amz` for `x-amz-date`.
fn family(name: &str) -> Option<&str> {
    let (word, _) = name.strip_prefix("x-").unwrap_or(name).split_once('-')?;
    Some(word)
}

/// Returns whether a list of names and prefixes contains the name, in any case.
pub(crate) fn contains(list: &[&str], name: &[u8]) -> bool {
    list.iter().any(|entry| match HeaderPrefixes::parse(entry) {
        Some(prefix) => {
            name.get(..prefix.len()).is_some_and(|s| s.eq_ignore_ascii_case(prefix.as_bytes()))
        }
        None => name.eq_ignore_ascii_case(entry.as_bytes()),
    })
}

impl Rule {
    fn add_preset(mut self, name: &'static str) -> Self {
        if !self.settings.presets.iter().any(|preset| preset == name) {
            self.settings.presets.push(name.to_owned());
        }
        self
    }
}

/// Defines the setters and the table of presets, in the order of the alphabet.
macro_rules! presets {
    ($(
        $(#[doc = $doc:literal])*
        $setter:ident = $name:literal {
            $(methods: [$method:literal $(, $methods:literal)*],)?
            $(request_headers: [$request:literal $(, $requests:literal)* $(,)?],)?
            $(exposed_headers: [$exposed:literal $(, $exposes:literal)* $(,)?],)?
            $(posts_like_form: $posts_like_form:literal,)?
        }
    )*) => {
        /// Permissions for common clients, each also in files: `presets = ["tus"]`.
        ///
        /// A preset adds methods and headers, and allows neither origins nor credentials. The presets contain the
        /// names that these clients send and read in a browser. The tests run each client, and fail if its preset
        /// lacks a name or has an unused one.
        impl Rule {
            $(
                $(#[doc = $doc])*
                ///
                #[doc = concat!("In a file: `presets = [\"", $name, "\"]`. Adds:")]
                ///
                /// | setting | names |
                /// |---|---|
                $(#[doc = concat!("| methods | `", $method, "`" $(, ", `", $methods, "`")*, " |")])?
                $(#[doc = concat!("| request headers | `", $request, "`" $(, ", `", $requests, "`")*, " |")])?
                $(#[doc = concat!("| exposed headers | `", $exposed, "`" $(, ", `", $exposes, "`")*, " |")])?
                pub fn $setter(self) -> Self {
                    self.add_preset($name)
                }
            )*
        }

        static PRESETS: &[Preset] = &[$(Preset {
            name: $name,
            methods: &[$($method $(, $methods)*)?],
            request_headers: &[$($request $(, $requests)*)?],
            exposed_headers: &[$($exposed $(, $exposes)*)?],
            posts_like_form: false $(|| $posts_like_form)?,
        }),*];
    };
}

presets! {
    /// Allows [axios] to send JSON and its header against CSRF.
    ///
    /// In Firefox and Safari, its adapter for `fetch` sends `User-Agent` after a preflight.
    ///
    /// [axios]: https://axios-http.com/docs/req_config
    allow_axios = "axios" {
        request_headers: ["content-type", "user-agent", "x-xsrf-token"],
    }

    /// Allows [FilePond] to upload files in chunks, and to remove and restore files.
    ///
    /// [FilePond]: https://pqina.nl/filepond/docs/api/server/
    allow_filepond = "filepond" {
        methods: ["DELETE", "PATCH"],
        request_headers: ["content-type", "upload-length", "upload-name", "upload-offset"],
        exposed_headers: ["content-disposition", "upload-offset"],
        posts_like_form: true,
    }

    /// Allows the single connection mode of [graphql-sse].
    ///
    /// Its other mode and Apollo Client need only `content-type`.
    ///
    /// [graphql-sse]: https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md
    allow_graphql_sse = "graphql-sse" {
        methods: ["DELETE", "PUT"],
        request_headers: ["content-type", "x-graphql-event-stream-token"],
    }

    /// Allows the gRPC-Web and Connect clients that run in a browser.
    ///
    /// Without the exposed headers, calls succeed. However, a client cannot distinguish errors if the server
    /// responds with trailers only. Add the names of your own metadata with
    /// [`allow_headers`](Self::allow_headers) and [`expose_headers`](Self::expose_headers).
    ///
    /// ```
    /// # use tower_cross_origin::cors::{CorsPolicy, Rule};
    /// let policy = CorsPolicy::new(
    ///     Rule::for_origins(["https://app.example.com"])
    ///         .allow_grpc_web()
    ///         .allow_headers(["x-tenant"]),
    /// )?;
    /// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
    /// ```
    ///
    /// Sources: [gRPC-Web](https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-WEB.md) and
    /// [Connect](https://connectrpc.com/docs/cors).
    allow_grpc_web = "grpc-web" {
        request_headers: [
            "content-type", "x-grpc-web", "x-user-agent", "grpc-timeout", "connect-protocol-version",
            "connect-timeout-ms",
        ],
        exposed_headers: ["grpc-status", "grpc-message", "grpc-status-details-bin"],
    }

    /// Allows [htmx] to load parts of a page from the service.
    ///
    /// The page needs `htmx.config.selfRequestsOnly = false`. Pages insert the HTML of the service: allow only
    /// origins that trust the service.
    ///
    /// [htmx]: https://htmx.org/reference/#headers
    allow_htmx = "htmx" {
        methods: ["DELETE", "PATCH", "PUT"],
        request_headers: ["hx-*"],
        exposed_headers: ["hx-*"],
        posts_like_form: true,
    }

    /// Allows the clients of the Model Context Protocol (MCP) that run in a browser.
    ///
    /// The method `DELETE` ends a session. The prefix includes `Mcp-Param-*`, which contain parameters of tools.
    ///
    /// ```
    /// # use tower_cross_origin::cors::{CorsPolicy, Rule};
    /// CorsPolicy::new(Rule::for_loopback_origins().allow_mcp())?;
    /// CorsPolicy::new(Rule::for_origins(["https://inspector.example"]).allow_mcp())?;
    /// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
    /// ```
    ///
    /// Sources: MCP, Streamable HTTP, of
    /// [2025-11-25](https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#streamable-http) and
    /// [2026-07-28](https://modelcontextprotocol.io/specification/2026-07-28).
    allow_mcp = "mcp" {
        methods: ["DELETE"],
        request_headers: ["authorization", "content-type", "last-event-id", "mcp-*"],
        exposed_headers: ["mcp-session-id", "www-authenticate"],
    }

    /// Allows the SDK of [OpenAI], and of services with the same API.
    ///
    /// In Firefox and Safari, the SDK sends `User-Agent` after a preflight. Chromium sends its own value instead.
    ///
    /// [OpenAI]: https://github.com/openai/openai-node
    allow_openai = "openai" {
        request_headers: ["authorization", "content-type", "user-agent", "x-stainless-*"],
        exposed_headers: ["retry-after", "retry-after-ms", "x-request-id", "x-should-retry"],
    }

    /// Allows the [OpenTelemetry] exporter for OTLP with JSON, and trace headers on other requests.
    ///
    /// Source of the trace headers: [Trace Context](https://www.w3.org/TR/trace-context/).
    ///
    /// [OpenTelemetry]: https://opentelemetry.io/docs/specs/otlp/#otlphttp
    allow_opentelemetry = "opentelemetry" {
        request_headers: ["baggage", "content-type", "traceparent", "tracestate"],
        exposed_headers: ["retry-after"],
    }

    /// Allows [PDF.js] to load a document by ranges.
    ///
    /// Without the exposed headers, it loads the whole document before it shows a page.
    ///
    /// [PDF.js]: https://github.com/mozilla/pdf.js/blob/master/src/display/network_utils.js
    allow_pdfjs = "pdfjs" {
        exposed_headers: ["accept-ranges", "content-disposition", "content-encoding"],
    }

    /// Allows the `ajax` of [RxJS] to send JSON.
    ///
    /// By default, it sends `X-Requested-With`.
    ///
    /// [RxJS]: https://rxjs.dev/api/ajax/AjaxConfig
    allow_rxjs = "rxjs" {
        request_headers: ["content-type", "x-requested-with"],
    }

    /// Allows the AWS SDK for [S3], and presigned uploads.
    ///
    /// The prefixes include the names of your own metadata: `x-amz-meta-*`.
    ///
    /// [S3]: https://docs.aws.amazon.com/AmazonS3/latest/API/RESTCommonRequestHeaders.html
    allow_s3 = "s3" {
        methods: ["DELETE", "PUT"],
        request_headers: ["amz-sdk-*", "authorization", "content-type", "x-amz-*"],
        exposed_headers: ["content-range", "etag", "x-amz-*"],
        posts_like_form: true,
    }

    /// Allows the SDK of [Sentry], whose requests also carry trace headers.
    ///
    /// [Sentry]: https://docs.sentry.io/platforms/javascript/tracing/trace-propagation/
    allow_sentry = "sentry" {
        request_headers: ["baggage", "sentry-trace"],
        exposed_headers: ["retry-after", "x-sentry-rate-limits"],
        posts_like_form: true,
    }

    /// Allows the JavaScript client of [SignalR].
    ///
    /// By default, the client sends credentials. Add [`allow_credentials(true)`](Self::allow_credentials), or set
    /// `withCredentials: false` in the page.
    ///
    /// [SignalR]: https://learn.microsoft.com/aspnet/core/signalr/javascript-client
    allow_signalr = "signalr" {
        methods: ["DELETE"],
        request_headers: ["authorization", "x-requested-with", "x-signalr-user-agent"],
        posts_like_form: true,
    }

    /// Allows pages to read event streams by `fetch` instead of `EventSource`.
    ///
    /// An `EventSource` sends both headers across origins without a preflight (HTML, "Server-sent events"). For `fetch`
    /// they need a preflight. Only some clients send `cache-control`, such as the polyfill of [eventsource]. If
    /// clients also send other headers, such as the `content-type` of a `POST` with JSON, allow these too.
    ///
    /// ```
    /// # use tower_cross_origin::cors::{CorsPolicy, Rule};
    /// let policy = CorsPolicy::new(
    ///     Rule::for_origins(["https://app.example.com"])
    ///         .allow_sse_over_fetch()
    ///         .allow_headers(["authorization", "content-type"]),
    /// )?;
    /// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
    /// ```
    ///
    /// [eventsource]: https://github.com/EventSource/eventsource
    allow_sse_over_fetch = "sse-over-fetch" {
        request_headers: ["cache-control", "last-event-id"],
    }

    /// Allows the client of [Supabase].
    ///
    /// [Supabase]: https://github.com/supabase/supabase-js
    allow_supabase = "supabase" {
        methods: ["DELETE", "PATCH", "PUT"],
        request_headers: [
            "accept-profile", "apikey", "authorization", "cache-control", "content-profile", "content-type",
            "prefer", "x-client-info", "x-retry-count", "x-supabase-api-version", "x-upsert",
        ],
        exposed_headers: ["content-range", "retry-after", "x-supabase-api-version"],
        posts_like_form: true,
    }

    /// Allows the client of [tRPC].
    ///
    /// [tRPC]: https://trpc.io/docs/rpc
    allow_trpc = "trpc" {
        request_headers: ["content-type", "trpc-accept"],
    }

    /// Allows the Turbo frames of [Hotwire].
    ///
    /// Pages insert the HTML of the service: allow only origins that trust the service.
    ///
    /// [Hotwire]: https://turbo.hotwired.dev/reference/frames
    allow_turbo = "turbo" {
        request_headers: ["turbo-frame", "x-turbo-request-id"],
        posts_like_form: true,
    }

    /// Allows clients of [tus], the protocol for resumable uploads.
    ///
    /// Uppy uses the same client.
    ///
    /// [tus]: https://tus.io/protocols/resumable-upload
    allow_tus = "tus" {
        methods: ["DELETE", "PATCH"],
        request_headers: [
            "content-type", "tus-resumable", "upload-concat", "upload-defer-length", "upload-length",
            "upload-metadata", "upload-offset",
        ],
        exposed_headers: ["location", "upload-length", "upload-offset"],
        posts_like_form: true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presets_are_sorted_by_name() {
        assert!(PRESETS.is_sorted_by_key(|preset| preset.name));
    }
}
