//! Comparison of two policies.

mod change;
mod compare;
mod rule_changes;
mod samples;
mod undecided;

use std::{fmt, sync::Arc};

pub use self::change::{Change, ChangeKind, Effect, Names};
use self::compare::Comparison;
use super::policy::CorsPolicy;

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
        PolicyDifference { changes: Comparison::changes(&self.compiled, &new.compiled) }
    }
}

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
