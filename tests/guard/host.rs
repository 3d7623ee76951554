//! By which names a service may be called: what DNS rebinding has to change.

use http::{Request, request};
use tower_cross_origin::guard::{HostCheck, HostPatternFault, Rejection};

use crate::support::guarded::expect;

const UNKNOWN: Option<Rejection> = Some(Rejection::UnknownHost);
const MALFORMED: Option<Rejection> = Some(Rejection::MalformedHost);

fn to(host: &str) -> request::Builder {
    Request::get("/").header("host", host)
}

#[test]
fn a_service_answers_to_its_own_names() {
    let long = format!("{}.example", "a".repeat(248));
    let check = || {
        HostCheck::new([
            "api.example.com",
            "localhost:3000",
            "*.preview.example",
            "*.port.example:8080",
            "192.0.2.7",
            "[2001:db8::1]",
        ])
        .unwrap()
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
        // A name with a final dot is another one to browsers, with other cookies.
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
    assert_eq!(long.len(), 256);
    for (host, refusal) in cases {
        expect(check(), || to(host), refusal, host);
    }
    expect(check(), || Request::get("/"), MALFORMED, "none");
    let two = || to("api.example.com").header("host", "api.example.com");
    expect(check(), two, MALFORMED, "two");
}

/// Over HTTP/2, and in HTTP/1.1's absolute form; what stands behind may read the one or the other.
#[test]
fn the_target_and_host_must_both_be_right() {
    let own = || HostCheck::new(["own.example"]).unwrap();
    let at = |authority: &str| Request::get(format!("https://{authority}/"));
    expect(own(), || at("own.example"), None, "own");
    expect(own(), || at("own.example:443"), None, "own, with a port");
    expect(own(), || at("evil.example"), UNKNOWN, "another");
    expect(own(), || at("own.example").header("host", "own.example"), None, "both own");
    expect(own(), || at("own.example").header("host", "evil.example"), UNKNOWN, "Host another");
    expect(own(), || at("evil.example").header("host", "own.example"), UNKNOWN, "target another");
    expect(own(), || at("user@own.example"), MALFORMED, "a user");
    expect(own(), || Request::connect("own.example:443"), None, "CONNECT");
}

#[test]
fn the_users_own_machine_has_these_names() {
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
        // 0.0.0.0 reaches the machine too, and a page may call it so (oligo.security, 2024).
        ("0.0.0.0:3000", UNKNOWN),
        ("[::]", UNKNOWN),
        ("[::ffff:127.0.0.1]", UNKNOWN),
        ("192.168.0.1", UNKNOWN),
        // Not addresses, to this crate; a browser writes 127.0.0.1 for all of them.
        ("127.1", UNKNOWN),
        ("2130706433", UNKNOWN),
        ("0x7f000001", UNKNOWN),
    ];
    for (host, refusal) in cases {
        expect(HostCheck::loopback(), || to(host), refusal, host);
        expect(HostCheck::new(["own.example"]).unwrap().or_loopback(), || to(host), refusal, host);
    }
    expect(
        HostCheck::new(["own.example"]).unwrap().or_loopback(),
        || to("own.example"),
        None,
        "own",
    );
    expect(HostCheck::loopback(), || to("own.example"), UNKNOWN, "own, of nobody");
}

#[test]
fn what_a_proxy_says_counts_only_where_it_is_trusted() {
    let own = || HostCheck::new(["own.example"]).unwrap();
    let forwarded =
        |host: &'static str, said: &'static str| move || to(host).header("x-forwarded-host", said);
    expect(own(), forwarded("evil.example", "own.example"), UNKNOWN, "not trusted");
    expect(own(), forwarded("own.example", "evil.example"), None, "not trusted, own");
    let trusting = || own().trust_x_forwarded_host();
    expect(trusting(), forwarded("10.0.0.7", "own.example"), None, "trusted");
    expect(trusting(), forwarded("own.example", "evil.example"), UNKNOWN, "trusted, another");
    expect(
        trusting(),
        forwarded("own.example", "own.example, evil.example"),
        MALFORMED,
        "two names",
    );
    let two =
        || forwarded("own.example", "own.example")().header("x-forwarded-host", "own.example");
    expect(trusting(), two, MALFORMED, "two lines");
    expect(trusting(), || to("own.example"), None, "none said");
    expect(trusting(), || to("evil.example"), UNKNOWN, "none said, another");
}

#[test]
fn invalid_host_pattern_reports_suggestion() {
    #[rustfmt::skip]
    let cases = [
        ("", HostPatternFault::Empty),
        ("https://own.example", HostPatternFault::Scheme),
        ("own.example/", HostPatternFault::MoreThanHost),
        ("user@own.example", HostPatternFault::MoreThanHost),
        ("Own.example", HostPatternFault::UpperCase),
        ("own.example.", HostPatternFault::FinalDot),
        ("öwn.example", HostPatternFault::Unicode),
        ("own.example:", HostPatternFault::Port),
        ("own.example:0", HostPatternFault::Port),
        ("own.example:http", HostPatternFault::Port),
        ("own.example:*", HostPatternFault::Wildcard),
        ("*", HostPatternFault::Everything),
        ("*example", HostPatternFault::Wildcard),
        ("own.*.example", HostPatternFault::Wildcard),
        ("*.192.0.2.7", HostPatternFault::Wildcard),
        ("own..example", HostPatternFault::Malformed),
        ("own example", HostPatternFault::Malformed),
        ("2001:db8::1", HostPatternFault::Malformed),
    ];
    for (name, fault) in cases {
        let error = HostCheck::new(["fine.example", name]).unwrap_err();
        assert_eq!((error.text(), error.kind()), (name, fault));
        assert!(error.to_string().starts_with(&format!("{name:?} is no host: ")), "{error}");
    }
}
