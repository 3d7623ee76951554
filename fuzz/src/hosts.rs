//! The target `hosts`.

use http::{HeaderValue, Request, header::HOST};
use tower_cross_origin::{
    RequestHead,
    guard::{Check, Csrf, HostCheck, Verdict},
    limits::HOST_HEADER_BYTES,
};
use url::{Host, Url};

/// Checks each line as a name, a `Host`, and the host of an origin.
pub fn check(bytes: &[u8]) {
    let lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').take(MAX_LINES).collect();
    let texts: Vec<&str> = lines.iter().filter_map(|line| std::str::from_utf8(line).ok()).collect();
    let derived = texts.iter().flat_map(|text| neighbours(text)).collect::<Vec<_>>();
    let hosts = lines.iter().copied().chain(derived.iter().map(String::as_bytes));
    let hosts: Vec<HeaderValue> =
        hosts.filter_map(|host| HeaderValue::from_bytes(host).ok()).collect();
    let loopback = HostCheck::loopback();
    for host in &hosts {
        let expected = expected(host, |target| is_loopback(&target.host));
        assert!(expected.allows(is_allowed(&loopback, host)), "{host:?} on loopback: {expected:?}");
    }
    for name in texts.iter().copied().chain(NAMES) {
        let check = HostCheck::new([name]);
        if check.faults().is_empty() {
            let found = disagreement(name, &hosts, |host| is_allowed(&check, host));
            assert_eq!(found, None, "{name}");
        }
        for scheme in ["http", "https"] {
            let origin = format!("{scheme}://{name}");
            for host in &hosts {
                check_same_origin(&origin, host);
            }
        }
    }
}

/// Returns a host whose verdict is wrong for this configured name, or `None`.
pub(crate) fn disagreement<'a>(
    name: &str,
    hosts: &'a [HeaderValue],
    is_allowed: impl Fn(&HeaderValue) -> bool,
) -> Option<&'a HeaderValue> {
    let name = Name::parse(name);
    hosts
        .iter()
        .find(|host| !expected(host, |target| name.matches(target)).allows(is_allowed(host)))
}

fn is_allowed(check: &HostCheck, host: &HeaderValue) -> bool {
    let request = Request::get("/").header(HOST, host).body(()).expect("the request is valid");
    check.check(&RequestHead::from(&request)) == Verdict::Allow
}

/// The verdicts that a check may return.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expected {
    Allow,
    Deny,
    /// The host is written in an unusual way, so that no browser sends it.
    Either,
}

impl Expected {
    fn allows(self, is_allowed: bool) -> bool {
        match self {
            Self::Allow => is_allowed,
            Self::Deny => !is_allowed,
            Self::Either => true,
        }
    }
}

fn expected(host: &HeaderValue, is_listed: impl Fn(&Target) -> bool) -> Expected {
    match read(host) {
        Some(target) if is_listed(&target) && target.is_plain => Expected::Allow,
        Some(target) if is_listed(&target) => Expected::Either,
        None if has_punycode(host) => Expected::Either,
        _ => Expected::Deny,
    }
}

/// Checks that the URLs of a same-origin request have the same host and port.
///
/// The request has no `Sec-Fetch-Site`.
fn check_same_origin(origin: &str, host: &HeaderValue) {
    let Ok(value) = HeaderValue::from_str(origin) else { return };
    let request = Request::post("/").header(HOST, host).header("origin", value);
    let request = request.body(()).expect("the request is valid");
    if Csrf::new().check(&RequestHead::from(&request)) != Verdict::Allow {
        return;
    }
    // Browsers write hosts in ASCII.
    let Ok(text) = host.to_str() else { return };
    let scheme = origin.split("://").next().unwrap_or_default();
    let (Ok(page), Ok(target)) = (Url::parse(origin), Url::parse(&format!("{scheme}://{text}")))
    else {
        // No page has an origin that is not a URL.
        return;
    };
    assert_eq!(page.origin(), target.origin(), "{origin} and {host:?}");
}

/// A host as a URL parser reads it. <https://url.spec.whatwg.org/#host-parsing>
struct Target {
    host: Host<String>,
    port: Option<u16>,
    /// Whether the parser changes no byte, except for upper case.
    ///
    /// Also, a name has nonempty labels of usual characters.
    is_plain: bool,
}

fn read(host: &HeaderValue) -> Option<Target> {
    let text = host.to_str().ok()?;
    if text.contains(['/', '\\', '?', '#', '@']) || text.len() > HOST_HEADER_BYTES {
        return None;
    }
    // A URL omits the default port of its scheme, so the port is read with two schemes.
    let url = Url::parse(&format!("http://{text}/")).ok()?;
    let with_other_default = Url::parse(&format!("https://{text}/")).ok()?;
    let port = url.port().or(with_other_default.port());
    let serialized = match port {
        Some(port) => format!("{}:{port}", url.host_str()?),
        None => url.host_str()?.to_owned(),
    };
    let host = url.host()?.to_owned();
    // No client connects to the port 0.
    let is_plain =
        text.eq_ignore_ascii_case(&serialized) && has_usual_labels(&host) && port != Some(0);
    Some(Target { host, port, is_plain })
}

/// Returns `true` for an address, and for nonempty labels of usual characters.
///
/// URL parsers also accept empty labels and characters such as `*` and `!`. The check denies them.
fn has_usual_labels(host: &Host<String>) -> bool {
    let Host::Domain(name) = host else { return true };
    let is_usual = |char: char| char.is_ascii_alphanumeric() || matches!(char, '-' | '_');
    name.split('.').all(|label| !label.is_empty() && label.chars().all(is_usual))
}

/// Returns `true` for a host with a label of Punycode.
///
/// A check need not decode the label.
fn has_punycode(host: &HeaderValue) -> bool {
    host.as_bytes().to_ascii_lowercase().windows(4).any(|bytes| bytes == b"xn--")
}

fn is_loopback(host: &Host<String>) -> bool {
    match host {
        Host::Domain(name) => name == "localhost" || name.ends_with(".localhost"),
        Host::Ipv4(address) => address.octets()[0] == 127,
        Host::Ipv6(address) => address.segments() == [0, 0, 0, 0, 0, 0, 0, 1],
    }
}

/// A configured name without faults.
struct Name<'a> {
    host: &'a str,
    port: Option<u16>,
}

impl<'a> Name<'a> {
    fn parse(text: &'a str) -> Self {
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => {
                (host, Some(port.parse().expect("a name without faults has a valid port")))
            }
            _ => (text, None),
        };
        Self { host, port }
    }

    fn matches(&self, target: &Target) -> bool {
        if self.port.is_some() && self.port != target.port {
            return false;
        }
        let serialized = target.host.to_string();
        match (self.host.strip_prefix("*."), &target.host) {
            (Some(parent), Host::Domain(name)) => {
                name.strip_suffix(parent).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'))
            }
            (Some(_), _) => false,
            (None, _) => serialized == self.host,
        }
    }
}

/// Returns values that are similar to the text.
fn neighbours(text: &str) -> Vec<String> {
    let name = text.replace("*.", "a.");
    let (host, port) = name.rsplit_once(':').unwrap_or((&name, "80"));
    vec![
        name.clone(),
        text.replace("*.", ""),
        text.replace("*.", "x"),
        name.to_ascii_uppercase(),
        host.to_owned(),
        format!("{host}:{port}"),
        format!("{host}:0{port}"),
        format!("{host}:{port}0"),
        format!("{host}:"),
        format!("{host}.:{port}"),
        format!("{host}.evil.example:{port}"),
        format!("evil.{host}"),
        format!("evil{host}"),
        format!("evil.example@{host}"),
        format!("{host}@evil.example"),
        format!("{host}#evil.example"),
        format!("{host}/evil.example"),
        format!("{host}\\evil.example"),
        format!("{host}%2eevil.example"),
        format!("[{host}]"),
        format!("[::ffff:{host}]"),
        format!("{host},evil.example"),
        format!("{host}\tevil.example"),
    ]
}

/// Names that are checked with every input.
const NAMES: [&str; 6] = [
    "example.com",
    "*.example.com",
    "localhost:3000",
    "127.0.0.1",
    "[::1]:8080",
    "xn--bcher-kva.example",
];

const MAX_LINES: usize = 3;
