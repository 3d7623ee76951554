//! Pages whose origins are at the edges of what a policy covers.

use proptest::{
    prelude::*,
    sample::{Index, select},
};

use crate::{
    policies::{Written, written},
    reference_model::cors_model::RuleText,
};

/// An origin near one that the policy names, or another one.
#[derive(Clone, Debug)]
pub(crate) struct PageWish {
    near: Option<Index>,
    change: Change,
    label: &'static str,
    other: Written,
}

#[derive(Clone, Copy, Debug)]
enum Change {
    Nothing,
    LabelMore,
    LabelLess,
    /// `evilexample.com` for `example.com`
    ByteMore,
    ByteAfter,
    Scheme,
    Port,
    TrailingDot,
    /// What URLs take for a host, and what is none by the stricter grammar of origins.
    Star,
    Opaque,
}

pub(crate) fn page_wish() -> impl Strategy<Value = PageWish> {
    let near = prop::option::weighted(0.9, any::<Index>());
    (near, select(CHANGES), select(LABELS), written())
        .prop_map(|(near, change, label, other)| PageWish { near, change, label, other })
}

impl PageWish {
    pub(crate) fn under(&self, rules: &[RuleText]) -> String {
        let Self { change, label, other, .. } = self;
        let named: Vec<&str> = rules
            .iter()
            .flat_map(|rule| &rule.origins)
            .map(String::as_str)
            .filter(|text| text.starts_with("http"))
            .collect();
        let near = self.near.filter(|_| !named.is_empty()).map(|index| *index.get(&named));
        let written = other.to_string();
        let near = near.unwrap_or(&written);
        let (mut scheme, rest) = near.split_once("://").expect("a pattern");
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
            Change::LabelMore if is_name => host = format!("{label}.{host}"),
            Change::LabelLess if is_name => {
                host = host.split_once('.').map_or(host.clone(), |(_, rest)| rest.to_owned());
            }
            Change::ByteMore if is_name => host.insert_str(0, "evil"),
            Change::ByteAfter if is_name => host.push('m'),
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

const LABELS: &[&str] = &["a", "app", "a.b", "evil", "_"];
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
    Change::LabelMore,
    Change::LabelLess,
    Change::ByteMore,
    Change::ByteAfter,
    Change::Scheme,
    Change::Port,
    Change::TrailingDot,
    Change::Star,
    Change::Opaque,
    Change::Opaque,
];
