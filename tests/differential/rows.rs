//! What was found once: by this test, or by a defect that was planted to see whether this test finds it.
//! Each row says by itself what the page gets.

use tower_cross_origin::browser::Engine;

use crate::{
    cases::{Case, OwnResponse, Rules, Visit, Wait},
    reference_model::cors_model::{
        DebugSetting, End, PolicySettings, RuleText, Step,
        page::{Body, Call, Credentials, Mode},
    },
};

pub(crate) struct Row {
    pub(crate) source: &'static str,
    pub(crate) case: Case,
    /// What each of the calls comes to.
    pub(crate) ends: Vec<End>,
}

const APP: &str = "https://app.example.com";
const EVIL: &str = "https://evil.example";

pub(crate) fn rows() -> Vec<Row> {
    [of_origins(), of_methods(), of_headers(), of_responses(), of_the_whole()]
        .into_iter()
        .flatten()
        .collect()
}

fn of_origins() -> Vec<Row> {
    vec![
        row("PEERS 12: a suffix begins with a dot")
            .rule(of("https://*.example.com"))
            .origin("https://evilexample.com")
            .call(get(), End::Rejected(Step::Origin)),
        row("a pattern has a scheme")
            .rule(of("https://*.example.com:*"))
            .origin("http://app.example.com")
            .call(get(), End::Rejected(Step::Origin)),
        row(":* is the implied port, too")
            .rule(of("https://app.example.com:*"))
            .call(get(), End::Readable),
        row("the first rule that covers an origin decides, alone")
            .rule(of(APP))
            .rule(RuleText { methods: texts(&["*"]), ..of("*") })
            .call(asking("PUT"), End::Rejected(Step::Method)),
        row("DESIGN 5: no origin by the stricter grammar; * is a constant, a preflight is refused")
            .rule(RuleText { methods: texts(&["*"]), ..of("*") })
            .origin("https://app.example.com.")
            .call(get(), End::Readable)
            .call(asking("PUT"), End::Rejected(Step::Origin)),
        row("DESIGN 5: beside other rules, it gets nothing")
            .rule(of(EVIL))
            .rule(of("*"))
            .origin("https://app.example.com.")
            .call(get(), End::Rejected(Step::Origin)),
        row("F6: null is covered by a rule for any origin, and by no list")
            .rule(of("https://null"))
            .rule(RuleText { methods: texts(&["PUT"]), ..of("*") })
            .origin("null")
            .call(asking("PUT"), End::Readable),
        row("F45: * counts for nothing with credentials")
            .rule(of("*"))
            .call(Call { credentials: Credentials::Include, ..get() }, {
                End::Rejected(Step::Credentials)
            }),
        row("a rule has credentials by itself, whatever other rules have")
            .rule(of(APP))
            .rule(RuleText { credentials: true, ..of(EVIL) })
            .call(get(), End::Readable)
            .call(Call { credentials: Credentials::Include, ..get() }, {
                End::Rejected(Step::Credentials)
            }),
        row("F35: a preflight says of credentials what the response says")
            .rule(RuleText { credentials: true, methods: texts(&["PUT"]), ..of(APP) })
            .call(Call { credentials: Credentials::Include, ..asking("PUT") }, End::Readable),
        row("DESIGN 5: the answer is constant only where the rule for any origin is the only one")
            .rule(of("*"))
            .rule(of(EVIL))
            .origin("https://app.example.com.")
            .call(get(), End::Rejected(Step::Origin)),
    ]
}

fn of_methods() -> Vec<Row> {
    vec![
        row("F31, MATRIX 2.8.5: a safelisted method needs no listing, even where it is asked for")
            .rule(RuleText { credentials: true, ..of(APP) })
            .call(Call { has_upload_listener: true, ..post() }, End::Readable)
            .call(Call { body: Body::Stream, ..post() }, End::Readable),
        row("F20: patch is not PATCH")
            .rule(RuleText { methods: texts(&["PATCH"]), ..of(APP) })
            .call(asking("patch"), End::Rejected(Step::Method))
            .call(asking("PATCH"), End::Readable),
        row("F39: with credentials * is a name, so that what is asked for is repeated")
            .rule(RuleText { methods: texts(&["*"]), credentials: true, ..of(APP) })
            .call(Call { credentials: Credentials::Include, ..asking("PUT") }, End::Readable),
        row("F43: a day is remembered for a day, and nothing for 5 seconds")
            .rule(RuleText { methods: texts(&["PUT"]), max_age: Some(86_400), ..of(APP) })
            .rule(RuleText { methods: texts(&["PUT"]), ..of(EVIL) })
            .call(asking("PUT"), End::Readable)
            .after(Wait::JustBefore, asking("PUT"), End::Readable)
            .after(Wait::Until, asking("PUT"), End::Readable),
        row("any method is one of at most 64 bytes")
            .rule(RuleText { methods: texts(&["*"]), credentials: true, ..of(APP) })
            .call(asking(&"M".repeat(64)), End::Readable)
            .call(asking(&"M".repeat(65)), End::Rejected(Step::Method)),
        row("F15: OPTIONS without Access-Control-Request-Method is the service's")
            .rule(RuleText { methods: texts(&["OPTIONS"]), ..of(APP) })
            .call(asking("options"), End::Readable),
    ]
}

fn of_headers() -> Vec<Row> {
    vec![
        row("F40: * does not cover Authorization")
            .rule(RuleText { request_headers: texts(&["*"]), ..of(APP) })
            .call(get().with("Authorization", "Bearer t"), End::Rejected(Step::RequestHeader))
            .call(get().with("x-a", "1"), End::Readable)
            .call(get().with("Authorization", "Bearer t"), End::Rejected(Step::RequestHeader)),
        row("F40: a * that an engine remembers does not cover Authorization")
            .rule(RuleText { request_headers: texts(&["*"]), ..of(APP) })
            .engine(Engine::WebKit)
            .call(get().with("authorization", "Bearer t"), End::Rejected(Step::RequestHeader))
            .call(get().with("x-a", "1"), End::Readable)
            .call(get().with("authorization", "Bearer t"), End::Rejected(Step::RequestHeader)),
        row("F38: names of request headers are compared without case")
            .rule(RuleText { request_headers: texts(&["X-A"]), ..of(APP) })
            .call(get().with("x-a", "1"), End::Readable)
            .call(get().with("X-A", "1"), End::Readable),
        row("F24: 1,025 bytes of safelisted values are asked for")
            .rule(of(APP))
            .call(accepting(8), End::Readable)
            .call(accepting(8).with("accept-language", "a"), End::Rejected(Step::RequestHeader)),
        row("F22: 128 bytes of a safelisted value, and no more")
            .rule(of(APP))
            .call(get().with("accept", &"a".repeat(128)), End::Readable)
            .call(get().with("accept", &"a".repeat(129)), End::Rejected(Step::RequestHeader)),
        row("F22: a range has a start")
            .rule(of(APP))
            .call(get().with("range", "bytes=0-"), End::Readable)
            .call(get().with("range", "bytes=-500"), End::Rejected(Step::RequestHeader)),
        row("F22, F25: JSON is asked for")
            .rule(of(APP))
            .call(post().with("content-type", "Text/Plain;a"), End::Readable)
            .call(post().with("content-type", "application/json"), {
                End::Rejected(Step::RequestHeader)
            }),
        row("DESIGN 6: 256 names of 4,096 bytes, and no more")
            .rule(RuleText { request_headers: texts(&["*"]), credentials: true, ..of(APP) })
            .call((0..256).fold(get(), |call, n| call.with(&format!("x-{n}"), "1")), End::Readable)
            .call((0..257).fold(get(), |call, n| call.with(&format!("y-{n}"), "1")), {
                End::Rejected(Step::RequestHeader)
            })
            .call(get().with(&"x".repeat(4096), "1"), End::Readable)
            .call(get().with(&"x".repeat(4097), "1"), End::Rejected(Step::RequestHeader)),
    ]
}

fn of_responses() -> Vec<Row> {
    vec![
        row(
            "F40: * does not cover Authorization with credentials either, where names are repeated",
        )
        .rule(RuleText { request_headers: texts(&["*"]), credentials: true, ..of(APP) })
        .call(including("authorization"), End::Rejected(Step::RequestHeader))
        .call(including("x-a"), End::Readable),
        row("DESIGN 3: a refused response has no CORS header, not even of credentials")
            .rule(RuleText { credentials: true, expose_headers: texts(&["etag"]), ..of(APP) })
            .origin(EVIL)
            .call(get(), End::Rejected(Step::Origin)),
        row("PEERS 47: the service's own CORS headers are replaced where the page may read")
            .rule(RuleText { credentials: true, ..of(APP) })
            .own(&[
                ("access-control-allow-origin", "*"),
                ("access-control-expose-headers", "x-secret"),
                ("x-secret", "1"),
            ])
            .call(Call { credentials: Credentials::Include, ..get() }, End::Readable),
        row("PEERS 47: the service's own CORS headers are removed where it may not")
            .rule(of(APP))
            .own(&[("access-control-allow-origin", "*")])
            .origin(EVIL)
            .call(get(), End::Rejected(Step::Origin)),
        row("F58, PEERS 23: by one cache, pages of two origins, and one that sends none")
            .rule(of(APP))
            .rule(of(EVIL))
            .own(&[("vary", "accept-encoding")])
            .neighbour(EVIL)
            .call(get(), End::Readable),
        row("F58: a refused response varies, too")
            .rule(of(EVIL))
            .own(&[("vary", "accept-encoding")])
            .neighbour(EVIL)
            .call(get(), End::Rejected(Step::Origin)),
        row("F60: a preflight varies on what it asks for: by one cache, one page asks twice")
            .rule(RuleText { methods: texts(&["*"]), credentials: true, ..of(APP) })
            .call(Call { credentials: Credentials::Include, ..asking("PUT") }, End::Readable)
            .call(Call { credentials: Credentials::Include, ..asking("DELETE") }, End::Readable),
        row("F42, F51: what is exposed is on the response, and nothing else can be read")
            .rule(RuleText { expose_headers: texts(&["ETag"]), ..of(APP) })
            .own(&[("etag", "\"1\""), ("x-secret", "1"), ("set-cookie", "a=b")])
            .call(asking("PUT"), End::Rejected(Step::Method))
            .call(Call { has_upload_listener: true, ..post() }, End::Readable)
            .call(get(), End::Readable),
    ]
}

fn of_the_whole() -> Vec<Row> {
    let telling = || PolicySettings { debug: DebugSetting::All, ..PolicySettings::default() };
    let stream = |method| Call { body: Body::Stream, ..asking(method) };
    vec![
        row("F41: an upload takes silence on methods for consent")
            .rule(of(APP))
            .whole(telling())
            .call(stream("PUT"), End::Rejected(Step::Method)),
        row("limits: * covers a method that is too long to be granted")
            .rule(RuleText { methods: texts(&["*"]), ..of(APP) })
            .whole(telling())
            .call(asking(&"M".repeat(65)), End::Rejected(Step::Method)),
        row("STANDARDS 6, 2: kept credentials beside a * of another layer's")
            .rule(of("*"))
            .whole(PolicySettings { keeps: true, ..PolicySettings::default() })
            .own(&[("access-control-allow-credentials", "true")])
            .call(Call { credentials: Credentials::Include, ..get() }, {
                End::Rejected(Step::Credentials)
            }),
        row("F33, F41: what an upload's method is granted by silence is remembered in Chromium, too")
            .rule(RuleText { max_age: Some(60), ..of(APP) })
            .engine(Engine::Chromium)
            .call(stream("POST"), End::Readable)
            .call(stream("POST"), End::Readable),
        row("PEERS 6: a simple request of another origin is not passed on")
            .rule(of(EVIL))
            .whole(PolicySettings { enforces: true, ..PolicySettings::default() })
            .call(Call { body: Body::Text, ..asking("POST") }, End::Rejected(Step::Origin)),
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

    /// Of the page, before its calls.
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

fn of(origin: &str) -> RuleText {
    RuleText { origins: texts(&[origin]), ..RuleText::default() }
}

fn get() -> Call {
    asking("GET")
}

fn post() -> Call {
    Call { body: Body::Text, ..asking("POST") }
}

fn including(name: &str) -> Call {
    Call { credentials: Credentials::Include, ..get().with(name, "1") }
}

fn accepting(lines: usize) -> Call {
    (0..lines).fold(get(), |call, _| call.with("accept", &"a".repeat(128)))
}

fn asking(method: &str) -> Call {
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
