use std::time::Duration;

use serde::{Serialize, Serializer, ser::Error};

use crate::{
    config::file::TableWriter,
    cors::{CorsConfig, Rule, rule::Origins},
    origin::{Member, OriginSet},
};

/// # Errors
///
/// The format's own, and a rule's.
impl Serialize for CorsConfig {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { rules, preflight_status, enforce, own_origins, upstream_headers, diagnostics } =
            self;
        let default = Self::default();
        let mut written = TableWriter::begin(serializer)?;
        written.key("preflight_status", preflight_status, &default.preflight_status)?;
        written.key("enforce", enforce, &default.enforce)?;
        written.key("own_origins", own_origins, &default.own_origins)?;
        written.key("upstream_headers", upstream_headers, &default.upstream_headers)?;
        written.key("diagnostics", diagnostics, &default.diagnostics)?;
        written.key("rules", rules, &default.rules)?;
        written.end()
    }
}

/// # Errors
///
/// The format's own, and where `max_age` has a part of a second: a file has whole ones.
impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self {
            origins,
            origin_regexes,
            // A function cannot be written down.
            predicates: _,
            credentials,
            methods,
            request_headers,
            expose_headers,
            max_age,
            dangerously_allow_null_origin,
            dangerously_allow_insecure_origins,
            dangerously_allow_public_suffixes,
        } = self;
        let (patterns, mut regexes) = match origins {
            Origins::Written(written) => (texts(written), Vec::new()),
            Origins::Set(set) => members(set),
        };
        regexes.extend(texts(origin_regexes));
        let max_age = max_age.map(whole_seconds).transpose()?;

        let mut written = TableWriter::begin(serializer)?;
        written.key("origins", &patterns, &Vec::new())?;
        written.key("origin_regexes", &regexes, &Vec::new())?;
        written.key("credentials", credentials, &false)?;
        written.key("methods", methods, &Vec::new())?;
        written.key("request_headers", request_headers, &Vec::new())?;
        written.key("expose_headers", expose_headers, &Vec::new())?;
        written.key("max_age", &max_age, &None)?;
        for (key, is_set) in [
            ("dangerously_allow_null_origin", dangerously_allow_null_origin),
            ("dangerously_allow_insecure_origins", dangerously_allow_insecure_origins),
            ("dangerously_allow_public_suffixes", dangerously_allow_public_suffixes),
        ] {
            written.key(key, is_set, &false)?;
        }
        written.end()
    }
}

fn texts(written: &[String]) -> Vec<&str> {
    written.iter().map(String::as_str).collect()
}

/// The patterns and the regular expressions of a set. It keeps no order of patterns; a file has one, so
/// that two of the same set are equal.
fn members(set: &OriginSet) -> (Vec<&str>, Vec<&str>) {
    let (mut patterns, mut regexes) = (Vec::new(), Vec::new());
    for member in set.iter() {
        match member {
            Member::Pattern(pattern) => patterns.push(pattern),
            Member::Regex(regex) => regexes.push(regex),
        }
    }
    patterns.sort_unstable();
    (patterns, regexes)
}

fn whole_seconds<E: Error>(max_age: Duration) -> Result<u64, E> {
    if max_age.subsec_nanos() == 0 {
        return Ok(max_age.as_secs());
    }
    Err(E::custom(format_args!("max_age is {max_age:?}, and a file has whole seconds")))
}
