use std::fmt;

/// Methods or headers that a change is about.
///
/// ```
/// use tower_cross_origin::cors::{ChangeKind, CorsPolicy, Rule};
///
/// let old = CorsPolicy::new(Rule::for_any_origin().allow_methods(["PUT"]))?;
/// let new = CorsPolicy::new(Rule::for_any_origin().allow_any_method())?;
/// let difference = old.difference(&new);
/// let ChangeKind::MethodsGained(names) = difference.changes()[0].kind() else { panic!() };
/// assert_eq!(names.any_but(), Some(&["PUT".to_owned()][..]));
/// assert_eq!(names.to_string(), "any but PUT");
/// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Names {
    listed: Vec<String>,
    any_but: Option<Vec<String>>,
}

impl Names {
    /// Those that are named one by one.
    pub fn listed(&self) -> &[String] {
        &self.listed
    }

    /// Where all that `*` covers are meant, those that are not among them. `*` never covers the request
    /// header `authorization`, which stands among the [listed](Self::listed) ones.
    pub fn any_but(&self) -> Option<&[String]> {
        self.any_but.as_deref()
    }
}

/// `etag, x-a`, `any`, `any but x-a`.
impl fmt::Display for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.listed.join(", "))?;
        let Some(but) = &self.any_but else { return Ok(()) };
        f.write_str(if self.listed.is_empty() { "any" } else { ", any" })?;
        if but.is_empty() { Ok(()) } else { write!(f, " but {}", but.join(", ")) }
    }
}

/// The methods or headers of a rule, without those that every page has anyhow.
pub(super) struct Reach {
    pub(super) listed: Vec<String>,
    pub(super) any: bool,
    /// Whether `*` covers a name.
    pub(super) is_of_any: fn(&str) -> bool,
}

impl Reach {
    /// What is in reach here and not in `other`.
    pub(super) fn beyond(&self, other: &Self) -> Option<Names> {
        let is_covered = |name: &&String| self.any && (self.is_of_any)(name);
        let mut listed: Vec<String> = self
            .listed
            .iter()
            .filter(|name| !other.has(name) && !is_covered(name))
            .cloned()
            .collect();
        listed.sort();
        let any_but = (self.any && !other.any).then(|| {
            let mut but: Vec<String> = other.listed.iter().filter(is_covered).cloned().collect();
            but.sort();
            but
        });
        (!listed.is_empty() || any_but.is_some()).then_some(Names { listed, any_but })
    }

    fn has(&self, name: &str) -> bool {
        self.listed.iter().any(|one| one == name) || (self.any && (self.is_of_any)(name))
    }
}
