use std::{fmt, sync::Arc};

use super::Callback;

/// Which callbacks a service takes. All of them are [`Callback`]s, whatever is chosen here.
///
/// The fewer, the better: a name that is fixed can be kept by caches, where one that each page makes up
/// for each request makes every response another one.
///
/// ```
/// use tower_cross_origin::jsonp::CallbackPolicy;
///
/// CallbackPolicy::Path;                               // "show", "app.show", "app.pending[12]"
/// CallbackPolicy::Identifier;                         // "show"
/// CallbackPolicy::Prefix("jQuery".into());            // "jQuery17208_1422301960073"
/// CallbackPolicy::OneOf(vec!["app.show".into()]);     // "app.show"
/// CallbackPolicy::Indexed("___cb".into());            // "12" calls `___cb[12]`
/// ```
///
/// But for `Custom`, none of them takes a callback that is [dangerous](Callback::danger).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallbackPolicy {
    /// Every callback.
    #[default]
    Path,
    /// One identifier, without dots and indexes.
    Identifier,
    /// This prefix, and after it nothing but ASCII letters, digits, `_` and `$`.
    ///
    /// ```
    /// # use tower_cross_origin::jsonp::CallbackPolicy;
    /// CallbackPolicy::Prefix("jQuery".into());          // permitted
    /// CallbackPolicy::Prefix("angular.callbacks._".into()); // permitted
    /// CallbackPolicy::Prefix("window.cb_".into());      // prohibited: dangerous; write "cb_"
    /// CallbackPolicy::Prefix(String::new());            // prohibited: write `CallbackPolicy::Identifier`
    /// ```
    Prefix(String),
    /// These, and no others.
    OneOf(Vec<String>),
    /// An index into this list: the page sends digits alone, and chooses nothing else.
    Indexed(String),
    /// Those for which a function says so, dangerous ones too.
    Custom(CallbackPredicate),
}

impl CallbackPolicy {
    /// The callbacks for which `predicate` is true. It replaces the list of what is
    /// [dangerous](Callback::danger), and not the grammar.
    ///
    /// ```
    /// use tower_cross_origin::jsonp::{Callback, CallbackPolicy};
    ///
    /// let own = |callback: &Callback| {
    ///     callback.danger().is_none() && callback.as_str().starts_with("app.")
    /// };
    /// let policy = CallbackPolicy::custom(own);
    /// ```
    pub fn custom<F>(predicate: F) -> Self
    where
        F: Fn(&Callback) -> bool + Send + Sync + 'static,
    {
        Self::Custom(CallbackPredicate(Arc::new(predicate)))
    }
}

/// A function that says of a callback whether a service takes it; made by [`CallbackPolicy::custom`].
#[derive(Clone)]
pub struct CallbackPredicate(Arc<dyn Fn(&Callback) -> bool + Send + Sync>);

impl CallbackPredicate {
    pub(super) fn takes(&self, callback: &Callback) -> bool {
        (self.0)(callback)
    }
}

impl fmt::Debug for CallbackPredicate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallbackPredicate").finish_non_exhaustive()
    }
}

/// The same function, shared.
impl PartialEq for CallbackPredicate {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for CallbackPredicate {}
