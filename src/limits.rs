//! Every bound on what a request may make the crate read, each with its reason.
//!
//! A request past a bound is answered as one that the policy does not allow. It is never an error of
//! the server's, and nothing of it is sent back.

/// The most bytes of an `Origin` that is read: 326.
///
/// A scheme of 64, `://`, a host of 253 (the longest name in the DNS), `:` and a port of 5 digits.
pub const ORIGIN_BYTES: usize = SCHEME_BYTES + 3 + HOST_BYTES + 1 + 5;

/// The most bytes of an origin's scheme: 64. The longest that browsers' extensions use has 21.
pub const SCHEME_BYTES: usize = 64;

/// The most bytes of an origin's host: 253, the longest name in the DNS (RFC 1035, section 2.3.4).
pub const HOST_BYTES: usize = 253;

/// The most bytes of an `Access-Control-Request-Method` that a rule for any method takes: 64.
///
/// The longest registered one, `UPDATEREDIRECTREF`, has 17.
pub const REQUEST_METHOD_BYTES: usize = 64;

/// The most bytes of `Access-Control-Request-Headers`, over all its lines: 4,096.
///
/// Proxies commonly take 8 KiB for a request's whole head, and a browser writes each name once.
pub const REQUEST_HEADERS_BYTES: usize = 4096;

/// The most lines of `Access-Control-Request-Headers`: 16.
///
/// A browser sends one; gateways are known that send a line for each name
/// (<https://github.com/rs/cors/issues/184>).
pub const REQUEST_HEADERS_LINES: usize = 16;

/// The most names in `Access-Control-Request-Headers`, over all its lines: 256.
///
/// Each is looked up by a binary search, so that this bounds the work of one preflight.
pub const REQUEST_HEADERS_NAMES: usize = 256;

/// The most empty elements in `Access-Control-Request-Headers`, over all its lines: 32.
///
/// A recipient must take "a reasonable number of empty list elements" (RFC 9110, section 5.6.1.2).
pub const REQUEST_HEADERS_EMPTY_ELEMENTS: usize = 32;

/// The longest `Access-Control-Max-Age`, in seconds: 86,400, a day.
///
/// No browser keeps a preflight's answer for longer.
pub const MAX_AGE_SECONDS: u64 = 86_400;

/// The most regular expressions in one [`OriginSet`](crate::origin::OriginSet): 64.
///
/// They are matched by one automaton, whose states multiply; a longer list is one of patterns.
pub const REGEXES: usize = 64;

/// The most bytes of one regular expression of origins: 1,024, three times the longest origin.
pub const REGEX_BYTES: usize = 1024;

/// The deepest nesting of one regular expression of origins: 32.
///
/// What walks through it recurs so deep, and one that a person can read has less than ten.
pub const REGEX_NESTING: u32 = 32;

/// The most bytes of all regular expressions of one set when compiled: 1 MiB.
///
/// A counted repetition such as `(a{1000}){1000}` is short to write, and long when compiled. 64
/// expressions of a preview's subdomain take a tenth of it, 64 that spell out labels of at most 63
/// bytes two thirds. It also bounds the time of a match, which is at worst the product of this and
/// the origin's length.
pub const REGEX_COMPILED_BYTES: usize = 1 << 20;

/// The most bytes that a set's regular expressions keep of the states that they met: 1 MiB for each
/// thread and direction of reading.
///
/// Past it they are computed anew. With a quarter of it a match of the 64 that spell out labels takes
/// a thousand times as long.
pub const REGEX_CACHE_BYTES: usize = 1 << 20;

/// The most bytes of a `Last-Event-ID`: 1,024.
///
/// Ids are numbers, times or hashes. A longer one is most likely not the server's own, and it would be
/// kept, compared and perhaps asked of a store.
pub const LAST_EVENT_ID_BYTES: usize = 1024;

/// The most bytes of a ping's body: 65,536.
///
/// What browsers send on behalf of a page that is gone has no more in all, over all its requests
/// (Fetch, "HTTP-network-or-cache fetch", of `keepalive`).
pub const PING_BYTES: u64 = 64 * 1024;

/// The most bytes of a `Host` that is looked at: 255.
///
/// A host of 253 with its port is longer by three; names so long are not in use.
pub const HOST_HEADER_BYTES: usize = 255;

/// The most bytes of a callback's name, after percent-decoding: 128.
///
/// The longest that a library is known to make up, jQuery's with a time in it, has 40.
pub const CALLBACK_BYTES: usize = 128;

/// How many policies are looked up at once, unless another number is set: 64.
///
/// Whoever sends requests begins lookups. So many are more than a store needs that answers within
/// milliseconds, and what they hold, some kilobytes each, is little.
pub const POLICY_LOOKUPS: usize = 64;
