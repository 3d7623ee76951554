//! What one policy lets pages do and another does not.

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
    /// What changes for pages where `new` takes the place of this policy, each with an origin that shows
    /// it: the question of whoever reviews a change of a configuration.
    ///
    /// Policies are compared by what they say to origins, not by how they are written: two rules for one
    /// are no change where they grant the same. Every origin counts, whether it is named or not. An
    /// origin that a page could not read from before has one change, [`ChangeKind::OriginsGained`] or
    /// [`ChangeKind::OriginsGainedWithCredentials`], and the rule named there says what it is granted.
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
    /// assert_eq!(first.witness(), Some("https://a.example.org"));
    ///
    /// assert!(old.difference(&old).is_empty());
    /// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
    /// ```
    ///
    /// # What is not decided
    ///
    /// Regular expressions are the same where their texts are, predicates where they are clones of each
    /// other. What depends on others is [`ChangeKind::UndecidedRegex`] or
    /// [`ChangeKind::UndecidedPredicate`]; what some origins that were tried show is told beside that.
    /// Predicates are asked as for a `GET` of `/` that has no header but `Origin`.
    ///
    /// `Vary` is not compared, nor what malformed origins are answered, which no page has.
    ///
    /// # Cost
    ///
    /// The patterns of both policies are sorted, and each is asked about by one or a few origins, as a
    /// request would: the time grows with their number and, as every request's, with that of the rules.
    /// A pattern for any port is asked about at the ports that patterns for subdomains above it name.
    #[must_use = "what is found is all that comparing does"]
    pub fn difference(&self, new: &Self) -> PolicyDifference {
        if Arc::ptr_eq(&self.compiled, &new.compiled) {
            return PolicyDifference::default();
        }
        PolicyDifference { changes: Comparison::changes(&self.compiled, &new.compiled) }
    }
}

/// What [`CorsPolicy::difference`] found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicyDifference {
    changes: Vec<Change>,
}

impl PolicyDifference {
    /// Whether pages are granted the same by both policies, and nothing is undecided.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// The changes, the most dangerous first, in the order of [`ChangeKind`].
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }
}

/// One change a line; nothing where there is none.
impl fmt::Display for PolicyDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, change) in self.changes.iter().enumerate() {
            let end_of_last = if index == 0 { "" } else { "\n" };
            write!(f, "{end_of_last}{change}")?;
        }
        Ok(())
    }
}
