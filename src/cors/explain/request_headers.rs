use super::wording::{
    ASTERISK, INNER_ASTERISK, MatchedRule, NO_BROWSER, PRINTED_ITEMS, StepFailure, escape,
    join_items, quote,
};
use crate::{
    cors::{
        client_presets::{Preset, contains},
        header_prefixes::prefix_text,
        preflight::{AllowedHeaders, Budget, ListWithPrefixes},
        request::RequestHeaders,
        response::CORS_RESPONSE_HEADERS,
        rule::ANY,
    },
    fetch::{
        is_cors_non_wildcard_request_header_name, is_cors_safelisted_request_header_name,
        is_forbidden_request_header_name, is_token,
    },
    limits::{
        REQUEST_HEADERS_BYTES, REQUEST_HEADERS_EMPTY_ELEMENTS, REQUEST_HEADERS_LINES,
        REQUEST_HEADERS_NAMES,
    },
    request::fields::list_members,
};

/// Returns the line about requested headers that the rule allows.
pub(super) fn allowed(matched: MatchedRule<'_>, headers: RequestHeaders<'_>) -> String {
    let names = RequestedNames::read(matched, headers);
    if names.count == 0 {
        return "none requested".to_owned();
    }
    let path = matched.path();
    match &matched.rule.preflight.headers {
        AllowedHeaders::Listed(_) => format!("{path} allows {}", allowed_names(matched)),
        AllowedHeaders::WithPrefixes(list) => {
            let by_prefix = names_by_prefix(list, headers);
            format!("{path} allows {}{by_prefix}", allowed_names(matched))
        }
        AllowedHeaders::Any { .. } | AllowedHeaders::AnyEchoed { .. } => allowed_names(matched),
    }
}

/// Returns the explanation of requested headers that the rule does not allow.
/// <https://fetch.spec.whatwg.org/#cors-preflight-fetch>, step 7.7
pub(super) fn failure(matched: MatchedRule<'_>, headers: RequestHeaders<'_>) -> StepFailure {
    RequestedNames::read(matched, headers).failure(matched)
}

/// Returns the explanation of rejected headers of an actual request, if any.
///
/// `names` are the headers that the page may have set.
pub(super) fn failure_of_actual(
    matched: MatchedRule<'_>,
    names: Vec<&[u8]>,
) -> Option<StepFailure> {
    let allowed = &matched.rule.preflight.headers;
    let rejected: Vec<&[u8]> = names.into_iter().filter(|name| !allowed.contains(name)).collect();
    if rejected.is_empty() {
        return None;
    }
    // Browsers never set safelisted headers to values that need a preflight.
    let is_certain = rejected.iter().all(|name| is_cors_safelisted_request_header_name(name));
    let names = RequestedNames { count: rejected.len(), rejected, exceeded: None };
    let mut failure = names.failure(matched);
    if !is_certain {
        let it = if names.count == 1 { "it" } else { "them" };
        failure
            .help
            .iter_mut()
            .for_each(|help| *help = format!("only if the page set {it}: {help}"));
    }
    Some(failure)
}

/// The names in `Access-Control-Request-Headers`, within the limits of the decision.
///
/// The decision stops at the first rejected name. This reads on, so that the explanation lists all of
/// them.
struct RequestedNames<'a> {
    /// The number of names, with duplicates.
    count: usize,
    /// The rejected names, without duplicates.
    rejected: Vec<&'a [u8]>,
    /// The limit that was exceeded, such as `256 names`.
    exceeded: Option<String>,
}

impl<'a> RequestedNames<'a> {
    fn read(matched: MatchedRule<'_>, headers: RequestHeaders<'a>) -> Self {
        let mut names = Self { count: 0, rejected: Vec::new(), exceeded: None };
        let mut budget = Budget::default();
        if names.read_within(&mut budget, matched, headers).is_none() {
            names.exceeded = Some(exceeded_limit(&budget));
        }
        names.count = budget.names;
        names
    }

    /// Returns `None` when a limit is exceeded.
    fn read_within(
        &mut self,
        budget: &mut Budget,
        matched: MatchedRule<'_>,
        headers: RequestHeaders<'a>,
    ) -> Option<()> {
        let allowed = &matched.rule.preflight.headers;
        for line in headers.lines() {
            budget.line(line)?;
            for name in list_members(line) {
                let is_rejected = budget.element(name)? && !allowed.contains(name);
                if is_rejected && !self.rejected.contains(&name) {
                    self.rejected.push(name);
                }
            }
        }
        Some(())
    }

    fn failure(&self, matched: MatchedRule<'_>) -> StepFailure {
        let path = matched.path();
        let (tokens, malformed): (Vec<&[u8]>, Vec<&[u8]>) =
            self.rejected.iter().copied().partition(|name| is_token(name));
        let mut reasons = Vec::new();
        let mut compared = Vec::new();
        let mut help = Vec::new();
        if !tokens.is_empty() {
            let names = join_names(&tokens);
            reasons.push(format!("{path} does not allow {names}"));
            compared.push(compared_with(matched, &names));
            help.extend(token_help(matched, &tokens));
        }
        if let Some(first) = malformed.first() {
            reasons.push(format!("{} is not a valid header name", quote(first)));
            compared.push(format!("{} is not a token (RFC 9110)", quote(first)));
            help.push(NO_BROWSER.to_owned());
        }
        if let Some(limit) = &self.exceeded {
            reasons.push(format!("Access-Control-Request-Headers has more than {limit}"));
            compared.push(format!("the policy reads at most {limit}"));
            help.push("request fewer headers, with shorter names, in one field line".to_owned());
        }
        StepFailure {
            reason: reasons.into_iter().next().unwrap_or_default(),
            compared: compared.join("; "),
            closest: None,
            help,
        }
    }
}

/// Returns the first limit that was exceeded, such as `256 names`.
fn exceeded_limit(read: &Budget) -> String {
    let limits = [
        (read.lines, REQUEST_HEADERS_LINES, "field lines"),
        (read.bytes, REQUEST_HEADERS_BYTES, "bytes"),
        (read.names, REQUEST_HEADERS_NAMES, "names"),
        (read.empty_elements, REQUEST_HEADERS_EMPTY_ELEMENTS, "empty elements"),
    ];
    let exceeded = limits.into_iter().find(|(count, limit, _)| count > limit);
    exceeded.map(|(_, limit, unit)| format!("{limit} {unit}")).unwrap_or_default()
}

fn compared_with(matched: MatchedRule<'_>, names: &str) -> String {
    let path = matched.path();
    match &matched.rule.preflight.headers {
        AllowedHeaders::Listed(listed) if listed.is_empty() => {
            format!("{path}.allow_headers is empty and does not include {names}")
        }
        AllowedHeaders::Listed(_) | AllowedHeaders::WithPrefixes(_) => {
            format!("{path} allows {}, but not {names}", allowed_names(matched))
        }
        AllowedHeaders::Any { .. } | AllowedHeaders::AnyEchoed { .. } => {
            format!("\"*\" in {path} does not include {names}")
        }
    }
}

fn token_help(matched: MatchedRule<'_>, names: &[&[u8]]) -> Vec<String> {
    let is_response_header = |name: &&[u8]| {
        CORS_RESPONSE_HEADERS.iter().any(|one| name.eq_ignore_ascii_case(one.as_ref()))
    };
    let (response_headers, others): (Vec<&[u8]>, Vec<&[u8]>) =
        names.iter().copied().partition(is_response_header);
    let (asterisks, others): (Vec<&[u8]>, Vec<&[u8]>) =
        others.into_iter().partition(|name| *name == ANY.as_bytes());
    let (with_asterisk, others): (Vec<&[u8]>, Vec<&[u8]>) =
        others.into_iter().partition(|name| name.contains(&b'*'));
    let (forbidden, settable): (Vec<&[u8]>, Vec<&[u8]>) =
        others.into_iter().partition(|name| is_forbidden_request_header_name(name));
    let mut help = Vec::new();
    if !response_headers.is_empty() {
        help.push(format!(
            "remove {} from the page's script; only servers send response headers",
            join_names(&response_headers)
        ));
    }
    if !settable.is_empty() {
        let lower = settable.iter().map(|name| quote(&name.to_ascii_lowercase()));
        let names = join_items(lower, settable.len());
        let add = format!("{}: add {names}", matched.setting("allow_headers"));
        let headers = &matched.rule.preflight.headers;
        let is_any =
            matches!(headers, AllowedHeaders::Any { .. } | AllowedHeaders::AnyEchoed { .. });
        let is_special = settable.iter().any(|name| is_cors_non_wildcard_request_header_name(name));
        let reason =
            if is_any && is_special { "; \"*\" does not include authorization" } else { "" };
        let families = join_families(&missing_families(headers, &settable));
        let preset = preset_help(matched, &settable);
        help.push(format!("{add}{families}{reason}{preset}"));
    }
    if !asterisks.is_empty() {
        help.push(ASTERISK.to_owned());
    }
    if !with_asterisk.is_empty() {
        help.push(format!("none for {}: {INNER_ASTERISK}", join_names(&with_asterisk)));
    }
    if !forbidden.is_empty() {
        help.push(format!(
            "none for {}: scripts cannot set forbidden request headers",
            join_names(&forbidden)
        ));
    }
    help
}

/// Returns the request headers that the rule allows.
fn allowed_names(matched: MatchedRule<'_>) -> String {
    match &matched.rule.preflight.headers {
        AllowedHeaders::Listed(names) => {
            join_items(names.iter().map(|name| escape(name.as_bytes())), names.len())
        }
        AllowedHeaders::WithPrefixes(list) => {
            let names = list.names.iter().map(|name| escape(name.as_bytes()));
            let prefixes = list.prefixes.texts().map(|prefix| escape(prefix.as_bytes()));
            let count = list.names.len() + prefixes.len();
            join_items(prefixes.chain(names), count)
        }
        AllowedHeaders::Any { authorization } | AllowedHeaders::AnyEchoed { authorization } => {
            let except = if *authorization { "" } else { " except authorization" };
            format!("{} allows every name{except}", matched.path())
        }
    }
}

/// Returns which prefix each requested name matches, such as `; x-amz-date matches x-amz-*`.
fn names_by_prefix(list: &ListWithPrefixes, headers: RequestHeaders<'_>) -> String {
    let mut matches: Vec<(&str, Vec<&[u8]>)> = Vec::new();
    for name in headers.lines().flat_map(list_members).filter(|name| !list.lists(name)) {
        let Some(prefix) = list.prefixes.find(name) else { continue };
        match matches.iter_mut().find(|(one, _)| *one == prefix) {
            Some((_, names)) if names.contains(&name) => {}
            Some((_, names)) => names.push(name),
            None => matches.push((prefix, vec![name])),
        }
    }
    let texts = matches.iter().take(PRINTED_ITEMS).map(|(prefix, names)| {
        let verb = if names.len() == 1 { "matches" } else { "match" };
        format!("; {} {verb} {}", join_names(names), escape(prefix_text(prefix).as_bytes()))
    });
    texts.collect()
}

/// Returns the prefixes that several of the names share with an entry of the rule.
fn missing_families(headers: &AllowedHeaders, names: &[&[u8]]) -> Vec<String> {
    let entries: Vec<&str> = match headers {
        AllowedHeaders::Listed(listed) => listed.iter().map(|name| &**name).collect(),
        AllowedHeaders::WithPrefixes(list) => {
            list.names.iter().map(|name| &**name).chain(list.prefixes.iter()).collect()
        }
        AllowedHeaders::Any { .. } | AllowedHeaders::AnyEchoed { .. } => Vec::new(),
    };
    let names: Vec<String> = names
        .iter()
        .take(COMPARED_NAMES)
        .map(|name| String::from_utf8_lossy(name).to_ascii_lowercase())
        .collect();
    let is_family = |prefix: &str| {
        !BROAD_PREFIXES.contains(&prefix)
            && names.iter().filter(|name| name.starts_with(prefix)).count() > 1
            && entries.iter().any(|entry| entry.starts_with(prefix))
    };
    let mut families: Vec<String> = Vec::new();
    for name in &names {
        // The longest prefix is the narrowest one.
        let ends = name.rmatch_indices('-').map(|(start, _)| start + 1);
        let mut prefixes = ends.filter_map(|end| name.get(..end));
        if let Some(prefix) = prefixes.find(|prefix| is_family(prefix)) {
            let text = prefix_text(prefix);
            if !families.contains(&text) {
                families.push(text);
            }
        }
    }
    families
}

/// Returns the preset that some of the names belong to, such as `; or rules[0].presets: add "tus"`.
fn preset_help(matched: MatchedRule<'_>, names: &[&[u8]]) -> String {
    let Some(preset) = Preset::of_names(names.iter().copied(), |preset| preset.request_headers)
    else {
        return String::new();
    };
    let is_other = |name: &&&[u8]| !contains(preset.request_headers, name);
    let others: Vec<String> =
        names.iter().filter(is_other).map(|name| quote(&name.to_ascii_lowercase())).collect();
    let presets = format!("{}: add \"{}\"", matched.setting("presets"), preset.name);
    match others.len() {
        0 => format!("; or {presets}"),
        count => format!("; or {presets}, and allow_headers: add {}", join_items(others, count)),
    }
}

fn join_families(families: &[String]) -> String {
    if families.is_empty() {
        return String::new();
    }
    let quoted = families.iter().map(|family| quote(family.as_bytes()));
    format!(", or {} for all names with the prefix", join_items(quoted, families.len()))
}

/// The prefixes that are not suggested, since they match unrelated headers.
const BROAD_PREFIXES: [&str; 4] = ["x-", "sec-", "proxy-", "access-control-"];

/// The most names that are compared with each other.
const COMPARED_NAMES: usize = 32;

fn join_names(names: &[&[u8]]) -> String {
    join_items(names.iter().map(|name| escape(name)), names.len())
}
