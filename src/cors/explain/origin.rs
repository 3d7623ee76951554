use http::HeaderValue;

use super::{
    suggestion::{Suggestion, adding},
    wording::{MatchedRule, NO_BROWSER, StepFailure, listed, quoted},
};
use crate::{
    cors::{origin_matcher::OriginMatcher, policy::CompiledRule, request::OriginHeader},
    limits::ORIGIN_BYTES,
    origin::{Member, Origin, OriginErrorKind, ParsedPattern},
};

/// Of an origin that the rule covers.
pub(super) fn matched(matched: MatchedRule<'_>, header: OriginHeader<'_>) -> String {
    let path = matched.path();
    let OriginMatcher::Listed { origins, .. } = &matched.rule.origins else {
        return format!("{path} is for any origin, and answers \"*\"");
    };
    let Ok(origin) = header.parse() else {
        return format!("{path} covers it");
    };
    match origins.find(&origin) {
        _ if origin.is_opaque() => {
            format!("null is covered by {path}.dangerously_allow_null_origin")
        }
        Some(Member::Pattern(pattern)) if pattern == origin.as_str() => {
            format!("{origin} is named by {path}")
        }
        Some(member) => {
            format!("{origin} is covered by {} of {path}", quoted(member.as_str().as_bytes()))
        }
        None => format!("{origin} is covered by a predicate of {path}"),
    }
}

/// Of an origin that no rule covers.
pub(super) fn failure(rules: &[CompiledRule], header: OriginHeader<'_>) -> StepFailure {
    match (header.value(), header.parse()) {
        (None, _) => several_lines(),
        (Some(value), Err(_)) => malformed(rules, value),
        (_, Ok(origin)) if origin.is_opaque() => null(rules),
        (_, Ok(origin)) => uncovered(rules, &origin),
    }
}

fn uncovered(rules: &[CompiledRule], origin: &Origin<'_>) -> StepFailure {
    let near = Suggestion::find(rules, origin);
    let advice = match &near {
        _ if ParsedPattern::parse(origin.as_str()).is_err() => {
            vec!["nothing: a rule cannot name it; serve the page over http or https".to_owned()]
        }
        Some(near) => near.advice(origin),
        None => vec![match rules {
            [] => "nothing, unless the page is yours: then another policy is to answer, with a rule for it"
                .to_owned(),
            [rule] => {
                format!("nothing, unless the page is yours: then {}", adding(rule, origin))
            }
            _ => format!(
                "nothing, unless the page is yours: then add \"{origin}\" to the origins of a rule"
            ),
        }],
    };
    StepFailure {
        reason: format!("no rule covers {origin}"),
        compared: match rules {
            [] => "the policy is for nobody: it has no rule".to_owned(),
            _ => format!("compared with {}", all_origins(rules)),
        },
        nearest: near.map(|near| near.to_string()),
        advice,
    }
}

/// <https://html.spec.whatwg.org/#concept-origin-opaque>
fn null(rules: &[CompiledRule]) -> StepFailure {
    let setting = match rules {
        [rule] if !rule.origins.has_credentials() => {
            "rules[0].dangerously_allow_null_origin = true"
        }
        _ => "dangerously_allow_null_origin = true in a rule without credentials",
    };
    StepFailure {
        reason: "no rule covers null".to_owned(),
        compared: "null is what sandboxed frames, local files and data: documents send, and what is \
                   left of an origin after a redirect over another one"
            .to_owned(),
        nearest: None,
        advice: vec![
            "serve the page over http or https, give a sandboxed frame of yours allow-same-origin, or \
             answer without a redirect"
                .to_owned(),
            format!("only where every page there is may read: {setting}"),
        ],
    }
}

fn several_lines() -> StepFailure {
    StepFailure {
        reason: "there are several lines of Origin".to_owned(),
        compared: "a browser sends one line, and none of several is taken".to_owned(),
        nearest: None,
        advice: vec![NO_BROWSER.to_owned()],
    }
}

fn malformed(rules: &[CompiledRule], value: &HeaderValue) -> StepFailure {
    let bytes = value.as_bytes();
    let (why, kind, instead) = diagnosed(bytes);
    let nearest = instead.as_deref().and_then(|instead| {
        let origin = Origin::parse(instead.as_bytes()).ok()?;
        let path = &rules.iter().find(|rule| rule.origins.names(&origin))?.path;
        Some(format!("{path} covers {origin}"))
    });
    let advice = match (&instead, kind) {
        // What shows web pages does send these two.
        (Some(instead), Some(OriginErrorKind::TrailingDot)) => {
            format!("open the page as {instead}")
        }
        (_, Some(OriginErrorKind::FileScheme)) => {
            "serve the page over http, from a loopback address".to_owned()
        }
        (Some(instead), _) if nearest.is_some() => {
            format!("let the program that asks send {instead}, as a browser does")
        }
        _ => NO_BROWSER.to_owned(),
    };
    StepFailure {
        reason: format!("{} is no well-formed origin", quoted(bytes)),
        compared: why,
        nearest,
        advice: vec![advice],
    }
}

/// Why the bytes are no origin, and the one that was probably meant.
fn diagnosed(bytes: &[u8]) -> (String, Option<OriginErrorKind>, Option<String>) {
    let why = match std::str::from_utf8(bytes) {
        _ if bytes.is_empty() => "the header is empty",
        _ if bytes.eq_ignore_ascii_case(b"null") => "browsers write null in lower case",
        _ if bytes.len() > ORIGIN_BYTES => {
            return (format!("it has more than {ORIGIN_BYTES} bytes"), None, None);
        }
        Err(_) => "it has bytes that are no text",
        Ok(text) if text.matches("://").count() > 1 => {
            "it names several origins, and a page has one"
        }
        Ok(text) => match ParsedPattern::parse(text) {
            Err(error) if error.kind() != OriginErrorKind::AnyOrigin => {
                let is_origin = |text: &&str| Origin::parse(text.as_bytes()).is_ok();
                let instead = error.suggestion().filter(is_origin).map(str::to_owned);
                let message = error.kind().message();
                let why = format!("{}; {}", message.problem(), message.reason());
                return (why, Some(error.kind()), instead);
            }
            _ => "a \"*\" stands in configurations and in answers, and no page has such an origin",
        },
    };
    (why.to_owned(), None, None)
}

fn all_origins(rules: &[CompiledRule]) -> String {
    let each = rules.iter().map(|rule| {
        let path = &rule.path;
        let audience = rule.origins.in_words();
        format!("{path} ({audience})")
    });
    listed(each.take(RULES), rules.len().min(RULES)) + if rules.len() > RULES { " ..." } else { "" }
}

impl OriginMatcher {
    /// Whether a pattern or a regular expression covers the origin. Predicates are not asked: they see
    /// requests that come, and not those that might.
    pub(super) fn names(&self, origin: &Origin<'_>) -> bool {
        match self {
            Self::AnyOrigin => true,
            Self::Listed { origins, only_secure, .. } => {
                !(*only_secure && origin.is_insecure()) && origins.contains(origin)
            }
        }
    }

    fn in_words(&self) -> String {
        let Self::Listed { origins, predicates, null, .. } = self else {
            return "any origin".to_owned();
        };
        let members = origins.iter().map(|member| quoted(member.as_str().as_bytes()));
        let mut words = listed(members, origins.len());
        for (is_there, what) in [(*null, "null"), (!predicates.is_empty(), "a predicate")] {
            if is_there {
                if !words.is_empty() {
                    words.push_str(", ");
                }
                words.push_str(what);
            }
        }
        // A rule whose last origin was taken out.
        if words.is_empty() { "no origin".to_owned() } else { words }
    }
}

/// As many rules as are named with their origins.
const RULES: usize = 3;
