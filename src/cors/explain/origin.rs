use http::{HeaderValue, header::ORIGIN};

use super::{
    suggestion::{Suggestion, add_origin},
    wording::{MatchedRule, NO_BROWSER, StepFailure, escape, join_items, quote},
};
use crate::{
    RequestHead,
    cors::{
        origin_matcher::OriginMatcher,
        policy::{CompiledPolicy, CompiledRule},
        request::OriginHeader,
    },
    limits::ORIGIN_BYTES,
    origin::{FILE_ORIGIN, Member, Origin, OriginErrorKind, ParsedPattern},
};

/// Returns the line about an origin that the rule matches.
pub(super) fn matched(matched: MatchedRule<'_>, header: OriginHeader<'_>) -> String {
    let path = matched.path();
    let origins = match &matched.rule.origins {
        OriginMatcher::Listed { origins, .. } => origins,
        OriginMatcher::AnyOrigin => {
            return format!("{path} allows any origin and responds with \"*\"");
        }
        any @ OriginMatcher::AnyOriginWithCredentials { .. } => {
            return format!("{path} allows {} and responds with the origin", any.description());
        }
    };
    let Ok(origin) = header.parse() else {
        return format!("{path} allows this origin");
    };
    match origins.find(&origin) {
        _ if origin.is_opaque() => {
            format!("{path}.dangerously_allow_null_origin allows null")
        }
        Some(Member::Pattern(pattern)) if pattern == origin.as_str() => {
            format!("{origin} is listed in {path}")
        }
        Some(member) => {
            format!("{origin} matches {} in {path}", quote(member.as_str().as_bytes()))
        }
        None => format!("{origin} matches a predicate of {path}"),
    }
}

/// Returns whether the request origin differs from the static origin in the response.
pub(super) fn differs_from_static_origin(
    compiled: &CompiledPolicy,
    head: &RequestHead<'_>,
) -> bool {
    let Some(origin) = &compiled.static_origin else { return false };
    let mut lines = head.headers().get_all(ORIGIN).iter();
    let Some(first) = lines.next() else { return false };
    let is_other = first != origin || lines.next().is_some();
    is_other && compiled.rules_at(head).next().is_some()
}

/// Returns the line about the static origin of a rule.
pub(super) fn static_origin(
    matched: MatchedRule<'_>,
    origin: &HeaderValue,
    header: OriginHeader<'_>,
    is_blocked: bool,
) -> String {
    let (path, origin) = (matched.path(), escape(origin.as_bytes()));
    if !is_blocked {
        return format!("{origin} is the static origin of {path}");
    }
    let request = match header.value() {
        Some(value) => quote(value.as_bytes()),
        None => "an Origin with several field lines".to_owned(),
    };
    format!(
        "{path} responds to every request with {origin}; the browser compares the origin of the page, and \
         {request} differs"
    )
}

/// Returns help for a page of another origin than the static one.
pub(super) fn static_origin_help(
    matched: MatchedRule<'_>,
    origin: &HeaderValue,
    header: OriginHeader<'_>,
) -> String {
    let is_listable = |origin: &Origin<'_>| ParsedPattern::parse(origin.as_str()).is_ok();
    match header.parse().ok().filter(is_listable) {
        Some(other) => format!(
            "if the page is yours: replace {} by origins = [\"{}\", \"{other}\"]",
            matched.setting("static_origin"),
            String::from_utf8_lossy(origin.as_bytes()),
        ),
        None => NO_BROWSER.to_owned(),
    }
}

/// Returns the explanation of an origin that no rule matches.
pub(super) fn failure(rules: &[CompiledRule], header: OriginHeader<'_>) -> StepFailure {
    match (header.value(), header.parse()) {
        (None, _) => repeated_header(),
        (Some(value), Err(_)) => malformed(rules, value),
        (_, Ok(origin)) if origin.is_opaque() => null(rules),
        (_, Ok(origin)) if origin.is_file() => file(rules),
        (_, Ok(origin)) => unmatched(rules, &origin),
    }
}

fn unmatched(rules: &[CompiledRule], origin: &Origin<'_>) -> StepFailure {
    let suggestion = Suggestion::find(rules, origin);
    let help = match &suggestion {
        Some(suggestion) => suggestion.help(origin),
        None => vec![match rules {
            [] => "if the page is yours: use a policy that has a rule for its origin".to_owned(),
            [rule] => format!("if the page is yours: {}", add_origin(rule, origin)),
            _ => format!("if the page is yours: add \"{origin}\" to the origins of a rule"),
        }],
    };
    StepFailure {
        reason: format!("no rule allows {origin}"),
        compared: match rules {
            [] => "the policy has no rules".to_owned(),
            _ => format!("no match in {}", describe_origins(rules)),
        },
        closest: suggestion.map(|suggestion| suggestion.to_string()),
        help,
    }
}

/// Returns the explanation of `null`. <https://html.spec.whatwg.org/#concept-origin-opaque>
fn null(rules: &[CompiledRule]) -> StepFailure {
    let setting = match rules {
        [rule] if !rule.origins.has_credentials() => {
            "rules[0].dangerously_allow_null_origin = true"
        }
        _ => "dangerously_allow_null_origin = true in a rule without credentials",
    };
    StepFailure {
        reason: "no rule allows null".to_owned(),
        compared:
            "sandboxed frames, local files and data: documents send null, and browsers send it \
                   after a cross-origin redirect"
                .to_owned(),
        closest: None,
        help: vec![
            "serve the page over http or https, add allow-same-origin to the sandboxed frame, or \
             respond without a redirect"
                .to_owned(),
            format!("only if any website may read the response: {setting}"),
        ],
    }
}

/// Returns the explanation of `file://`.
fn file(rules: &[CompiledRule]) -> StepFailure {
    let settings = match rules {
        [rule] if !rule.origins.has_credentials() => format!(
            "{path}.origins: add \"{FILE_ORIGIN}\", and {path}.dangerously_allow_null_origin = true",
            path = rule.path
        ),
        _ => format!(
            "add \"{FILE_ORIGIN}\" and dangerously_allow_null_origin = true to a rule without credentials"
        ),
    };
    StepFailure {
        reason: format!("no rule allows {FILE_ORIGIN}"),
        compared: "some browsers and applications send file:// for every local file".to_owned(),
        closest: None,
        help: vec![
            "serve the page over http, from a loopback address".to_owned(),
            format!("only if any local file may read the response: {settings}"),
        ],
    }
}

fn repeated_header() -> StepFailure {
    StepFailure {
        reason: "Origin has several field lines".to_owned(),
        compared: "browsers send one field line; several are rejected".to_owned(),
        closest: None,
        help: vec![NO_BROWSER.to_owned()],
    }
}

fn malformed(rules: &[CompiledRule], value: &HeaderValue) -> StepFailure {
    let bytes = value.as_bytes();
    let (problem, suggestion) = diagnose(bytes);
    let closest = suggestion.as_deref().and_then(|suggestion| {
        let origin = Origin::parse(suggestion.as_bytes()).ok()?;
        let path = &rules.iter().find(|rule| rule.origins.lists(&origin))?.path;
        Some(format!("{path} allows {origin}"))
    });
    let help = match &suggestion {
        Some(origin) if closest.is_some() => {
            format!("send {origin} from the client, as browsers do")
        }
        _ => NO_BROWSER.to_owned(),
    };
    StepFailure {
        reason: format!("{} is not a valid origin", quote(bytes)),
        compared: problem,
        closest,
        help: vec![help],
    }
}

/// Returns why the bytes are not an origin, and the origin that was probably meant.
fn diagnose(bytes: &[u8]) -> (String, Option<String>) {
    let problem = match std::str::from_utf8(bytes) {
        _ if bytes.is_empty() => "the value is empty",
        _ if bytes.eq_ignore_ascii_case(b"null") => "browsers send null in lower case",
        _ if bytes.len() > ORIGIN_BYTES => {
            return (format!("the value has more than {ORIGIN_BYTES} bytes"), None);
        }
        Err(_) => "the value is not UTF-8 text",
        Ok(text) if text.matches("://").count() > 1 => {
            "the value lists several origins; a page has one"
        }
        Ok(text) => match ParsedPattern::parse(text) {
            Err(error) if error.kind() != OriginErrorKind::AnyOrigin => {
                let is_origin = |text: &&str| Origin::parse(text.as_bytes()).is_ok();
                let suggestion = error.suggestion().filter(is_origin).map(str::to_owned);
                let message = error.kind().message();
                let problem = format!("{}; {}", message.problem(), message.reason());
                return (problem, suggestion);
            }
            _ => "\"*\" is used in configurations and responses only; no page has this origin",
        },
    };
    (problem.to_owned(), None)
}

fn describe_origins(rules: &[CompiledRule]) -> String {
    let each = rules.iter().map(|rule| {
        let path = &rule.path;
        let origins = rule.origins.description();
        format!("{path} ({origins})")
    });
    join_items(each.take(PRINTED_RULES), rules.len().min(PRINTED_RULES))
        + if rules.len() > PRINTED_RULES { " ..." } else { "" }
}

impl OriginMatcher {
    /// Returns whether a pattern or a regular expression matches the origin. Predicates are not called:
    /// they only see real requests.
    pub(super) fn lists(&self, origin: &Origin<'_>) -> bool {
        match self {
            Self::AnyOrigin => true,
            Self::AnyOriginWithCredentials { only_secure } => {
                origin.may_have_credentials(*only_secure)
            }
            Self::Listed { origins, only_secure, no_files, .. } => {
                !(*only_secure && origin.is_insecure() || *no_files && origin.is_file())
                    && origins.contains(origin)
            }
        }
    }

    fn description(&self) -> String {
        let (origins, predicates, null) = match self {
            Self::Listed { origins, predicates, null, .. } => (origins, predicates, null),
            Self::AnyOrigin => return "any origin".to_owned(),
            Self::AnyOriginWithCredentials { only_secure: true } => {
                return "any origin except null, file:// and plain HTTP".to_owned();
            }
            Self::AnyOriginWithCredentials { only_secure: false } => {
                return "any origin except null and file://".to_owned();
            }
        };
        let members = origins.iter().map(|member| quote(member.as_str().as_bytes()));
        let mut text = join_items(members, origins.len());
        for (is_present, name) in [(*null, "null"), (!predicates.is_empty(), "a predicate")] {
            if is_present {
                if !text.is_empty() {
                    text.push_str(", ");
                }
                text.push_str(name);
            }
        }
        // The last origin of the rule was removed.
        if text.is_empty() { "no origins".to_owned() } else { text }
    }
}

/// The most rules whose origins are printed.
const PRINTED_RULES: usize = 3;
