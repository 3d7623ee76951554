//! The messages of all faults, lints and parse errors have a problem, a reason and a fix.

use std::collections::BTreeSet;

use super::{Diagnostic, Message};
use crate::{
    cors::{self, CorsPolicy},
    cross_origin::{self, CrossOriginConfig, CrossOriginPolicy},
    embedding,
    guard::{self, HostPatternErrorKind, PathErrorKind},
    jsonp::{self, CallbackError},
    limits::{self, DIAGNOSTICS, HOST_NAMES, LISTED_NAMES, PATHS, POLICY_REGEXES},
    origin::{InvalidOriginError, OriginErrorKind, OriginPattern, OriginRegexErrorKind, OriginSet},
    push::EventError,
};

/// Implements `Named` for enums, and lists all variants.
///
/// The match is exhaustive: a new variant does not compile until it is listed here, and then needs a row.
macro_rules! names {
    ($($kind:path as $section:literal { $($variant:ident),+ $(,)? } $({ $($wrapper:ident),+ })?)+) => {
        $(impl Named for $kind {
            fn name(&self) -> String {
                use $kind as Kind;
                match self {
                    $(Kind::$variant { .. } => concat!($section, ".", stringify!($variant)).to_owned(),)+
                    $($(Kind::$wrapper(kind) => kind.name(),)+)?
                }
            }
        })+

        const ALL_NAMES: &[&str] = &[$($(concat!($section, ".", stringify!($variant)),)+)+];
    };
}

/// A kind of diagnostic with a unique name.
trait Named {
    fn name(&self) -> String;
}

names! {
    cors::FaultKind as "cors" {
        UnknownKey, NoRules, TooManyRules, NoPaths, MalformedPublicSuffix, MalformedRuleName, RepeatedRuleName, NoOrigins, AnyOriginNextToOthers, UnknownList,
        TooManyNamedOrigins, TooManyRegexes, TooManyNames, OriginRegexWithoutFeature, AnyOriginWithCredentials, NullOriginWithCredentials,
        InsecureOriginWithCredentials, InsecureOriginRegexWithCredentials, PublicSuffixWithCredentials,
        UnknownSuffixWithCredentials, ManyDomainsWithCredentials, RegexTooComplexWithCredentials,
        UnknownPreset, MalformedMethod, ForbiddenMethod, UnnormalizedMethod, WildcardInMethod,
        MalformedHeaderName, WildcardInHeaderName, ForbiddenRequestHeader, ResponseHeaderAsRequestHeader,
        ForbiddenResponseHeader, RequestHeaderAsResponseHeader, AnyResponseHeaderWithCredentials,
        FractionalMaxAge, MaxAgeTooLong, PreflightStatusNotOk, NotSingleOrigin,
        RuleIndexOutOfRange, UnknownRuleName, RuleForAnyOrigin, RuleWithStaticOrigin,
        StaticOriginNextToOthers, StaticOriginWithOtherRules, StaticOriginWithEnforce, OriginRegex,
    } { Origin, Path }
    cors::LintKind as "cors" {
        RepeatedOrigin, RedundantOrigin, MalformedALabel, PublicSuffix, UnescapedDot, OtherDomain,
        RegexTooComplex, NoOriginMatches, ShadowedOrigin, ShadowedRule, MoreOriginsAtPath, LoopbackOriginWithCredentials, FrameworkOriginWithCredentials,
        ApplicationOriginWithCredentials, LocalNamesWithCredentials, OpenHostWithCredentials,
        NoCredentialsForAnyOrigin, NullNextToAnyOrigin, NoInsecureOrigin, NoPublicSuffix, RepeatedPreset, ContainedInPreset,
        RepeatedMethod, SafelistedMethod, LowerCaseMethod, RepeatedHeader, BroadHeaderPrefix, ReservedHeaderPrefix, RedundantHeaderPrefix,
        RedundantNextToAny, SafelistedRequestHeader,
        SafelistedResponseHeader, PreflightResponseHeader, MaxAgeAboveCap, Incomplete, ServiceOriginsWithoutEnforce, ExemptPathsWithoutEnforce,
    }
    guard::FaultKind as "guard" {
        NoHosts, AnyOriginTrusted, InsecureOriginTrusted, InsecureOriginRegexTrusted, PublicSuffixTrusted,
        UnknownSuffixTrusted, ManyDomainsTrusted, RegexTooComplexTrusted,
    } { Origin, Host, Path }
    embedding::FaultKind as "embedding" {
        UnknownKey, NoHeaders, NoopenerReportOnly, UnknownEndpoint, MalformedEndpointName, RepeatedEndpoint,
        TooManyEndpoints, TooManyTimingOrigins, TooManyNamedOrigins, InsecureEndpoint, EndpointOrigin, MalformedEndpointPath, NoOrigins, UnknownList, NotSingleOrigin,
        NotFrameAncestor, TooManyFrameAncestors, UntrustedStorageAccess,
    } { Origin }
    embedding::LintKind as "embedding" { NotIsolated, ReportOnlyWithoutEndpoint }
    jsonp::FaultKind as "jsonp" { UnknownKey, TooManyNames, EmptyParameter, NoCallbacks, EmptyPrefix, MalformedFileName } { Path, Callback }
    cross_origin::FaultKind as "cross_origin" {
        UnknownKey, NoLayers, MalformedListName, UnknownList, TooManyNamedOrigins, TooManyMediaTypes, NotSingleOrigin, MalformedHeaderValue, InvalidMediaType,
        NoPaths, InvalidPercentage, ClockWithoutFeature, SharedSetting, PreflightsWithoutCors,
    } { Origin, Cors, Guard, Path, Embedding, Jsonp }
    cross_origin::LintKind as "cross_origin" {
        UnusedList, NoResourcePolicy, TimingBeyondCors, WebSocketBeyondCors, CorsDeniedByFetchMetadata,
        WebSocketsDeniedByFetchMetadata, JsonpDeniedByFetchMetadata, PingsDenied, JsonPingsWithoutCredentials, JsonpWithCookies,
        KeepAliveAfterMaxAge, JitterWithoutMaxAge, Incomplete, ServiceOriginDenied, UnusedServiceOrigins, UnusedExemptPaths,
        CorsDeniedByCsrf, PostsDeniedByCsrf, PresetDeniedByCsrf, WritesByAnyOrigin,
    } { Cors, Embedding }
    OriginErrorKind as "origin" {
        Empty, TooLong, SeveralOrigins, Whitespace, Null, AnyOrigin, RegularExpression, MissingScheme,
        MalformedScheme, FileScheme, UpperCase, Userinfo, TrailingSlash, Path, Query, Fragment,
        DefaultPort, MalformedPort, MissingHost, UnicodeHost, MalformedHost, EmptyLabel, TrailingDot,
        HostTooLong, Ipv4, Ipv6, AnyScheme, AnyHost, AnyApplication, WildcardInLabel, WildcardInside, RepeatedWildcard,
        WildcardBeforeAddress, WildcardInPort,
    }
    OriginRegexErrorKind as "regex" { Empty, TooLong, Malformed, Unicode, TooLarge, TooMany }
    PathErrorKind as "path" {
        Relative, QueryOrFragment, EmptySegment, DotSegment, EncodedSlash, Backslash, Unencoded,
        Semicolon, EncodedCharacter, TooMany,
    }
    HostPatternErrorKind as "host" {
        Empty, Scheme, MoreThanHost, UpperCase, TrailingDot, Unicode, Port, AnyHost, Wildcard, Malformed,
        LeadingDot, SeveralNames, RegularExpression, AddressRange, Ipv6, TooMany,
    }
    CallbackError as "callback" { TooLong, Malformed, ReservedWord, Dangerous, NotAllowed }
}

/// A configuration file for each kind.
#[rustfmt::skip]
const ROWS: &[(&str, &str)] = &[
    // Faults of CORS.
    ("cors.UnknownKey", "cors.rules = [{ orgins = ['*'], preflight_status = 200 }]"),
    ("cors.NoRules", "[cors]"),
    ("cors.NoPaths", "cors.rules = [{ origins = ['*'], paths = [] }]"),
    ("cors.MalformedPublicSuffix", "cors.rules = [{ origins = ['https://a.example'], public_suffixes = ['*.a.example'] }]"),
    ("cors.MalformedRuleName", "cors.rules = [{ name = 'a b', origins = ['https://a.example'] }]"),
    ("cors.RepeatedRuleName", "cors.rules = [{ name = 'a', origins = ['https://a.example'] }, { name = 'a', origins = ['https://b.example'] }]"),
    ("cors.NoOrigins", "cors.rules = [{ origins = [] }]"),
    ("cors.AnyOriginNextToOthers", "cors.rules = [{ origins = ['https://a.example', '*'] }]"),
    ("cors.UnknownList", "cors.rules = [{ origins = ['@partners'] }]"),
    ("cors.AnyOriginWithCredentials", "cors.rules = [{ origins = ['*'], allow_credentials = true }]"),
    ("cors.NullOriginWithCredentials", "cors.rules = [{ origins = ['https://a.example'], dangerously_allow_null_origin = true, allow_credentials = true }]"),
    ("cors.InsecureOriginWithCredentials", "cors.rules = [{ origins = ['http://a.example'], allow_credentials = true }]"),
    ("cors.InsecureOriginRegexWithCredentials", "cors.rules = [{ origin_regexes = ['https?://a\\.example'], allow_credentials = true }]"),
    ("cors.PublicSuffixWithCredentials", "cors.rules = [{ origins = ['https://*.github.io'], allow_credentials = true }]"),
    ("cors.UnknownPreset", "cors.rules = [{ origins = ['*'], presets = ['tusd'] }]"),
    ("cors.MalformedMethod", "cors.rules = [{ origins = ['*'], allow_methods = ['GET,PUT'] }]"),
    ("cors.ForbiddenMethod", "cors.rules = [{ origins = ['*'], allow_methods = ['TRACE'] }]"),
    ("cors.UnnormalizedMethod", "cors.rules = [{ origins = ['*'], allow_methods = ['put'] }]"),
    ("cors.MalformedHeaderName", "cors.rules = [{ origins = ['*'], allow_headers = ['x a'] }]"),
    ("cors.WildcardInMethod", "cors.rules = [{ origins = ['*'], allow_methods = ['P*'] }]"),
    ("cors.WildcardInHeaderName", "cors.rules = [{ origins = ['*'], allow_headers = ['auth*'] }]"),
    ("cors.ForbiddenRequestHeader", "cors.rules = [{ origins = ['*'], allow_headers = ['cookie'] }]"),
    ("cors.ResponseHeaderAsRequestHeader", "cors.rules = [{ origins = ['*'], allow_headers = ['access-control-allow-origin'] }]"),
    ("cors.ForbiddenResponseHeader", "cors.rules = [{ origins = ['*'], expose_headers = ['set-cookie'] }]"),
    ("cors.RequestHeaderAsResponseHeader", "cors.rules = [{ origins = ['*'], expose_headers = ['access-control-request-method'] }]"),
    ("cors.AnyResponseHeaderWithCredentials", "cors.rules = [{ origins = ['https://a.example'], expose_headers = ['*'], allow_credentials = true }]"),
    ("cors.MaxAgeTooLong", "cors.rules = [{ origins = ['*'], max_age = 100000 }]"),
    ("cors.PreflightStatusNotOk", "cors = { preflight_status = 302, rules = [{ origins = ['*'] }] }"),
    ("cors.OriginRegex", "cors.rules = [{ origin_regexes = ['https://(a'] }]"),
    ("cors.StaticOriginNextToOthers", "cors.rules = [{ static_origin = 'https://a.example', origins = ['https://b.example'] }]"),
    ("cors.StaticOriginWithOtherRules", "cors.rules = [{ static_origin = 'https://a.example' }, { origins = ['https://b.example'] }]"),
    ("cors.StaticOriginWithEnforce", "cors = { enforce = true, rules = [{ static_origin = 'https://a.example' }] }"),
    ("cors.ManyDomainsWithCredentials", "cors.rules = [{ origin_regexes = ['https://.*\\.vercel\\.app'], allow_credentials = true }]"),
    ("cors.RegexTooComplexWithCredentials", "cors.rules = [{ origin_regexes = ['https://.*a.{14}\\.example\\.com'], allow_credentials = true }]"),
    // Lints of CORS.
    ("cors.RepeatedOrigin", "cors.rules = [{ origins = ['https://a.example', 'https://a.example'] }]"),
    ("cors.RedundantOrigin", "cors.rules = [{ origins = ['https://*.a.example', 'https://b.a.example'] }]"),
    ("cors.MalformedALabel", "cors.rules = [{ origins = ['https://xn--a.example'] }]"),
    ("cors.PublicSuffix", "cors.rules = [{ origins = ['https://*.github.io'] }]"),
    ("cors.UnescapedDot", "cors.rules = [{ origin_regexes = ['https://www.example\\.com'] }]"),
    ("cors.OtherDomain", "cors.rules = [{ origin_regexes = ['https://.*example\\.com'] }]"),
    ("cors.RegexTooComplex", "cors.rules = [{ origin_regexes = ['(.?){326}'] }]"),
    ("cors.NoOriginMatches", "cors.rules = [{ origin_regexes = ['app'] }]"),
    ("cors.ShadowedOrigin", "cors.rules = [{ origins = ['https://a.example'] }, { origins = ['https://a.example', 'https://b.example'] }]"),
    ("cors.ShadowedRule", "cors.rules = [{ origins = ['https://a.example'] }, { origins = ['https://a.example'] }]"),
    ("cors.MoreOriginsAtPath", "cors.rules = [{ origins = ['https://a.example'], paths = ['/a/*'] }, { origins = ['https://b.example'] }]"),
    ("cors.FrameworkOriginWithCredentials", "cors.rules = [{ origins = ['tauri://localhost'], allow_credentials = true }]"),
    ("cors.LoopbackOriginWithCredentials", "cors.rules = [{ origins = ['http://localhost:3000'], allow_credentials = true }]"),
    ("cors.ApplicationOriginWithCredentials", "cors.rules = [{ origins = ['https://localhost'], allow_credentials = true }]"),
    ("cors.LocalNamesWithCredentials", "cors.rules = [{ origins = ['https://*.local'], allow_credentials = true }]"),
    ("cors.OpenHostWithCredentials", "cors.rules = [{ origin_regexes = ['chrome-extension://.*'], allow_credentials = true }]"),
    ("cors.NoCredentialsForAnyOrigin", "cors.rules = [{ origins = ['*'], dangerously_allow_credentials_for_any_origin = true }]"),
    ("cors.NullNextToAnyOrigin", "cors.rules = [{ origins = ['*'], dangerously_allow_null_origin = true }]"),
    ("cors.NoInsecureOrigin", "cors.rules = [{ origins = ['*'], dangerously_allow_insecure_origins = true }]"),
    ("cors.NoPublicSuffix", "cors.rules = [{ origins = ['*'], dangerously_allow_public_suffixes = true }]"),
    ("cors.RepeatedPreset", "cors.rules = [{ origins = ['*'], presets = ['tus', 'tus'] }]"),
    ("cors.ContainedInPreset", "cors.rules = [{ origins = ['*'], presets = ['tus'], allow_methods = ['PATCH'] }]"),
    ("cors.RepeatedMethod", "cors.rules = [{ origins = ['*'], allow_methods = ['PUT', 'PUT'] }]"),
    ("cors.SafelistedMethod", "cors.rules = [{ origins = ['*'], allow_methods = ['GET'] }]"),
    ("cors.LowerCaseMethod", "cors.rules = [{ origins = ['*'], allow_methods = ['patch'] }]"),
    ("cors.RepeatedHeader", "cors.rules = [{ origins = ['*'], allow_headers = ['x-a', 'X-A'] }]"),
    ("cors.BroadHeaderPrefix", "cors.rules = [{ origins = ['*'], allow_headers = ['x-*'] }]"),
    ("cors.ReservedHeaderPrefix", "cors.rules = [{ origins = ['*'], allow_headers = ['sec-*'] }]"),
    ("cors.RedundantHeaderPrefix", "cors.rules = [{ origins = ['*'], allow_headers = ['x-amz-*', 'x-amz-meta-*'] }]"),
    ("cors.RedundantNextToAny", "cors.rules = [{ origins = ['*'], allow_headers = ['*', 'x-a'] }]"),
    ("cors.SafelistedRequestHeader", "cors.rules = [{ origins = ['*'], allow_headers = ['accept'] }]"),
    ("cors.SafelistedResponseHeader", "cors.rules = [{ origins = ['*'], expose_headers = ['content-type'] }]"),
    ("cors.PreflightResponseHeader", "cors.rules = [{ origins = ['*'], expose_headers = ['access-control-max-age'] }]"),
    ("cors.MaxAgeAboveCap", "cors.rules = [{ origins = ['*'], max_age = 7200 }]"),
    // Guards.
    ("guard.NoHosts", "guard.host = {}"),
    ("host.Empty", "guard.host.names = ['']"),
    ("host.Scheme", "guard.host.names = ['https://a.example']"),
    ("host.MoreThanHost", "guard.host.names = ['a.example/b']"),
    ("host.UpperCase", "guard.host.names = ['A.example']"),
    ("host.TrailingDot", "guard.host.names = ['a.example.']"),
    ("host.Unicode", "guard.host.names = ['ü.example']"),
    ("host.Port", "guard.host.names = ['a.example:0']"),
    ("host.AnyHost", "guard.host.names = ['*']"),
    ("host.LeadingDot", "guard.host.names = ['.a.example']"),
    ("host.SeveralNames", "guard.host.names = ['a.example, b.example']"),
    ("host.RegularExpression", "guard.host.names = ['~^a']"),
    ("host.AddressRange", "guard.host.names = ['10.0.0.0/8']"),
    ("host.Ipv6", "guard.host.names = ['::1']"),
    ("host.Wildcard", "guard.host.names = ['a.*.example']"),
    ("host.Malformed", "guard.host.names = ['a..b']"),
    ("path.Relative", "exempt_paths = ['a']\nguard.csrf = {}"),
    ("path.QueryOrFragment", "exempt_paths = ['/a?b']\nguard.csrf = {}"),
    ("path.EmptySegment", "exempt_paths = ['/a//b']\nguard.csrf = {}"),
    ("path.DotSegment", "exempt_paths = ['/a/../b']\nguard.csrf = {}"),
    ("path.EncodedSlash", "exempt_paths = ['/a%2Fb']\nguard.csrf = {}"),
    ("path.Backslash", "exempt_paths = ['/a\\b']\nguard.csrf = {}"),
    ("path.Unencoded", "exempt_paths = ['/a b']\nguard.csrf = {}"),
    ("path.Semicolon", "cors = { rules = [{ origins = ['*'] }], not_handled = ['/a;b'] }"),
    ("path.EncodedCharacter", "cors.rules = [{ origins = ['*'], paths = ['/%41'] }]"),
    ("guard.AnyOriginTrusted", "guard.csrf.trust_origins = ['*']"),
    ("guard.InsecureOriginTrusted", "guard.csrf.trust_origins = ['http://a.example']"),
    ("guard.PublicSuffixTrusted", "guard.web_socket.trust_origins = ['https://*.github.io']"),
    ("guard.ManyDomainsTrusted", "guard.web_socket.trust_origins = ['https://*.amazonaws.com']"),
    // Embedding.
    ("embedding.UnknownKey", "embedding.opener = 'same-origin'"),
    ("embedding.NoHeaders", "[embedding]"),
    ("embedding.NoopenerReportOnly", "embedding.opener_policy_report_only = 'noopener-allow-popups'"),
    ("embedding.UnknownEndpoint", "embedding.opener_policy = { policy = 'same-origin', report_to = 'main' }"),
    ("embedding.MalformedEndpointName", "embedding.reporting_endpoints = { Main = '/reports' }"),
    ("embedding.InsecureEndpoint", "embedding.reporting_endpoints = { main = 'http://a.example/' }"),
    ("embedding.EndpointOrigin", "embedding.reporting_endpoints = { main = 'https://A.example/' }"),
    ("embedding.MalformedEndpointPath", "embedding.reporting_endpoints = { main = '/reports#a' }"),
    ("embedding.NoOrigins", "embedding.timing_allow_origin = []"),
    ("embedding.UnknownList", "embedding.timing_allow_origin = ['@partners']"),
    ("embedding.NotSingleOrigin", "embedding.timing_allow_origin = ['https://*.example']"),
    ("embedding.NotFrameAncestor", "embedding.frame_ancestors = ['http://[::1]:3000']"),
    ("embedding.UntrustedStorageAccess", "embedding.activate_storage_access = ['https://*.github.io']"),
    ("embedding.NotIsolated", "embedding.embedder_policy = 'require-corp'"),
    ("embedding.ReportOnlyWithoutEndpoint", "embedding.opener_policy_report_only = 'same-origin'"),
    // JSONP.
    ("jsonp.UnknownKey", "jsonp.param = 'callback'"),
    ("jsonp.EmptyParameter", "jsonp.parameters = ['']"),
    ("jsonp.NoCallbacks", "jsonp.callbacks = { one_of = [] }"),
    ("jsonp.EmptyPrefix", "jsonp.callbacks = { prefix = '' }"),
    ("jsonp.MalformedFileName", "jsonp.file_name = 'a b'"),
    ("callback.Malformed", "jsonp.callbacks = { one_of = ['a()'] }"),
    ("callback.ReservedWord", "jsonp.callbacks = { one_of = ['a.class'] }"),
    ("callback.Dangerous", "jsonp.callbacks = { one_of = ['alert'] }"),
    ("callback.TooLong", "jsonp.callbacks = { one_of = ['aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'] }"),
    // All sections.
    ("cross_origin.UnknownKey", "csrf = {}\nguards = {}\nguard.csrf.rules = []"),
    ("cross_origin.NoLayers", ""),
    ("cross_origin.MalformedListName", "origins.'a b' = ['https://a.example']"),
    ("cross_origin.UnknownList", "guard.csrf.trust_origins = ['@partners']"),
    ("cross_origin.NotSingleOrigin", "service_origins = ['https://*.example']"),
    ("cross_origin.SharedSetting", "cors = { service_origins = ['https://a.example'], enforce = true, rules = [{ origins = ['*'] }] }"),
    ("cross_origin.MalformedHeaderValue", "sse.cache_control = \"a\\nb\""),
    ("cross_origin.InvalidMediaType", "sse.other_media_types = ['ndjson']"),
    ("cross_origin.PreflightsWithoutCors", "guard.require_preflight = {}"),
    ("cross_origin.NoPaths", "beacon.paths = []"),
    ("cross_origin.InvalidPercentage", "sse.jitter_percent = 101"),
    ("cross_origin.UnusedList", "beacon.paths = ['/ping']\norigins.partners = ['https://a.example']"),
    ("cross_origin.NoResourcePolicy", "embedding.embedder_policy = 'require-corp'"),
    ("cross_origin.TimingBeyondCors", "embedding.timing_allow_origin = '*'\ncors.rules = [{ origins = ['https://a.example'] }]"),
    ("cross_origin.WebSocketBeyondCors", "guard.web_socket.trust_origins = ['https://b.example']\ncors.rules = [{ origins = ['https://a.example'] }]"),
    ("cross_origin.CorsDeniedByFetchMetadata", "guard.fetch_metadata = {}\ncors.rules = [{ origins = ['*'] }]"),
    ("cross_origin.WebSocketsDeniedByFetchMetadata", "guard.fetch_metadata = {}\nguard.web_socket.trust_origins = ['https://b.example']"),
    ("cross_origin.JsonpDeniedByFetchMetadata", "guard.fetch_metadata = {}\njsonp.paths = ['/feed']"),
    ("cross_origin.PingsDenied", "guard.csrf = {}\nbeacon.paths = ['/ping']"),
    ("cross_origin.JsonPingsWithoutCredentials", "beacon.paths = ['/ping']\ncors.rules = [{ origins = ['*'], allow_headers = ['content-type'] }]"),
    ("cross_origin.JsonpWithCookies", "jsonp.paths = ['/feed']"),
    ("cross_origin.KeepAliveAfterMaxAge", "sse = { keep_alive = 60, max_age = 60 }"),
    ("cross_origin.JitterWithoutMaxAge", "sse.jitter_percent = 10"),
    ("cross_origin.UnusedServiceOrigins", "service_origins = ['https://a.example']\nguard.fetch_metadata = {}"),
    ("cross_origin.UnusedExemptPaths", "exempt_paths = ['/a']\nguard.web_socket = {}"),
    ("cross_origin.CorsDeniedByCsrf", "guard.csrf.trust_origins = []\ncors.rules = [{ origins = ['https://a.example'], allow_credentials = true, allow_methods = ['PUT'] }]"),
    ("cross_origin.PresetDeniedByCsrf", "guard.csrf = {}\ncors.rules = [{ origins = ['https://a.example'], presets = ['tus'] }]"),
    ("cross_origin.PostsDeniedByCsrf", "guard.csrf = {}\ncors.rules = [{ origins = ['https://a.example'], allow_methods = ['PUT'] }]"),
    ("cross_origin.WritesByAnyOrigin", "guard.csrf = {}\ncors.rules = [{ origins = ['*'], allow_methods = ['PUT'] }]"),
    ("cross_origin.ServiceOriginDenied", "service_origins = ['https://a.example']\nguard.host.names = ['b.example']"),
];

/// Returns a configuration file for each kind that only a long list causes.
fn long_files() -> Vec<(&'static str, String)> {
    let list = |length: usize, item: fn(usize) -> String| {
        let items: Vec<String> = (0..length).map(|index| format!("'{}'", item(index))).collect();
        format!("[{}]", items.join(", "))
    };
    let origin = |index| format!("https://a{index}.example");
    let name = |index| format!("a{index}");
    let names = list(LISTED_NAMES + 1, name);
    let endpoints: Vec<String> =
        (0..=LISTED_NAMES).map(|index| format!("a{index} = '/r'")).collect();
    let regexes = list(limits::REGEXES / 2, |index| format!("https://a{index}"));
    let rule = format!("[[cors.rules]]\norigin_regexes = {regexes}\n");
    let requests = 65;
    vec![
        ("cors.TooManyRegexes", rule.repeat(2 * POLICY_REGEXES / limits::REGEXES + 1)),
        (
            "cors.TooManyNames",
            format!("cors.rules = [{{ origins = ['*'], allow_headers = {names} }}]"),
        ),
        (
            "cors.Incomplete",
            format!(
                "cors.rules = [{{ origins = {} }}]",
                list(DIAGNOSTICS + 2, |_| "https://a.example".to_owned())
            ),
        ),
        (
            "path.TooMany",
            format!("beacon.paths = {}", list(PATHS + 1, |index| format!("/a{index}"))),
        ),
        ("host.TooMany", format!("guard.host.names = {}", list(HOST_NAMES + 1, name))),
        ("jsonp.TooManyNames", format!("jsonp.parameters = {names}")),
        (
            "embedding.TooManyEndpoints",
            format!("embedding.reporting_endpoints = {{ {} }}", endpoints.join(", ")),
        ),
        (
            "embedding.TooManyFrameAncestors",
            format!("embedding.frame_ancestors = {}", list(LISTED_NAMES + 1, origin)),
        ),
        (
            "embedding.TooManyTimingOrigins",
            format!("embedding.timing_allow_origin = {}", list(LISTED_NAMES + 1, origin)),
        ),
        (
            "cross_origin.TooManyMediaTypes",
            format!(
                "sse.other_media_types = {}",
                list(LISTED_NAMES + 1, |index| format!("application/a{index}"))
            ),
        ),
        (
            "cross_origin.Incomplete",
            format!(
                "service_origins = {}\nguard.host.names = ['*.example']",
                list(requests, origin)
            ),
        ),
    ]
}

/// An origin for each kind of invalid origin.
const ORIGINS: &[(&str, &str)] = &[
    ("origin.Empty", ""),
    ("origin.SeveralOrigins", "https://a.example, https://b.example"),
    ("origin.Whitespace", "https://a.example b"),
    ("origin.Null", "null"),
    ("origin.AnyOrigin", "*"),
    ("origin.RegularExpression", r"^https://a\.example$"),
    ("origin.MissingScheme", "a.example"),
    ("origin.MalformedScheme", "1http://a.example"),
    ("origin.FileScheme", "file:///a"),
    ("origin.UpperCase", "https://A.example"),
    ("origin.Userinfo", "https://a@b.example"),
    ("origin.TrailingSlash", "https://a.example/"),
    ("origin.Path", "https://a.example/b"),
    ("origin.Query", "https://a.example?b"),
    ("origin.Fragment", "https://a.example#b"),
    ("origin.DefaultPort", "https://a.example:443"),
    ("origin.MalformedPort", "https://a.example:0"),
    ("origin.MissingHost", "https://"),
    ("origin.UnicodeHost", "https://ü.example"),
    ("origin.MalformedHost", "https://a%.example"),
    ("origin.EmptyLabel", "https://a..example"),
    ("origin.TrailingDot", "http://127.0.0.1."),
    ("origin.Ipv4", "http://127.1"),
    ("origin.Ipv6", "http://::1"),
    ("origin.AnyScheme", "*://a.example"),
    ("origin.AnyHost", "https://*"),
    ("origin.AnyApplication", "chrome-extension://*"),
    ("origin.WildcardInLabel", "https://*a.example"),
    ("origin.WildcardInside", "https://a.*.example"),
    ("origin.RepeatedWildcard", "https://*.*.example"),
    ("origin.WildcardBeforeAddress", "http://*.127.0.0.1"),
    ("origin.WildcardInPort", "http://localhost:80*"),
];

/// A regular expression for each kind of invalid expression.
const REGEXES: &[(&str, &str)] = &[
    ("regex.Empty", ""),
    ("regex.Malformed", "https://(a"),
    ("regex.Unicode", r"https://\p{L}"),
    ("regex.TooLarge", "https://((a{100}){100}){100}"),
];

#[test]
fn every_message_has_a_problem_a_reason_and_a_fix() {
    let mut tested = BTreeSet::new();
    for &(name, file) in ROWS {
        let found = diagnostics(file);
        assert!(found.iter().any(|(found, _)| found == name), "{name}: {found:?}");
        for (name, message) in found {
            check(&name, &message);
            tested.insert(name);
        }
    }
    for (name, file) in long_files() {
        let found = diagnostics(&file);
        assert!(found.iter().any(|(found, _)| found == name), "{name}: {found:?}");
        for (name, message) in found {
            check(&name, &message);
            tested.insert(name);
        }
    }
    for &(name, text) in ORIGINS {
        let kind = text.parse::<OriginPattern>().expect_err(text).kind();
        assert_eq!(kind.name(), name, "{text}");
        check(name, &kind.message());
        tested.insert(kind.name());
    }
    for &(name, text) in REGEXES {
        let error = OriginSet::default().with_regexes([text]).expect_err(text);
        assert_eq!(error.kind().name(), name, "{text}");
        check(name, &error.kind().message(error.help().as_ref()));
        tested.insert(error.kind().name());
    }
    for (name, message) in without_row() {
        check(&name, &message);
        tested.insert(name);
    }
    let all = ALL_NAMES.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(tested, all);
}

#[test]
fn every_error_of_a_plain_value_has_three_parts() {
    check("InvalidOriginError", &InvalidOriginError.message());
    for error in [EventError::LineEndInEvent, EventError::LineEndInId, EventError::NulInId] {
        check_text(&error.to_string());
    }
    for text in ["text/event-stream", "ndjson"] {
        let error = crate::push::SseLayer::for_other_streams([text]).unwrap_err().to_string();
        check_text(error.strip_prefix(&format!("{text:?}: ")).unwrap());
    }
    let rule = cors::Rule::for_any_origin();
    check_text(&guard::LocalServerLayer::new(rule).unwrap_err().to_string());
}

/// Checks one message. The length includes the values that it repeats.
#[track_caller]
fn check(name: &str, message: &Message) {
    for part in [message.problem(), message.reason(), message.fix()] {
        assert!(!part.is_empty() && !part.contains(';'), "{name}: {message}");
        let first = part.split(' ').next().unwrap_or_default();
        assert!(!matches!(first, "it" | "this" | "It" | "This"), "{name}: {message}");
        assert!(!first.starts_with(char::is_uppercase) || !is_word(first), "{name}: {message}");
    }
    let length = message.to_string().chars().count();
    assert!(length <= 200, "{name}: {length} characters: {message}");
}

#[track_caller]
fn check_text(text: &str) {
    let parts: Vec<&str> = text.split("; ").collect();
    let [problem, reason, fix] = parts[..] else { panic!("{text}") };
    check(problem, &Message::new(problem.to_owned(), reason.to_owned(), fix.to_owned()));
}

/// Returns whether the text is an ordinary word, and not `WebKit` or `ASCII`.
fn is_word(text: &str) -> bool {
    text.chars().skip(1).all(char::is_lowercase)
}

/// Returns the diagnostics of a configuration file.
fn diagnostics(file: &str) -> Vec<(String, Message)> {
    let config: CrossOriginConfig = toml::from_str(file).expect(file);
    match CrossOriginPolicy::new(config) {
        Ok(policy) => {
            let kinds = policy.lints().iter().map(Diagnostic::kind);
            kinds.map(|kind| (kind.name(), kind.message())).collect()
        }
        Err(error) => {
            let kinds = error.faults().iter().map(Diagnostic::kind);
            kinds.map(|kind| (kind.name(), kind.message())).collect()
        }
    }
}

/// Returns the messages of kinds that no configuration file causes with all features.
fn without_row() -> Vec<(String, Message)> {
    let mut messages = Vec::new();
    let mut add = |kind: &cors::FaultKind| messages.push((kind.name(), kind.message()));
    add(&cors::FaultKind::OriginRegexWithoutFeature);
    add(&cors::FaultKind::UnknownSuffixWithCredentials);
    // In a file with all sections, these settings are not a part of the section.
    add(&cors::FaultKind::NotSingleOrigin);
    for kind in
        [cors::LintKind::ServiceOriginsWithoutEnforce, cors::LintKind::ExemptPathsWithoutEnforce]
    {
        messages.push((kind.name(), kind.message()));
    }
    // A file of guards has no regular expressions.
    for kind in [
        guard::FaultKind::InsecureOriginRegexTrusted { matches: "http://a.example".to_owned() },
        guard::FaultKind::UnknownSuffixTrusted,
        guard::FaultKind::RegexTooComplexTrusted,
    ] {
        messages.push((kind.name(), kind.message()));
    }
    let mut add = |kind: &cors::FaultKind| messages.push((kind.name(), kind.message()));
    // Only code can set a fraction of a second.
    add(&cors::FaultKind::FractionalMaxAge);
    let policy = |rule| CorsPolicy::new(rule).unwrap();
    let origin: OriginPattern = "https://b.example".parse().unwrap();
    let listed = policy(cors::Rule::for_origins(["https://a.example"]));
    let any = policy(cors::Rule::for_any_origin());
    let static_origin = policy(cors::Rule::for_static_origin("https://a.example"));
    for edited in [
        listed.with_origin(1, &origin),
        listed.with_origin("unknown", &origin),
        any.with_origin(0, &origin),
        static_origin.with_origin(0, &origin),
    ] {
        add(edited.unwrap_err().faults()[0].kind());
    }
    for rules in [0, 2] {
        add(&cors::FaultKind::RuleIndexOutOfRange { rules });
    }
    add(&cors::FaultKind::TooManyRules);
    let mut add = |kind: &dyn Named, message: Message| messages.push((kind.name(), message));
    // A table of a file has no key twice.
    let repeated = embedding::FaultKind::RepeatedEndpoint;
    add(&repeated, repeated.message());
    let clock = cross_origin::FaultKind::ClockWithoutFeature;
    add(&clock, clock.message());
    // Each needs millions of origins.
    let copied = cors::FaultKind::TooManyNamedOrigins;
    add(&copied, copied.message());
    let copied = embedding::FaultKind::TooManyNamedOrigins;
    add(&copied, copied.message());
    let copied = cross_origin::FaultKind::TooManyNamedOrigins;
    add(&copied, copied.message());
    // Values that are too long for a row, and a request's callback.
    for kind in [OriginErrorKind::TooLong, OriginErrorKind::HostTooLong] {
        add(&kind, kind.message());
    }
    for kind in [OriginRegexErrorKind::TooLong, OriginRegexErrorKind::TooMany] {
        add(&kind, kind.message(None::<&String>));
    }
    add(&CallbackError::NotAllowed, CallbackError::NotAllowed.message());
    messages
}
