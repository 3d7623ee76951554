//! Tests of the check of host names against DNS rebinding.

use http::{Request, request};
use tower_cross_origin::{
    RequestHead,
    guard::{Check, FaultKind, GuardLayer, HostCheck, HostPatternErrorKind, Rejection, Verdict},
};

use crate::support::guarded::expect;

const UNKNOWN: Option<Rejection> = Some(Rejection::UnknownHost);
const MALFORMED: Option<Rejection> = Some(Rejection::MalformedHost);

fn to(host: &str) -> request::Builder {
    Request::get("/").header("host", host)
}

#[test]
fn only_configured_hosts_are_allowed() {
    let long = format!("{}.example", "a".repeat(252));
    let check = || {
        HostCheck::new([
            "api.example.com",
            "localhost:3000",
            "*.preview.example",
            "*.port.example:8080",
            "192.0.2.7",
            "[2001:db8::1]",
        ])
    };
    #[rustfmt::skip]
    let cases = [
        ("api.example.com", None),
        ("api.example.com:8443", None),
        ("API.Example.COM", None),
        ("localhost:3000", None),
        ("localhost:3001", UNKNOWN),
        ("localhost", UNKNOWN),
        ("a.preview.example", None),
        ("a.b.PREVIEW.example:1", None),
        ("preview.example", UNKNOWN),
        ("xpreview.example", UNKNOWN),
        (".preview.example", MALFORMED),
        ("*.preview.example", MALFORMED),
        ("a.port.example:8080", None),
        ("a.port.example", UNKNOWN),
        ("192.0.2.7", None),
        ("192.0.2.7:80", None),
        ("192.0.2.8", UNKNOWN),
        ("[2001:db8::1]", None),
        ("[2001:db8::1]:443", None),
        ("[2001:DB8:0::1]", None),
        ("[2001:db8::2]", UNKNOWN),
        ("evil.example", UNKNOWN),
        ("api.example.com.evil.example", UNKNOWN),
        ("127.0.0.1", UNKNOWN),
        // Browsers treat a name with a final dot as a different name, with different cookies.
        ("api.example.com.", MALFORMED),
        ("", MALFORMED),
        (":80", MALFORMED),
        ("api.example.com:", MALFORMED),
        ("api.example.com:0", MALFORMED),
        ("api.example.com:65536", MALFORMED),
        ("api.example.com:+80", MALFORMED),
        ("api.example.com:80:80", MALFORMED),
        ("api.example.com/", MALFORMED),
        ("api.example.com@evil.example", MALFORMED),
        ("user@api.example.com", MALFORMED),
        ("api.example.com, evil.example", MALFORMED),
        ("api example.com", MALFORMED),
        ("2001:db8::1", MALFORMED),
        ("[2001:db8::1", MALFORMED),
        ("[]", MALFORMED),
        (&long, MALFORMED),
    ];
    assert_eq!(long.len(), 260);
    for (host, rejection) in cases {
        expect(check(), || to(host), rejection, host);
    }
    let longest = format!("{}.example", "a".repeat(245));
    let check_of_longest = || HostCheck::new([&longest]);
    for host in [&longest, &longest.to_ascii_uppercase()] {
        expect(check_of_longest(), || to(&format!("{host}:65535")), None, host);
    }
    expect(check(), || Request::get("/"), MALFORMED, "no Host");
    let two = || to("api.example.com").header("host", "api.example.com");
    expect(check(), two, MALFORMED, "two Host");
}

// Over HTTP/2 and in the absolute form of HTTP/1.1, the inner service may read the target or `Host`.
#[test]
fn target_and_host_must_both_match() {
    let check = || HostCheck::new(["own.example"]);
    let at = |authority: &str| Request::get(format!("https://{authority}/"));
    expect(check(), || at("own.example"), None, "target");
    expect(check(), || at("own.example:443"), None, "target with a port");
    expect(check(), || at("evil.example"), UNKNOWN, "other target");
    expect(check(), || at("own.example").header("host", "own.example"), None, "both match");
    expect(check(), || at("own.example").header("host", "evil.example"), UNKNOWN, "other Host");
    expect(
        check(),
        || at("evil.example").header("host", "own.example"),
        UNKNOWN,
        "other target, matching Host",
    );
    expect(check(), || at("user@own.example"), MALFORMED, "user in the target");
    expect(check(), || Request::connect("own.example:443"), None, "CONNECT");
}

#[test]
fn loopback_names_are_allowed() {
    #[rustfmt::skip]
    let cases = [
        ("localhost", None),
        ("LocalHost:3000", None),
        ("app.localhost:3000", None),
        ("127.0.0.1:3000", None),
        ("127.1.2.3", None),
        ("[::1]:3000", None),
        ("[0:0:0:0:0:0:0:1]", None),
        ("localhost.", MALFORMED),
        ("localhost.evil.example", UNKNOWN),
        ("notlocalhost", UNKNOWN),
        ("127.0.0.1.evil.example", UNKNOWN),
        // 0.0.0.0 also reaches the machine, and pages can use it (oligo.security, 2024).
        ("0.0.0.0:3000", UNKNOWN),
        ("[::]", UNKNOWN),
        ("[::ffff:127.0.0.1]", UNKNOWN),
        ("192.168.0.1", UNKNOWN),
        // This crate does not read these as addresses. A browser sends 127.0.0.1 for each of them.
        ("127.1", UNKNOWN),
        ("2130706433", UNKNOWN),
        ("0x7f000001", UNKNOWN),
    ];
    for (host, rejection) in cases {
        expect(HostCheck::loopback(), || to(host), rejection, host);
        expect(HostCheck::new(["own.example"]).add_loopback(), || to(host), rejection, host);
    }
    expect(HostCheck::new(["own.example"]).add_loopback(), || to("own.example"), None, "name");
    expect(HostCheck::loopback(), || to("own.example"), UNKNOWN, "loopback only");
}

#[test]
fn forwarded_host_is_read_only_if_trusted() {
    let check = || HostCheck::new(["own.example"]);
    let forwarded = |host: &'static str, original: &'static str| {
        move || to(host).header("x-forwarded-host", original)
    };
    expect(check(), forwarded("evil.example", "own.example"), UNKNOWN, "ignored");
    expect(check(), forwarded("own.example", "evil.example"), None, "ignored, Host matches");
    let trusting = || check().trust_x_forwarded_host(true);
    expect(trusting(), forwarded("10.0.0.7", "own.example"), None, "trusted");
    expect(trusting(), forwarded("own.example", "evil.example"), UNKNOWN, "trusted, other host");
    expect(
        trusting(),
        forwarded("own.example", "own.example, evil.example"),
        MALFORMED,
        "two names",
    );
    let two =
        || forwarded("own.example", "own.example")().header("x-forwarded-host", "own.example");
    expect(trusting(), two, MALFORMED, "two field lines");
    expect(trusting(), || to("own.example"), None, "no X-Forwarded-Host");
    expect(trusting(), || to("evil.example"), UNKNOWN, "no X-Forwarded-Host, other Host");
}

// R9: names as other tools write them.
#[test]
fn invalid_host_names_are_faults_with_suggestions() {
    use HostPatternErrorKind as Fault;

    #[rustfmt::skip]
    let cases: &[(&str, Fault, &[&str])] = &[
        ("", Fault::Empty, &[]),
        ("https://own.example", Fault::Scheme, &["own.example"]),
        ("https://*.own.example/", Fault::Scheme, &["*.own.example"]),
        ("https://Own.example:8443/a?b", Fault::Scheme, &["own.example:8443"]),
        ("http://localhost:*", Fault::Scheme, &["localhost"]),
        ("https://.own.example", Fault::Scheme, &["own.example", "*.own.example"]),
        ("http://*", Fault::Scheme, &[]),
        ("own.example/", Fault::MoreThanHost, &["own.example"]),
        ("user@own.example", Fault::MoreThanHost, &[]),
        ("Own.example", Fault::UpperCase, &["own.example"]),
        ("own.example.", Fault::TrailingDot, &["own.example"]),
        ("öwn.example", Fault::Unicode, &["xn--wn-eka.example"]),
        ("own.example:", Fault::Port, &[]),
        ("own.example:0", Fault::Port, &[]),
        ("own.example:http", Fault::Port, &[]),
        ("own.example:8000-8999", Fault::Port, &[]),
        // modelcontextprotocol/python-sdk#1798: a name without a port matches every port.
        ("own.example:*", Fault::Port, &["own.example"]),
        ("localhost:*", Fault::Port, &["localhost"]),
        ("127.0.0.1:*", Fault::Port, &["127.0.0.1"]),
        ("[::1]:*", Fault::Port, &["[::1]"]),
        ("*.own.example:*", Fault::Port, &["*.own.example"]),
        ("*:*", Fault::AnyHost, &[]),
        ("*", Fault::AnyHost, &[]),
        // server_name in nginx.
        ("_", Fault::AnyHost, &[]),
        ("own.example www.own.example", Fault::SeveralNames, &["own.example", "www.own.example"]),
        (r"~^www\d+\.own\.example$", Fault::RegularExpression, &[]),
        ("www.own.*", Fault::Wildcard, &[]),
        // vitejs/vite#19250, and ALLOWED_HOSTS in Django, where the names below a domain include the domain.
        (".own.example", Fault::LeadingDot, &["own.example", "*.own.example"]),
        (".localhost:3000", Fault::LeadingDot, &["localhost:3000", "*.localhost:3000"]),
        (".Own.example:*", Fault::LeadingDot, &["own.example", "*.own.example"]),
        ("..own.example", Fault::LeadingDot, &[]),
        (".192.0.2.7", Fault::LeadingDot, &[]),
        ("localhost,127.0.0.1,.own.example", Fault::SeveralNames,
            &["localhost", "127.0.0.1", "own.example", "*.own.example"]),
        ("a.example, *", Fault::SeveralNames, &[]),
        ("own example", Fault::SeveralNames, &[]),
        // config.hosts in Rails.
        (r"/.*\.own\.example/", Fault::RegularExpression, &[]),
        ("10.0.0.0/8", Fault::AddressRange, &[]),
        ("fd00::/8", Fault::AddressRange, &[]),
        ("**.own.example", Fault::Wildcard, &["*.own.example"]),
        ("*example", Fault::Wildcard, &[]),
        ("own.*.example", Fault::Wildcard, &[]),
        ("*.192.0.2.7", Fault::Wildcard, &[]),
        ("192.0.2.*", Fault::Wildcard, &[]),
        ("own..example", Fault::Malformed, &[]),
        ("$HOST", Fault::UpperCase, &[]),
        ("2001:db8::1", Fault::Ipv6, &["[2001:db8::1]"]),
        ("::1", Fault::Ipv6, &["[::1]"]),
        ("::1:8080", Fault::Ipv6, &[]),
    ];
    let names = || cases.iter().map(|(name, ..)| name);
    // The index of a fault counts all names, including names of earlier calls.
    let check = HostCheck::new(["fine.example"]).add_names(names());
    let error = GuardLayer::new(check.clone()).unwrap_err();
    assert_eq!(error.faults(), check.faults());
    assert_eq!(error.faults().len(), cases.len());
    for (index, (fault, row)) in error.faults().iter().zip(cases).enumerate() {
        let &(name, kind, suggestions) = row;
        assert_eq!(fault.setting(), format!("host.names[{}]", index + 1));
        assert_eq!((fault.value(), fault.kind()), (name, &FaultKind::Host(kind)));
        assert!(fault.suggestions().eq(suggestions.iter().copied()), "{fault}");
        assert!(suggestions.iter().all(|name| HostCheck::new([name]).faults().is_empty()));
        let names: Vec<String> = suggestions.iter().map(|name| format!("{name:?}")).collect();
        let end = if names.is_empty() { String::new() } else { "; write ".to_owned() };
        let end = end + &names.join(", ");
        let value = if name.is_empty() { String::new() } else { format!(" = {name:?}") };
        let setting = fault.setting();
        assert_eq!(fault.to_string(), format!("{setting}{value}: {kind}{end}"));
    }
}

#[test]
fn host_check_without_a_name_is_a_fault() {
    let no_names: [&str; 0] = [];
    let error = GuardLayer::new(HostCheck::new(no_names)).unwrap_err();
    assert_eq!(error.faults()[0].kind(), &FaultKind::NoHosts);
    assert!(GuardLayer::new(HostCheck::new(no_names).add_loopback()).is_ok());
    assert!(GuardLayer::new(HostCheck::new(no_names).add_names(["own.example"])).is_ok());
}

// A check can be used without a layer, which would report the fault.
#[test]
fn invalid_host_name_is_ignored() {
    let check = HostCheck::new(["https://own.example"]);
    let request = to("own.example").body(()).unwrap();
    assert_eq!(check.check(&RequestHead::from(&request)), Verdict::Deny(Rejection::UnknownHost));
}
