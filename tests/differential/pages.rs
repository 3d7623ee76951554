//! Generators of pages whose origins are similar to origins of a policy.

use proptest::{
    prelude::*,
    sample::{Index, select},
};

use crate::{
    policies::{APPLICATIONS, PatternParts, pattern_parts},
    reference_model::cors_model::RuleText,
};

/// An origin similar to an origin of the policy, or a random origin.
#[derive(Clone, Debug)]
pub(crate) struct PageTemplate {
    similar: Option<Index>,
    change: Change,
    label: &'static str,
    other: PatternParts,
}

#[derive(Clone, Copy, Debug)]
enum Change {
    Nothing,
    AddLabel,
    RemoveLabel,
    /// `evilexample.com` for `example.com`
    PrependBytes,
    AppendByte,
    Scheme,
    Port,
    TrailingDot,
    /// A label that is valid in URLs, but not in the stricter grammar of origins.
    Star,
    Opaque,
    /// A page of an application or an extension, or a local file.
    Application,
}

pub(crate) fn page_template() -> impl Strategy<Value = PageTemplate> {
    let similar = prop::option::weighted(0.9, any::<Index>());
    (similar, select(CHANGES), select(LABELS), pattern_parts())
        .prop_map(|(similar, change, label, other)| PageTemplate { similar, change, label, other })
}

impl PageTemplate {
    pub(crate) fn instantiate(&self, rules: &[RuleText]) -> String {
        let Self { change, label, other, .. } = self;
        let listed: Vec<&str> = rules
            .iter()
            .flat_map(|rule| &rule.origins)
            .map(String::as_str)
            .filter(|text| text.starts_with("http"))
            .collect();
        let similar = self.similar.filter(|_| !listed.is_empty()).map(|index| *index.get(&listed));
        let other_text = other.to_string();
        let similar = similar.unwrap_or(&other_text);
        let (mut scheme, rest) = similar.split_once("://").expect("a pattern");
        let rest = rest.replace("*.", &format!("{label}."));
        let other_port = other.port.replace(":*", ":444");
        let rest = rest.replace(":*", &other_port);
        let host_end = rest
            .rfind([':', ']'])
            .map_or(rest.len(), |at| if rest[at..].starts_with(']') { at + 1 } else { at });
        let (host, port) = rest.split_at(host_end);
        let (mut host, mut port) = (host.to_owned(), port.to_owned());
        let is_name = !host.starts_with('[') && !host.starts_with("127");
        match change {
            Change::Opaque => return "null".to_owned(),
            Change::Application => {
                let index = label.len() % APPLICATIONS.len();
                return APPLICATIONS[index].to_owned();
            }
            Change::AddLabel if is_name => host = format!("{label}.{host}"),
            Change::RemoveLabel if is_name => {
                host = host.split_once('.').map_or(host.clone(), |(_, rest)| rest.to_owned());
            }
            Change::PrependBytes if is_name => host.insert_str(0, "evil"),
            Change::AppendByte if is_name => host.push('m'),
            Change::TrailingDot if is_name => host.push('.'),
            Change::Star if is_name => host.insert_str(0, "*."),
            Change::Scheme => scheme = if scheme == "https" { "http" } else { "https" },
            Change::Port => port = other_port,
            _ => {}
        }
        let scheme = if scheme.starts_with("http") { scheme } else { "https" };
        let default = if scheme == "https" { ":443" } else { ":80" };
        let port = if port == default { "" } else { &port };
        format!("{scheme}://{host}{port}")
    }
}

const LABELS: &[&str] = &["bc", "a", "app", "a.b", "evil", "_"];
const CHANGES: &[Change] = &[
    Change::Nothing,
    Change::Nothing,
    Change::Nothing,
    Change::Nothing,
    Change::Nothing,
    Change::Nothing,
    Change::Nothing,
    Change::Nothing,
    Change::Nothing,
    Change::Nothing,
    Change::Nothing,
    Change::Nothing,
    Change::Nothing,
    Change::Nothing,
    Change::Nothing,
    Change::Nothing,
    Change::Nothing,
    Change::Nothing,
    Change::AddLabel,
    Change::RemoveLabel,
    Change::PrependBytes,
    Change::AppendByte,
    Change::Scheme,
    Change::Port,
    Change::TrailingDot,
    Change::Star,
    Change::Opaque,
    Change::Opaque,
    Change::Application,
    Change::Application,
];
