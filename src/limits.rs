//! Look up the bounds on the input that this crate reads, and the reason for each bound.
//!
//! ```
//! use tower_cross_origin::{limits::ORIGIN_BYTES, origin::Origin};
//!
//! let scheme = "https://";
//! let origin = format!("{scheme}{}", "a".repeat(ORIGIN_BYTES));
//! assert!(Origin::parse(origin.as_bytes()).is_err());
//! ```
//!
//! Each bound lists its unit, its reason, and the attack or mistake that it stops.
//!
//! - A request past a bound gets the response that the policy gives to a rejected request. It never causes a
//!   server error, and the response never contains the input.
//! - A configuration past a bound is an error of the configuration.

/// Maximum length of a serialized origin, in bytes: 326.
///
/// Reason: a scheme of 64 bytes, `://`, a host of 253 bytes, `:` and a port of 5 digits.
///
/// Stops: `Origin` headers of many kilobytes, which cost time in every comparison and hash.
pub const ORIGIN_BYTES: usize = SCHEME_BYTES + 3 + HOST_BYTES + 1 + 5;

/// Maximum length of an origin's scheme, in bytes: 64.
///
/// Reason: the longest scheme of browser extensions has 21 bytes.
///
/// Stops: an `Origin` that consists of a long scheme and no host.
pub const SCHEME_BYTES: usize = 64;

/// Maximum length of an origin's host, in bytes: 253.
///
/// Reason: the longest name in the DNS (RFC 1035, section 2.3.4). A dot after the last label counts.
///
/// Stops: hosts with thousands of labels, which cost time in the search for a matching pattern.
pub const HOST_BYTES: usize = 253;

/// Maximum length of a method that a rule for any method allows, in bytes: 64.
///
/// Reason: the longest registered method, `UPDATEREDIRECTREF`, has 17 bytes.
///
/// Stops: long `Access-Control-Request-Method` headers, which the response may echo.
pub const REQUEST_METHOD_BYTES: usize = 64;

/// Maximum length of `Access-Control-Request-Headers`, in bytes over all field lines: 4,096.
///
/// Reason: proxies commonly accept 8 KiB for the whole head of a request, and browsers send each name once.
///
/// Stops: preflights that are expensive to parse, and large responses where the names are echoed.
pub const REQUEST_HEADERS_BYTES: usize = 4096;

/// Maximum number of field lines of `Access-Control-Request-Headers`: 256.
///
/// Reason: browsers send one field line; some gateways send one field line for each name
/// (<https://github.com/rs/cors/issues/184>), of which there are at most 256.
///
/// Stops: preflights that repeat the header thousands of times.
pub const REQUEST_HEADERS_LINES: usize = 256;

/// Maximum number of names in `Access-Control-Request-Headers`, over all field lines: 256.
///
/// Reason: each name costs one binary search.
///
/// Stops: preflights with thousands of short names, each of which costs a search.
pub const REQUEST_HEADERS_NAMES: usize = 256;

/// Maximum number of empty list elements in `Access-Control-Request-Headers`, over all field lines: 32.
///
/// Reason: a recipient must accept "a reasonable number of empty list elements" (RFC 9110, section 5.6.1.2).
///
/// Stops: preflights that consist of commas (GO-2024-2883 of rs/cors).
pub const REQUEST_HEADERS_EMPTY_ELEMENTS: usize = 32;

/// Maximum value of `Access-Control-Max-Age`, in seconds: 86,400, which is one day.
///
/// Reason: no browser caches a preflight for longer.
///
/// Stops: a mistake. Browsers silently shorten a larger value.
pub const MAX_AGE_SECONDS: u64 = 86_400;

/// Maximum number of rules of a policy: 4,096.
///
/// Reason: rules are compared in their order. A rule can list millions of origins.
///
/// Stops: a rule for each of many tenants, with which every request would take milliseconds.
pub const RULES: usize = 4096;

/// Maximum number of regular expressions in one [`OriginSet`](crate::origin::OriginSet): 64.
///
/// Reason: one automaton matches all of them, and its states multiply. Use patterns for longer lists.
///
/// Stops: memory and time that grow with the product of the expressions.
pub const REGEXES: usize = 64;

/// Maximum length of one regular expression for origins, in bytes: 1,024.
///
/// Reason: three times the length of the longest origin.
///
/// Stops: generated alternations of thousands of hosts, for which patterns are faster.
pub const REGEX_BYTES: usize = 1024;

/// Maximum nesting depth of one regular expression for origins: 32.
///
/// Reason: the functions that analyze an expression recurse to this depth. A readable expression nests less
/// than 10 groups.
///
/// Stops: a stack overflow by an expression such as `((((…))))`.
pub const REGEX_NESTING: u32 = 32;

/// Maximum compiled size of all regular expressions of one set, in bytes: 1 MiB.
///
/// Reason: 64 expressions for preview subdomains need a tenth of it. 64 expressions that spell out labels of at
/// most 63 bytes need two thirds.
///
/// Stops: counted repetitions such as `(a{1000}){1000}`, which are short to write and large when compiled. The
/// bound also limits the time of a match: in the worst case, the product of this size and the origin's length.
pub const REGEX_COMPILED_BYTES: usize = 1 << 20;

/// Maximum size of the cached states of a set's regular expressions, in bytes: 1 MiB.
///
/// The bound holds for each thread and each direction of the search. Beyond it, states are computed again.
///
/// Reason: with a quarter of it, the 64 expressions that spell out labels need a thousand times as long for a
/// match.
///
/// Stops: origins that are chosen to reach many states, and so fill the memory.
pub const REGEX_CACHE_BYTES: usize = 1 << 20;

/// Maximum number of domains and addresses that an expression may match together with credentials: 64.
///
/// Reason: a list of own domains is shorter, and longer lists are better written as patterns.
///
/// Stops: expressions such as `https://.*\.vercel\.app`, which match the pages of other people.
pub const REGEX_DOMAINS: usize = 64;

/// Maximum size of the automaton of an analyzed expression, in bytes: 1 MiB.
///
/// An expression is analyzed if the rule allows credentials.
///
/// Reason: an expression that spells out a label of at most 63 bytes needs a hundredth of it.
///
/// Stops: expressions such as `.*a.{20}`, whose automaton has a million states. They are faults.
pub const REGEX_AUTOMATON_BYTES: usize = 1 << 20;

/// Maximum number of steps of the analysis of an expression with credentials: 4,194,304.
///
/// Reason: these steps take less than 0.1 seconds. Usual expressions need less than a tenth of them.
///
/// Stops: expressions that are short, but slow to analyze. They are faults.
pub const REGEX_ANALYSIS_STEPS: usize = 1 << 22;

/// Number of expressions of a policy that have [`REGEX_ANALYSIS_STEPS`] each: 8. More expressions share these steps.
///
/// Reason: usual expressions need less than their share of [`POLICY_REGEXES`] expressions.
///
/// Stops: many expressions that are slow to analyze.
pub const REGEX_ANALYSES: usize = 8;

/// Maximum length of a `Last-Event-ID`, in bytes: 1,024.
///
/// Reason: ids are numbers, times or hashes. The server most likely did not create a longer id.
///
/// Stops: clients that make handlers store, compare or look up large values.
pub const LAST_EVENT_ID_BYTES: usize = 1024;

/// Maximum length of a ping's body, in bytes: 65,536.
///
/// Reason: browsers allow 64 KiB for all pending `keepalive` requests of a page together
/// (Fetch, "HTTP-network-or-cache fetch").
///
/// Stops: clients that fill a queue of pings with large bodies.
pub const PING_BYTES: u64 = 64 * 1024;

/// Maximum length of a `Host` header, in bytes: 259.
///
/// Reason: the longest host has [`HOST_BYTES`], and a port adds a colon and up to 5 digits.
///
/// Stops: `Host` headers of many kilobytes, which cost time in every comparison.
pub const HOST_HEADER_BYTES: usize = HOST_BYTES + ":65535".len();

/// Maximum length of a callback's name after percent-decoding, in bytes: 128.
///
/// Reason: the longest name that a known library generates has 60 bytes (YUI's, which contains a time).
///
/// Stops: scripts that consist of the client's own text, such as the Rosetta Flash attack (CVE-2014-4671).
pub const CALLBACK_BYTES: usize = 128;

/// Maximum depth of the JSON of a script, in open brackets: 1,024.
///
/// Reason: the layer checks the JSON while it streams, and remembers one bit for each open bracket.
///
/// Stops: a body of a million brackets, which costs memory here and in the parser of the browser. The script ends
/// early.
pub const JSON_DEPTH: usize = 1024;

/// Default number of policies that are looked up at the same time: 64.
///
/// Reason: 64 is enough for a store that responds within milliseconds. Each lookup holds a few kilobytes, which
/// bounds the memory to a few hundred KiB.
///
/// Stops: clients that start an unlimited number of lookups in a slow store.
pub const POLICY_LOOKUPS: usize = 64;

/// Number of rejected origins whose events have the level `info` in one window: 32.
///
/// Reason: a server has few kinds of wrong pages at the same time. Each origin takes at most a few hundred bytes.
///
/// Stops: clients that fill a log, or the memory, with made-up origins.
pub const REJECTED_ORIGINS: usize = 32;

/// Length of the window for [`REJECTED_ORIGINS`], in seconds: 600, which is ten minutes.
///
/// Reason: a person who reads the log sees a problem that persists, and not each request.
///
/// Stops: one broken page that fills a log.
pub const REJECTION_WINDOW_SECONDS: u64 = 600;

/// Number of response headers that have an event because pages cannot read them: 32.
///
/// Reason: a service has few header names of its own.
///
/// Stops: upstreams with generated header names, which fill the memory.
pub const UNEXPOSED_HEADERS: usize = 32;

/// Maximum number of faults, and of lints, that one configuration reports: 1,024.
///
/// Reason: a person corrects a few of them at a time, and then checks the configuration again.
///
/// Stops: files with a mistake in each of a million entries, whose messages need more memory than the file.
pub const DIAGNOSTICS: usize = 1024;

/// Maximum number of paths in one list of a configuration: 1,024.
///
/// Reason: the path of a request is compared with each of them. `/hooks/*` is one path.
///
/// Stops: lists that make every request slow.
pub const PATHS: usize = 1024;

/// Maximum number of names in one list of a configuration: 256.
///
/// The lists are the methods and headers of a rule, the callbacks and parameters of JSONP, and the media types of
/// streams. They are also the endpoints of reports, and the origins that are sent in one header.
///
/// Reason: longer lists make long headers. Browsers request at most [`REQUEST_HEADERS_NAMES`] headers.
///
/// Stops: lists that make every request slow, and response headers that proxies reject.
pub const LISTED_NAMES: usize = 256;

/// Maximum number of host names of a service: 4,096.
///
/// Reason: the host of a request is compared with each of them. `*.example.com` is one name.
///
/// Stops: lists that make every request slow.
pub const HOST_NAMES: usize = 4096;

/// Maximum number of different regular expressions in all rules of a policy: 64.
///
/// Reason: each is compiled and analyzed, which takes up to 0.1 seconds. Use patterns for longer lists.
///
/// Stops: configurations that take minutes to load.
pub const POLICY_REGEXES: usize = 64;

/// Maximum number of origins that settings copy from named lists: 1,048,576.
///
/// A named list is a key of the section `origins`, such as `partners` for `@partners`.
///
/// Reason: each copy takes less than a microsecond. A rule that uses one list shares its memory.
///
/// Stops: thousands of rules that combine large lists.
pub const NAMED_ORIGINS: usize = 1 << 20;

/// Maximum number of comparisons for the lints of a policy: 1,048,576.
///
/// Reason: a comparison takes about a microsecond. Beyond the limit, a lint reports that lints are missing.
///
/// Stops: configurations of a few megabytes whose rules are compared for hours.
pub const LINT_STEPS: usize = 1 << 20;
