//! Comparison of two policies.

mod change;
mod compare;
mod rule_changes;
mod samples;
mod undecided;

use std::{fmt, sync::Arc};

pub use self::change::{Change, ChangeKind, Effect, Names};
use self::compare::Comparison;
use super::policy::{CompiledPolicy, CorsPolicy};
use crate::request::path::{EXAMPLE_SEGMENT, PathSet};

impl CorsPolicy {
    /// Returns the changes for pages if `new` replaces this policy, each with an example origin.
    ///
    /// Use this to review a change of a configuration. The comparison covers all origins, listed or not, and
    /// ignores how the rules are written. For example, splitting a rule in two is not a change.
    ///
    /// A newly allowed origin has one change, [`ChangeKind::OriginsGained`] or
    /// [`ChangeKind::OriginsGainedWithCredentials`]. The change contains the index of the rule with the
    /// settings for that origin.
    ///
    /// ```
    /// use tower_cross_origin::cors::{ChangeKind, CorsPolicy, Rule};
    ///
    /// let old = CorsPolicy::new(Rule::for_origins(["https://app.example.com"]).allow_methods(["PUT"]))?;
    /// let new = CorsPolicy::new(
    ///     Rule::for_origins(["https://app.example.com", "https://*.example.org"]).allow_credentials(true),
    /// )?;
    ///
    /// let difference = old.difference(&new);
    /// assert_eq!(
    ///     difference.to_string(),
    ///     "origins gained, with credentials: https://*.example.org, such as https://a.example.org \
    ///      (rules[0])\n\
    ///      credentials gained: https://app.example.com (rules[0])\n\
    ///      methods lost: PUT for https://app.example.com (rules[0])",
    /// );
    /// let first = &difference.changes()[0];
    /// assert_eq!(first.kind(), &ChangeKind::OriginsGainedWithCredentials);
    /// assert_eq!(first.example_origin(), Some("https://a.example.org"));
    ///
    /// assert!(old.difference(&old).is_empty());
    /// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
    /// ```
    ///
    /// # Undecided changes
    ///
    /// Regular expressions are equal if their texts are, and predicates if they are clones of each other.
    /// Changes that depend on other expressions or predicates are [`ChangeKind::UndecidedRegex`] or
    /// [`ChangeKind::UndecidedPredicate`]. In addition, the changes of some sampled origins are returned.
    /// Predicates are called with a `GET` of `/` whose only header is `Origin`.
    ///
    /// `Vary` and the responses to malformed origins are not compared. No page has a malformed origin.
    ///
    /// # Paths
    ///
    /// If rules have [paths](crate::cors::Rule::paths), the policies are compared at each of these paths, and at
    /// a path that no rule lists. [`Change::paths`] contains the paths of a change.
    ///
    /// # Cost
    ///
    /// The patterns of both policies are sorted, and one or a few origins per pattern are looked up. The time
    /// grows with the number of patterns and the number of rules. A pattern for any port is also looked up
    /// at the ports of the patterns for its parent domains.
    #[must_use = "the comparison has no effect other than its result"]
    pub fn difference(&self, new: &Self) -> PolicyDifference {
        if Arc::ptr_eq(&self.compiled, &new.compiled) {
            return PolicyDifference::default();
        }
        PolicyDifference { changes: changes_by_path(&self.compiled, &new.compiled) }
    }
}

/// Returns the changes. If rules have paths, the policies are compared at an example of each path.
fn changes_by_path(old: &CompiledPolicy, new: &CompiledPolicy) -> Vec<Change> {
    let policies = [old, new];
    let rules = policies.iter().flat_map(|policy| &policy.rules);
    let mut paths: Vec<(String, String)> =
        rules.filter_map(|rule| rule.paths.as_ref()).flat_map(PathSet::examples).collect();
    if paths.is_empty() {
        return Comparison::changes(old, new);
    }
    paths.push((OTHER_PATHS.to_owned(), format!("/{EXAMPLE_SEGMENT}")));
    paths.sort_unstable();
    paths.dedup();
    let mut all: Vec<Change> = Vec::new();
    for (path, example) in &paths {
        for change in Comparison::changes(&old.at_path(example), &new.at_path(example)) {
            match all.iter_mut().find(|one| one.is_same(&change)) {
                Some(same) => same.paths.push(path.clone()),
                None => all.push(Change { paths: vec![path.clone()], ..change }),
            }
        }
    }
    for change in &mut all {
        // A change at every path is a change of the whole policy.
        if change.paths.len() == paths.len() {
            change.paths.clear();
        }
    }
    all.sort_by(|one, other| (&one.kind, &one.paths).cmp(&(&other.kind, &other.paths)));
    all
}

/// The label of all paths that no rule lists.
const OTHER_PATHS: &str = "other paths";

/// The differences between two policies, returned by [`CorsPolicy::difference`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicyDifference {
    changes: Vec<Change>,
}

impl PolicyDifference {
    /// Returns whether both policies allow pages the same, with no undecided changes.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Returns the changes in the order of [`ChangeKind`], the most dangerous first.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }
}

/// Writes one change per line.
impl fmt::Display for PolicyDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, change) in self.changes.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}{change}")?;
        }
        Ok(())
    }
}
