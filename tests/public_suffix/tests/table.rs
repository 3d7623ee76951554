//! Tests of the crate's table of public suffixes, which must agree with psl.
//!
//! To update the list, raise `psl` in Cargo.toml, set `PSL_DATE`, and run `RENEW_PUBLIC_SUFFIXES=1 cargo
//! test`.

#[allow(dead_code, reason = "these tests use a part of the file")]
#[path = "../../../src/origin/public_suffix.rs"]
mod public_suffix;

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use psl::Psl;

use self::public_suffix::{is_listed, is_public_suffix, registrable_domain};

/// The release date of this version of psl.
const PSL_DATE: &str = "2026-11-05";
const NAMES: usize = 1_000_000;

#[test]
fn table_contains_the_rules_of_psl() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../src/origin/public_suffixes.txt");
    let table = table(&rules());
    if env::var_os("RENEW_PUBLIC_SUFFIXES").is_some() {
        fs::write(&file, &table).unwrap();
    }
    let committed = fs::read_to_string(&file).unwrap();
    assert!(committed == table, "the table is outdated; run RENEW_PUBLIC_SUFFIXES=1 cargo test");
}

#[test]
fn results_are_equal_for_every_rule() {
    let rules = rules();
    assert!(rules.len() > 10_000, "{}", rules.len());
    let list = List::new(&rules);
    for rule in &rules {
        let name = rule.trim_start_matches('!').replace('*', "any");
        let (_, parent) = name.split_once('.').unwrap_or(("", &name));
        for name in [parent.to_owned(), format!("a.{name}"), format!("b.a.{name}"), name.clone()] {
            list.assert_equal(&name);
        }
    }
}

/// Checks pseudorandom names of one to five labels. Most labels are labels of rules.
#[test]
fn results_are_equal_for_a_million_names() {
    let rules = rules();
    let labels: BTreeSet<&str> = rules.iter().flat_map(|rule| rule.split('.')).collect();
    let labels: Vec<&str> = labels
        .into_iter()
        .filter(|label| !label.contains(['*', '!']))
        .chain(["a", "x-1"])
        .collect();
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut random = |bound: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % u64::try_from(bound).unwrap()).unwrap()
    };
    let list = List::new(&rules);
    let mut listed = 0;
    for _ in 0..NAMES {
        // Half of the names end with a rule, or with the end of a rule.
        let mut name = match random(2) {
            0 => {
                let rule = rules[random(rules.len())].trim_start_matches(['!', '*', '.']);
                let cut = random(3);
                rule.splitn(cut + 1, '.').last().unwrap().to_owned()
            }
            _ => labels[random(labels.len())].to_owned(),
        };
        for _ in 0..random(5) {
            name = format!("{}.{name}", labels[random(labels.len())]);
        }
        listed += usize::from(is_listed(&name));
        list.assert_equal(&name);
    }
    assert!((NAMES / 3..NAMES).contains(&listed), "{listed} of {NAMES} names end in a rule");
}

/// The rules, and the domains between a rule and its top-level domain.
struct List<'a> {
    rules: BTreeSet<&'a str>,
    inner: BTreeSet<&'a str>,
}

impl<'a> List<'a> {
    fn new(rules: &'a [String]) -> Self {
        let rules: BTreeSet<&str> = rules.iter().map(|rule| &**rule).collect();
        let inner = rules.iter().flat_map(|rule| domains(rule.trim_start_matches('!')).skip(1));
        Self { inner: inner.collect(), rules }
    }

    /// Compares the crate with the algorithm, and with psl if psl follows the algorithm.
    ///
    /// Suffixes that the crate has in addition to the list are tested in the crate.
    #[track_caller]
    fn assert_equal(&self, name: &str) {
        let subdomain = format!("0-0.0-0.{name}");
        let (domain, is_known) = self.registrable_domain(name);
        let (subdomain_domain, _) = self.registrable_domain(&subdomain);
        let is_suffix = subdomain_domain.is_none_or(|domain| domain.len() > name.len());
        assert_eq!(registrable_domain(name), domain, "{name}");
        assert_eq!(is_listed(name), is_known, "{name}");
        assert_eq!(is_public_suffix(name), Some(is_suffix), "{name}");
        if !self.psl_skips_wildcard(&subdomain) {
            let psl_domain =
                psl::List.domain(name.as_bytes()).map(|domain| text(domain.as_bytes()));
            assert_eq!(psl_domain, domain, "{name}");
            assert_eq!(psl::List.suffix(name.as_bytes()).unwrap().is_known(), is_known, "{name}");
            let psl_domain =
                psl::List.domain(subdomain.as_bytes()).map(|domain| domain.as_bytes().len());
            assert_eq!(psl_domain.is_none_or(|len| len > name.len()), is_suffix, "{name}");
        }
    }

    /// Returns the registrable domain, and whether a rule of the list matches.
    ///
    /// <https://github.com/publicsuffix/list/wiki/Format>, "Formal Algorithm"
    fn registrable_domain<'n>(&self, name: &'n str) -> (Option<&'n str>, bool) {
        let all: Vec<&str> = domains(name).collect();
        let exception = all.iter().position(|domain| self.rules.contains(&*format!("!{domain}")));
        let rule = all.iter().enumerate().position(|(at, domain)| {
            let parent = all.get(at + 1).map(|parent| format!("*.{parent}"));
            self.rules.contains(domain) || parent.is_some_and(|rule| self.rules.contains(&*rule))
        });
        let suffix = exception.map(|at| at + 1).or(rule);
        let domain = suffix.unwrap_or(all.len() - 1).checked_sub(1).map(|at| all[at]);
        (domain, suffix.is_some())
    }

    /// Returns `true` if psl ignores a wildcard rule that matches the name.
    ///
    /// For the rules `*.futurecms.at` and `*.ex.futurecms.at`, psl treats `ex.futurecms.at` as a
    /// registrable domain, since it applies only the rules below `ex`. In the algorithm, the first rule
    /// matches, too.
    fn psl_skips_wildcard(&self, name: &str) -> bool {
        domains(name).any(|domain| {
            let Some((_, parent)) = domain.split_once('.') else { return false };
            self.inner.contains(domain)
                && !self.rules.contains(domain)
                && self.rules.contains(&*format!("*.{parent}"))
        })
    }
}

/// Returns the name, and then each parent domain.
fn domains(name: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(name), |name| name.split_once('.').map(|(_, parent)| parent))
}

fn table(rules: &[String]) -> String {
    let mut lines: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for rule in rules {
        let (mark, name) = rule.strip_prefix('!').map_or(("", &**rule), |name| ("!", name));
        let mut labels: Vec<&str> = name.rsplit('.').collect();
        let top_level = labels.remove(0);
        let line = lines.entry(top_level).or_insert_with(|| BTreeSet::from(["-".to_owned()]));
        match labels.pop() {
            None => drop(line.remove("-")),
            Some(first) => {
                labels.push("");
                line.insert(format!("{}{mark}{first}", labels.join(".")));
            }
        }
    }
    // The rule for a top-level domain may follow other rules of this domain.
    let plain: BTreeSet<&str> = rules.iter().map(|rule| &**rule).collect();
    let mut table = format!(
        "# The public suffix list (https://publicsuffix.org/list/), as the crate psl {} of {PSL_DATE} has it.\n\
         # This Source Code Form is subject to the terms of the Mozilla Public License, v. 2.0.\n\
         # If a copy of the MPL was not distributed with this file, You can obtain one at\n\
         # https://mozilla.org/MPL/2.0/.\n\
         # Written by tests/public_suffix; public_suffix.rs describes the lines.\n\n",
        psl_package().0,
    );
    for (top_level, mut line) in lines {
        if plain.contains(top_level) {
            line.remove("-");
        }
        table += top_level;
        for rule in line {
            table += " ";
            table += &rule;
        }
        table += "\n";
    }
    table
}

/// Returns the rules of psl, with A-labels.
fn rules() -> Vec<String> {
    let (_, folder) = psl_package();
    let text = fs::read_to_string(folder.join("data/rules.txt")).unwrap();
    let rules = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let ascii = |label: &str| match label {
        "*" => label.to_owned(),
        _ => idna::domain_to_ascii(label).unwrap(),
    };
    let rules = rules.map(|rule| {
        let (mark, name) = rule.strip_prefix('!').map_or(("", rule), |name| ("!", name));
        let labels: Vec<String> = name.split('.').map(ascii).collect();
        format!("{mark}{}", labels.join("."))
    });
    rules.collect()
}

/// Returns the version of psl, and the folder of its source code.
fn psl_package() -> (String, PathBuf) {
    let metadata = Command::new(env!("CARGO"))
        .args(["metadata", "--locked", "--offline", "--format-version", "1"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(metadata.status.success(), "{}", text(&metadata.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&metadata.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let psl = packages.iter().find(|package| package["name"] == "psl").unwrap();
    let manifest = Path::new(psl["manifest_path"].as_str().unwrap());
    (psl["version"].as_str().unwrap().to_owned(), manifest.parent().unwrap().to_owned())
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}
