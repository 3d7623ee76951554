//! Converts cases of the reference model into types of the crate and its browser. The differential test and
//! the fuzzer share this module.

use http::{HeaderMap, HeaderValue, StatusCode};
use tower_cross_origin::{
    browser::{self, Engine, Page},
    cors::{CorsConfig, CorsConfigError, CorsPolicy, Rule, UpstreamHeaders},
    origin::OriginSet,
};

use super::{cases::Rules, rule::with_settings};
use crate::reference_model::cors_model::{
    Browser, CallResult, End, PolicySettings, RuleText, ServiceHeaders, Step,
    page::{Body, Call, Credentials, Mode},
};

/// Creates the policy of these rules.
#[allow(clippy::needless_update, reason = "a new setting has its default here")]
pub(crate) fn policy(rules: &Rules) -> Result<CorsPolicy, CorsConfigError> {
    let compiled: Vec<Rule> = rules.texts.iter().map(|text| rule(text, rules.as_sets)).collect();
    let PolicySettings { enforces, keeps, hides_failing_step, not_handled } = &rules.whole;
    let config = CorsConfig::from(compiled)
        .preflight_status(rules.preflight_status)
        .enforce(*enforces)
        .not_handled(not_handled)
        .upstream_headers(if *keeps { UpstreamHeaders::Keep } else { UpstreamHeaders::Replace })
        .hide_failing_step(*hides_failing_step);
    config.try_into()
}

/// Opens a page with this origin.
pub(crate) fn open_page(origin: &str, engine: Engine) -> Page {
    let page = match origin {
        "null" => Page::opaque(),
        "file://" => Page::open("file:///page.html").with_file_access(),
        origin => Page::open(origin),
    };
    page.in_engine(engine)
}

/// Creates the `fetch` of a call.
pub(crate) fn fetch(call: &Call) -> browser::Fetch {
    let fetch = browser::Fetch::new(&call.method, &call.address);
    let fetch = call.headers.iter().fold(fetch, |fetch, (name, value)| fetch.header(name, value));
    let fetch = match call.body {
        Body::Nothing => fetch,
        Body::Text => fetch.text("a body"),
        Body::Form => fetch.form("a=body"),
        Body::Bytes => fetch.bytes(b"a body"),
        Body::Stream => fetch.stream(b"a body"),
    };
    let fetch = fetch.mode(match call.mode {
        Mode::Cors => browser::Mode::Cors,
        Mode::NoCors => browser::Mode::NoCors,
        Mode::SameOrigin => browser::Mode::SameOrigin,
    });
    let fetch = fetch.credentials(match call.credentials {
        Credentials::Omit => browser::Credentials::Omit,
        Credentials::SameOrigin => browser::Credentials::SameOrigin,
        Credentials::Include => browser::Credentials::Include,
    });
    if call.has_upload_listener { fetch.upload_listener() } else { fetch }
}

/// Returns whether a browser stops at this step for the expected end of the call.
pub(crate) fn stops_at(granted: &CallResult, step: Option<browser::BlockedStep>) -> bool {
    let preflight = granted.preflight.as_ref();
    let failing_step = || match preflight? {
        // A service that handles CORS lets the browser find the step.
        preflight if preflight.is_for_service => match granted.end {
            End::Rejected(step) => Some(step),
            _ => None,
        },
        preflight => preflight.failing_step.as_ref().map(|failing| failing.step),
    };
    match granted.end {
        End::SameOrigin | End::Readable | End::Opaque => step.is_none(),
        End::Throws => step == Some(browser::BlockedStep::Call),
        End::NotAllowed => step == Some(browser::BlockedStep::Mode),
        End::Rejected(Step::Method | Step::RequestHeader) => match failing_step() {
            Some(Step::Method) => step == Some(browser::BlockedStep::AllowMethods),
            Some(_) => step == Some(browser::BlockedStep::AllowHeaders),
            // The response has no CORS headers, so the browser stops at the first one.
            None => step == Some(browser::BlockedStep::AllowOrigin),
        },
        End::Rejected(Step::PreflightStatus) => step == Some(browser::BlockedStep::PreflightStatus),
        End::Rejected(Step::Origin) => step == Some(browser::BlockedStep::AllowOrigin),
        End::Rejected(Step::Credentials) => {
            matches!(
                step,
                Some(browser::BlockedStep::AllowOrigin | browser::BlockedStep::AllowCredentials)
            )
        }
    }
}

/// Returns the status and the headers of the service's response.
pub(crate) fn own(status: StatusCode, headers: &HeaderMap) -> ServiceHeaders {
    let text = |value: &HeaderValue| value.as_bytes().iter().copied().map(char::from).collect();
    let lines = headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect();
    ServiceHeaders { status: status.as_u16(), lines }
}

/// Returns the time and the limits of the browser. F43
pub(crate) fn browser_at(now: u64, engine: Engine) -> Browser {
    let longest = match engine {
        Engine::Chromium => 7200,
        Engine::Firefox => 86_400,
        Engine::WebKit => 600,
        _ => u64::MAX,
    };
    Browser {
        now,
        longest,
        star_allows_authorization: engine.accepts_wildcard_for_authorization(),
        needs_no_list_of_methods: engine.accepts_missing_allow_methods(),
        caches_star_for_authorization: engine == Engine::WebKit,
        caches_safelisted_methods: matches!(engine, Engine::Chromium | Engine::WebKit),
        caches_null: engine != Engine::Chromium,
        forgets_failed_calls: matches!(engine, Engine::Standard | Engine::Firefox),
        preflights_empty_uploads: engine != Engine::Chromium,
        joins_lines: matches!(engine, Engine::Chromium | Engine::WebKit),
        limits_total: engine != Engine::Firefox,
    }
}

fn rule(text: &RuleText, as_set: bool) -> Rule {
    let rule = if text.is_static {
        Rule::for_static_origin(&text.origins[0])
    } else if as_set && !text.is_for_any_origin() {
        Rule::for_origins(OriginSet::parse(&text.origins).expect("the texts are valid patterns"))
    } else {
        Rule::for_origins(&text.origins)
    };
    with_settings(rule, text)
}
