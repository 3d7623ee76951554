//! Recorded failures: defects that this test found, or that were planted to check the test. Each row contains
//! the expected results.

use tower_cross_origin::browser::Engine;

use crate::{
    cases::{Case, OwnResponse, Rules, Visit, Wait},
    reference_model::cors_model::{
        End, PolicySettings, RuleText, Step,
        page::{Body, Call, Credentials, Mode},
    },
};

pub(crate) struct Row {
    pub(crate) source: &'static str,
    pub(crate) case: Case,
    /// The expected end of each call.
    pub(crate) ends: Vec<End>,
}

const APP: &str = "https://app.example.com";
const EVIL: &str = "https://evil.example";

pub(crate) fn rows() -> Vec<Row> {
    [origin_rows(), method_rows(), header_rows(), response_rows(), policy_rows(), path_rows()]
        .into_iter()
        .flatten()
        .collect()
}

fn origin_rows() -> Vec<Row> {
    vec![
        row("PEERS 12: a pattern matches whole labels")
            .rule(rule_text("https://*.example.com"))
            .origin("https://evilexample.com")
            .call(get(), End::Rejected(Step::Origin)),
        row("a pattern only matches its scheme")
            .rule(rule_text("https://*.example.com:*"))
            .origin("http://app.example.com")
            .call(get(), End::Rejected(Step::Origin)),
        row(":* includes the implied port")
            .rule(rule_text("https://app.example.com:*"))
            .call(get(), End::Readable),
        row("only the first matching rule decides")
            .rule(rule_text(APP))
            .rule(RuleText { methods: texts(&["*"]), ..rule_text("*") })
            .call(fetch_call("PUT"), End::Rejected(Step::Method)),
        row("DESIGN 5: a rule for any origin does not read the value")
            .rule(RuleText { methods: texts(&["*"]), ..rule_text("*") })
            .origin("https://*.example.com")
            .call(get(), End::Readable)
            .call(fetch_call("PUT"), End::Readable),
        row("DESIGN 5: neither does a later rule for any origin")
            .rule(rule_text(EVIL))
            .rule(rule_text("*"))
            .origin("https://*.example.com")
            .call(get(), End::Readable),
        row("DESIGN 5: a host with a trailing dot is another host")
            .rule(rule_text(APP))
            .rule(rule_text("https://*.app.example.com."))
            .origin("https://app.example.com.")
            .call(get(), End::Rejected(Step::Origin)),
        row("DESIGN 5: a pattern matches a host with a trailing dot only if written so")
            .rule(rule_text("https://*.example.com."))
            .origin("https://app.example.com.")
            .call(get(), End::Readable),
        row("DESIGN 5: file:// needs the setting for null")
            .rule(RuleText { null: true, ..rule_text("file://") })
            .origin("file://")
            .call(get(), End::Readable),
        row("DESIGN 5: the setting for null alone does not allow file://")
            .rule(RuleText { null: true, ..rule_text(APP) })
            .origin("file://")
            .call(get(), End::Rejected(Step::Origin)),
        row("R2: the host of an extension keeps its case")
            .rule(rule_text("safari-web-extension://140BB581-A2C0"))
            .origin("safari-web-extension://140BB581-A2C0")
            .call(get(), End::Readable),
        row("F6: null matches a rule for any origin, but no list")
            .rule(rule_text("https://null"))
            .rule(RuleText { methods: texts(&["PUT"]), ..rule_text("*") })
            .origin("null")
            .call(fetch_call("PUT"), End::Readable),
        row("F45: * does not allow credentials")
            .rule(rule_text("*"))
            .call(Call { credentials: Credentials::Include, ..get() }, {
                End::Rejected(Step::Credentials)
            }),
        row("credentials are a setting of one rule")
            .rule(rule_text(APP))
            .rule(RuleText { credentials: true, ..rule_text(EVIL) })
            .call(get(), End::Readable)
            .call(Call { credentials: Credentials::Include, ..get() }, {
                End::Rejected(Step::Credentials)
            }),
        row("F35: preflight and response agree on credentials")
            .rule(RuleText { credentials: true, methods: texts(&["PUT"]), ..rule_text(APP) })
            .call(Call { credentials: Credentials::Include, ..fetch_call("PUT") }, End::Readable),
        row("DESIGN 5: the response is constant only for a single rule that allows any origin")
            .rule(rule_text("*"))
            .rule(rule_text(EVIL))
            .origin("https://app.example.com.")
            .call(get(), End::Readable),
    ]
}

fn method_rows() -> Vec<Row> {
    vec![
        row("F31, MATRIX 2.8.5: a safelisted method is allowed in preflights without a list")
            .rule(RuleText { credentials: true, ..rule_text(APP) })
            .call(Call { has_upload_listener: true, ..post() }, End::Readable)
            .call(Call { body: Body::Stream, ..post() }, End::Readable),
        row("F20: patch is not PATCH")
            .rule(RuleText { methods: texts(&["PATCH"]), ..rule_text(APP) })
            .call(fetch_call("patch"), End::Rejected(Step::Method))
            .call(fetch_call("PATCH"), End::Readable),
        row("F39: * is a method name with credentials, so the method is echoed")
            .rule(RuleText { methods: texts(&["*"]), credentials: true, ..rule_text(APP) })
            .call(Call { credentials: Credentials::Include, ..fetch_call("PUT") }, End::Readable),
        row("F43: a max age of one day is cached for one day, a missing one for 5 seconds")
            .rule(RuleText { methods: texts(&["PUT"]), max_age: Some(86_400), ..rule_text(APP) })
            .rule(RuleText { methods: texts(&["PUT"]), ..rule_text(EVIL) })
            .call(fetch_call("PUT"), End::Readable)
            .after(Wait::JustBefore, fetch_call("PUT"), End::Readable)
            .after(Wait::Until, fetch_call("PUT"), End::Readable),
        row("any method allows methods of at most 64 bytes")
            .rule(RuleText { methods: texts(&["*"]), credentials: true, ..rule_text(APP) })
            .call(fetch_call(&"M".repeat(64)), End::Readable)
            .call(fetch_call(&"M".repeat(65)), End::Rejected(Step::Method)),
        row("F15: OPTIONS without Access-Control-Request-Method is an actual request")
            .rule(RuleText { methods: texts(&["OPTIONS"]), ..rule_text(APP) })
            .call(fetch_call("options"), End::Readable),
    ]
}

fn header_rows() -> Vec<Row> {
    vec![
        row("F40: * does not include Authorization")
            .rule(RuleText { request_headers: texts(&["*"]), ..rule_text(APP) })
            .call(get().with("Authorization", "Bearer t"), End::Rejected(Step::RequestHeader))
            .call(get().with("x-a", "1"), End::Readable)
            .call(get().with("Authorization", "Bearer t"), End::Rejected(Step::RequestHeader)),
        row("F40: a cached * does not include Authorization")
            .rule(RuleText { request_headers: texts(&["*"]), ..rule_text(APP) })
            .engine(Engine::Chromium)
            .call(get().with("authorization", "Bearer t"), End::Rejected(Step::RequestHeader))
            .call(get().with("x-a", "1"), End::Readable)
            .call(get().with("authorization", "Bearer t"), End::Rejected(Step::RequestHeader)),
        row("F40: in WebKit, a cached * includes Authorization")
            .rule(RuleText { request_headers: texts(&["*"]), ..rule_text(APP) })
            .engine(Engine::WebKit)
            .call(get().with("authorization", "Bearer t"), End::Rejected(Step::RequestHeader))
            .call(get().with("x-a", "1"), End::Readable)
            .call(get().with("authorization", "Bearer t"), End::Readable),
        row("F38: names of request headers are case-insensitive")
            .rule(RuleText { request_headers: texts(&["X-A"]), ..rule_text(APP) })
            .call(get().with("x-a", "1"), End::Readable)
            .call(get().with("X-A", "1"), End::Readable),
        row("F24: 1,025 bytes of safelisted values need a preflight")
            .rule(rule_text(APP))
            .call(with_accept_lines(8), End::Readable)
            .call(
                with_accept_lines(8).with("accept-language", "a"),
                End::Rejected(Step::RequestHeader),
            ),
        row("F22: a safelisted value has at most 128 bytes")
            .rule(rule_text(APP))
            .call(get().with("accept", &"a".repeat(128)), End::Readable)
            .call(get().with("accept", &"a".repeat(129)), End::Rejected(Step::RequestHeader)),
        row("F22: a safelisted range has a start")
            .rule(rule_text(APP))
            .call(get().with("range", "bytes=0-"), End::Readable)
            .call(get().with("range", "bytes=-500"), End::Rejected(Step::RequestHeader)),
        row("F22, F25: JSON needs a preflight")
            .rule(rule_text(APP))
            .call(post().with("content-type", "Text/Plain;a"), End::Readable)
            .call(post().with("content-type", "application/json"), {
                End::Rejected(Step::RequestHeader)
            }),
        row("DESIGN 6: at most 256 names with 4,096 bytes")
            .rule(RuleText { request_headers: texts(&["*"]), credentials: true, ..rule_text(APP) })
            .call((0..256).fold(get(), |call, n| call.with(&format!("x-{n}"), "1")), End::Readable)
            .call((0..257).fold(get(), |call, n| call.with(&format!("y-{n}"), "1")), {
                End::Rejected(Step::RequestHeader)
            })
            .call(get().with(&"x".repeat(4096), "1"), End::Readable)
            .call(get().with(&"x".repeat(4097), "1"), End::Rejected(Step::RequestHeader)),
    ]
}

fn response_rows() -> Vec<Row> {
    vec![
        row(
            "F40: * does not include Authorization with credentials, where names are echoed",
        )
        .rule(RuleText { request_headers: texts(&["*"]), credentials: true, ..rule_text(APP) })
        .call(with_credentials("authorization"), End::Rejected(Step::RequestHeader))
        .call(with_credentials("x-a"), End::Readable),
        row("DESIGN 3: a rejected response has no CORS headers")
            .rule(RuleText { credentials: true, expose_headers: texts(&["etag"]), ..rule_text(APP) })
            .origin(EVIL)
            .call(get(), End::Rejected(Step::Origin)),
        row("PEERS 47: upstream CORS headers are replaced if the page is allowed")
            .rule(RuleText { credentials: true, ..rule_text(APP) })
            .own(&[
                ("access-control-allow-origin", "*"),
                ("access-control-expose-headers", "x-secret"),
                ("x-secret", "1"),
            ])
            .call(Call { credentials: Credentials::Include, ..get() }, End::Readable),
        row("PEERS 47: upstream CORS headers are removed if the page is rejected")
            .rule(rule_text(APP))
            .own(&[("access-control-allow-origin", "*")])
            .origin(EVIL)
            .call(get(), End::Rejected(Step::Origin)),
        row("F58, PEERS 23: a cache serves pages of two origins and requests without Origin")
            .rule(rule_text(APP))
            .rule(rule_text(EVIL))
            .own(&[("vary", "accept-encoding")])
            .neighbour(EVIL)
            .call(get(), End::Readable),
        row("F58: a rejected response has Vary")
            .rule(rule_text(EVIL))
            .own(&[("vary", "accept-encoding")])
            .neighbour(EVIL)
            .call(get(), End::Rejected(Step::Origin)),
        row("F60: a preflight varies on the requested method: a cache serves two preflights of one page")
            .rule(RuleText { methods: texts(&["*"]), credentials: true, ..rule_text(APP) })
            .call(Call { credentials: Credentials::Include, ..fetch_call("PUT") }, End::Readable)
            .call(Call { credentials: Credentials::Include, ..fetch_call("DELETE") }, End::Readable),
        row("F42, F51: the response exposes the listed headers only")
            .rule(RuleText { expose_headers: texts(&["ETag"]), ..rule_text(APP) })
            .own(&[("etag", "\"1\""), ("x-secret", "1"), ("set-cookie", "a=b")])
            .call(fetch_call("PUT"), End::Rejected(Step::Method))
            .call(Call { has_upload_listener: true, ..post() }, End::Readable)
            .call(get(), End::Readable),
    ]
}

fn policy_rows() -> Vec<Row> {
    let stream = |method| Call { body: Body::Stream, ..fetch_call(method) };
    vec![
        row("F41: an upload treats missing Access-Control-Allow-Methods as allowed")
            .rule(rule_text(APP))
            .call(stream("PUT"), End::Rejected(Step::Method)),
        row("R25: the browser names the header that is missing, and stores nothing of the response")
            .rule(RuleText { request_headers: texts(&["X-A"]), max_age: Some(60), ..rule_text(APP) })
            .call(get().with("x-a", "1").with("x-b", "1"), End::Rejected(Step::RequestHeader))
            .call(get().with("x-a", "1"), End::Readable)
            .call(get().with("x-a", "1"), End::Readable)
            .call(fetch_call("PUT").with("x-a", "1"), End::Rejected(Step::Method)),
        row("F40: Chromium lets * in a response cover authorization")
            .rule(RuleText { request_headers: texts(&["*"]), ..rule_text(APP) })
            .engine(Engine::Chromium)
            .call(get().with("authorization", "1").with("x-a", "1"), {
                End::Rejected(Step::RequestHeader)
            })
            .call(get().with("authorization", "1").with("*", "1"), {
                End::Rejected(Step::RequestHeader)
            }),
        row("F39: the method * and a header that fails")
            .rule(RuleText { methods: texts(&["*"]), ..rule_text(APP) })
            .call(fetch_call("*").with("x-a", "1"), End::Rejected(Step::RequestHeader)),
        row("F20: methods that differ in case")
            .rule(RuleText { methods: texts(&["PUT", "PATCH"]), ..rule_text(APP) })
            .call(fetch_call("patch"), End::Rejected(Step::Method)),
        row("DESIGN 10: the failing step is hidden")
            .rule(RuleText { request_headers: texts(&["x-a"]), ..rule_text(APP) })
            .whole(PolicySettings { hides_failing_step: true, ..PolicySettings::default() })
            .call(get().with("x-b", "1"), End::Rejected(Step::RequestHeader))
            .call(fetch_call("PUT"), End::Rejected(Step::Method)),
        row("limits: * includes a method that exceeds the limit")
            .rule(RuleText { methods: texts(&["*"]), ..rule_text(APP) })
            .call(fetch_call(&"M".repeat(65)), End::Rejected(Step::Method)),
        row("STANDARDS 6, 2: kept credentials with the * of another layer")
            .rule(rule_text("*"))
            .whole(PolicySettings { keeps: true, ..PolicySettings::default() })
            .own(&[("access-control-allow-credentials", "true")])
            .call(Call { credentials: Credentials::Include, ..get() }, {
                End::Rejected(Step::Credentials)
            }),
        row("F33, F41: Chromium caches the method of an upload without Access-Control-Allow-Methods")
            .rule(RuleText { max_age: Some(60), ..rule_text(APP) })
            .engine(Engine::Chromium)
            .call(stream("POST"), End::Readable)
            .call(stream("POST"), End::Readable),
        row("PEERS 6: a simple request of another origin is not forwarded")
            .rule(rule_text(EVIL))
            .whole(PolicySettings { enforces: true, ..PolicySettings::default() })
            .call(Call { body: Body::Text, ..fetch_call("POST") }, End::Rejected(Step::Origin)),
    ]
}

fn path_rows() -> Vec<Row> {
    let paths = |paths: &[&str]| Some(texts(paths));
    let api = || RuleText {
        paths: paths(&["/api/*"]),
        methods: texts(&["PUT"]),
        credentials: true,
        ..rule_text(APP)
    };
    let well_known = || RuleText { paths: paths(&["/.well-known/*"]), ..rule_text("*") };
    let files = |enforces| PolicySettings {
        enforces,
        not_handled: texts(&["/files/*"]),
        ..PolicySettings::default()
    };
    vec![
        row("R10: an upload path exposes other headers")
            .rule(RuleText {
                paths: paths(&["/upload"]),
                expose_headers: texts(&["x-own"]),
                ..rule_text(APP)
            })
            .rule(rule_text(APP))
            .own(&[("x-own", "1")])
            .call(at("/upload", get()), End::Readable)
            .call(at("/items", get()), End::Readable),
        row("DESIGN 17: only rules with the path take part")
            .rule(well_known())
            .rule(api())
            .origin(EVIL)
            .call(at("/.well-known/a", get()), End::Readable)
            .call(at("/api/a", get()), End::Rejected(Step::Origin))
            .call(at("/a", get()), End::Rejected(Step::Origin)),
        row("DESIGN 17: a rule for other paths does not take part")
            .rule(well_known())
            .rule(api())
            .call(at("/api/a", with_credentials("accept")), End::Readable)
            .call(at("/api/a", fetch_call("PUT")), End::Readable)
            .call(at("/api", get()), End::Rejected(Step::Origin))
            .call(at("/.well-known/a", fetch_call("PUT")), End::Rejected(Step::Method)),
        row("DESIGN 17: no rule allows a path with two readings")
            .rule(well_known())
            .rule(rule_text(APP))
            .call(at("/.well-known/a", get()), End::Readable)
            .call(at("/.well-known//a", get()), End::Rejected(Step::Origin))
            .call(at("/.well-known/a;b", get()), End::Rejected(Step::Origin))
            .call(at("/.well-known/a%2Fb", get()), End::Rejected(Step::Origin))
            .call(at("/.well-known/%61", get()), End::Rejected(Step::Origin))
            .call(at("/a%20b", fetch_call("PUT")), End::Rejected(Step::Origin)),
        row("DESIGN 17: without paths, every path is alike")
            .rule(rule_text(APP))
            .call(at("//a;b%2F%61", get()), End::Readable),
        row("DESIGN 17: enforce rejects where no rule takes part")
            .rule(api())
            .whole(PolicySettings { enforces: true, ..PolicySettings::default() })
            .call(at("/api/a", post()), End::Readable)
            .call(at("/a", post()), End::Rejected(Step::Origin))
            .call(at("/api//a", post()), End::Rejected(Step::Origin)),
        row("R19: the service answers its own preflights")
            .rule(rule_text(APP))
            .whole(files(true))
            .own(&[("access-control-allow-origin", "*"), ("access-control-allow-methods", "PUT")])
            .origin(EVIL)
            .call(at("/files/a", fetch_call("PUT")), End::Readable)
            .call(at("/files/a", fetch_call("DELETE")), End::Rejected(Step::Method))
            .call(at("/files//a", fetch_call("PUT")), End::Rejected(Step::Origin)),
        row("R19: the layer adds nothing to a response of the service")
            .rule(rule_text(APP))
            .whole(files(false))
            .call(at("/files/a", get()), End::Rejected(Step::Origin))
            .call(at("/items", get()), End::Readable),
        row("DESIGN 8, 17: a static origin at some paths")
            .rule(RuleText { paths: paths(&["/data/*"]), is_static: true, ..rule_text(APP) })
            .neighbour(EVIL)
            .call(at("/data/a", get()), End::Readable)
            .call(at("/items", get()), End::Rejected(Step::Origin)),
    ]
}

fn row(source: &'static str) -> Row {
    let visit = Visit {
        origin: APP.to_owned(),
        neighbour: "https://neighbour.example".to_owned(),
        engine: Engine::Standard,
        calls: Vec::new(),
    };
    let case = Case {
        rules: Rules {
            texts: Vec::new(),
            whole: PolicySettings::default(),
            preflight_status: 204,
            as_sets: false,
        },
        response: OwnResponse { status: 200, headers: Vec::new() },
        visits: vec![visit],
    };
    Row { source, case, ends: Vec::new() }
}

impl Row {
    fn rule(mut self, rule: RuleText) -> Self {
        self.case.rules.texts.push(rule);
        self
    }

    fn whole(mut self, whole: PolicySettings) -> Self {
        self.case.rules.whole = whole;
        self
    }

    fn own(mut self, headers: &[(&'static str, &'static str)]) -> Self {
        self.case.response.headers = headers.to_vec();
        self
    }

    /// Sets the origin of the page. Must precede the calls.
    fn origin(mut self, origin: &str) -> Self {
        origin.clone_into(&mut self.case.visits[0].origin);
        self
    }

    fn neighbour(mut self, origin: &str) -> Self {
        origin.clone_into(&mut self.case.visits[0].neighbour);
        self
    }

    fn engine(mut self, engine: Engine) -> Self {
        self.case.visits[0].engine = engine;
        self
    }

    fn call(self, call: Call, end: End) -> Self {
        self.after(Wait::Nothing, call, end)
    }

    fn after(mut self, wait: Wait, call: Call, end: End) -> Self {
        let visit = &mut self.case.visits[0];
        let call = call.by(&visit.origin);
        visit.calls.push((wait, call));
        self.ends.push(end);
        self
    }
}

fn rule_text(origin: &str) -> RuleText {
    RuleText { origins: texts(&[origin]), ..RuleText::default() }
}

fn get() -> Call {
    fetch_call("GET")
}

fn post() -> Call {
    Call { body: Body::Text, ..fetch_call("POST") }
}

fn with_credentials(name: &str) -> Call {
    Call { credentials: Credentials::Include, ..get().with(name, "1") }
}

fn with_accept_lines(lines: usize) -> Call {
    (0..lines).fold(get(), |call, _| call.with("accept", &"a".repeat(128)))
}

fn at(path: &str, call: Call) -> Call {
    Call { address: format!("https://api.example.com{path}"), ..call }
}

fn fetch_call(method: &str) -> Call {
    Call {
        origin: String::new(),
        address: "https://api.example.com/items".to_owned(),
        is_own: false,
        mode: Mode::Cors,
        method: method.to_owned(),
        headers: Vec::new(),
        body: Body::Nothing,
        credentials: Credentials::SameOrigin,
        has_upload_listener: false,
    }
}

impl Call {
    fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}
