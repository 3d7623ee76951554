use std::{collections::BTreeMap, fmt, sync::Arc};

use super::{
    compile::Compiled,
    config::{
        CrossOriginSettings, CsrfConfig, FetchMetadataConfig, GuardConfig, HostConfig,
        WebSocketConfig,
    },
    policy::CrossOriginPolicy,
};
use crate::{
    config::OriginList,
    cors::{self, CorsPolicy, Effect},
    embedding::EmbeddingPolicy,
    fetch::Destination,
    origin::OriginSet,
};

impl CrossOriginPolicy {
    /// Returns the changes for pages if `new` replaces this policy.
    ///
    /// Use this to review a change of a configuration. CORS is compared as by
    /// [`CorsPolicy::difference`](crate::cors::CorsPolicy::difference): by its decisions about origins. Trusted
    /// origins of guards are compared by the origins that they match, each with an example. The other settings are
    /// compared by their values.
    ///
    /// ```
    /// use tower_cross_origin::{
    ///     cors::{Effect, Rule},
    ///     cross_origin::{CrossOriginConfig, CrossOriginPolicy, CsrfConfig, GuardConfig, HostConfig},
    ///     embedding::EmbeddingConfig,
    /// };
    ///
    /// let config = |csrf: CsrfConfig, embedding: EmbeddingConfig| {
    ///     let guard = GuardConfig::new().csrf(csrf).host(HostConfig::new().names(["api.example.com"]));
    ///     CrossOriginConfig::new().guard(guard).embedding(embedding)
    /// };
    /// let old = CrossOriginPolicy::new(config(
    ///     CsrfConfig::new().trust_origins(["https://app.example.com"]),
    ///     EmbeddingConfig::private_api(),
    /// ))?;
    /// let new = config(
    ///     CsrfConfig::new().trust_origins(["https://*.example.com"]),
    ///     EmbeddingConfig::public_asset(),
    /// );
    /// let new = CrossOriginPolicy::new(new.exempt_paths(["/hooks/payment"]))?;
    ///
    /// let difference = old.difference(&new);
    /// assert_eq!(
    ///     difference.to_string(),
    ///     "exempt_paths gained: /hooks/payment\n\
    ///      guard.csrf.trust_origins gained: https://*.example.com, such as https://a.example.com\n\
    ///      embedding changed: cross-origin-resource-policy: same-origin -> cross-origin\n\
    ///      embedding changed: timing-allow-origin: absent -> *",
    /// );
    /// assert_eq!(difference.changes()[0].effect(), Effect::Gained);
    /// assert!(old.difference(&old).is_empty());
    /// # Ok::<(), tower_cross_origin::cross_origin::CrossOriginConfigError>(())
    /// ```
    #[must_use = "the comparison has no effect other than its result"]
    pub fn difference(&self, new: &Self) -> CrossOriginDifference {
        let mut difference = CrossOriginDifference::default();
        if !Arc::ptr_eq(&self.compiled, &new.compiled) {
            difference.compare(self.compiled(), new.compiled());
            // Changes by which pages gain come first, as in `PolicyDifference`. The sort is stable.
            difference.changes.sort_by_key(|change| match change.effect {
                Effect::Gained => 0,
                Effect::Undecided => 1,
                Effect::Changed => 2,
                Effect::Lost => 3,
            });
        }
        difference
    }
}

/// The differences between two policies, returned by [`CrossOriginPolicy::difference`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CrossOriginDifference {
    changes: Vec<CrossOriginChange>,
}

impl CrossOriginDifference {
    /// Returns whether both policies allow the same, without undecided changes.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Returns the changes, by their effect: gains first, then undecided changes, other changes, and losses.
    pub fn changes(&self) -> &[CrossOriginChange] {
        &self.changes
    }
}

/// Writes one change per line.
impl fmt::Display for CrossOriginDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, change) in self.changes.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}{change}")?;
        }
        Ok(())
    }
}

/// One difference between two policies.
///
/// ```
/// use tower_cross_origin::{
///     cors::Effect,
///     cross_origin::{CrossOriginConfig, CrossOriginPolicy, FetchMetadataConfig, GuardConfig},
/// };
///
/// let policy = |check: FetchMetadataConfig| {
///     CrossOriginPolicy::new(CrossOriginConfig::new().guard(GuardConfig::new().fetch_metadata(check)))
/// };
/// let old = policy(FetchMetadataConfig::new().report_only(true))?;
/// let new = policy(FetchMetadataConfig::new())?;
/// let difference = old.difference(&new);
/// let change = &difference.changes()[0];
/// assert_eq!(change.setting(), "guard.fetch_metadata.report_only");
/// assert_eq!(change.effect(), Effect::Lost);
/// assert_eq!(change.to_string(), "guard.fetch_metadata.report_only lost: true -> false");
/// # Ok::<(), tower_cross_origin::cross_origin::CrossOriginConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrossOriginChange {
    setting: String,
    effect: Effect,
    text: String,
    example_origin: Option<String>,
    cors: Option<Box<cors::Change>>,
}

impl CrossOriginChange {
    /// Returns the section or the setting, such as `cors` or `guard.csrf.trust_origins`.
    pub fn setting(&self) -> &str {
        &self.setting
    }

    /// Returns whether the new policy allows pages more or less.
    pub fn effect(&self) -> Effect {
        self.effect
    }

    /// Returns the values that change.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the change of the CORS section, if this is one.
    pub fn cors(&self) -> Option<&cors::Change> {
        self.cors.as_deref()
    }

    /// Returns an example of an origin for which this changes, for changes of origins.
    pub fn example_origin(&self) -> Option<&str> {
        self.example_origin.as_deref()
    }
}

/// Writes one line.
impl fmt::Display for CrossOriginChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { setting, effect, text, .. } = self;
        // A change of CORS already states its effect.
        let effect = match effect {
            _ if self.cors.is_some() => "",
            Effect::Gained => " gained",
            Effect::Lost => " lost",
            Effect::Undecided => " undecided",
            Effect::Changed => " changed",
        };
        write!(f, "{setting}{effect}: {text}")
    }
}

/// The settings that a policy keeps for comparisons. They contain no lists of origins other than `*`.
#[derive(Clone, Debug, Default)]
pub(super) struct ComparedSettings {
    settings: CrossOriginSettings,
}

impl ComparedSettings {
    pub(super) fn new(config: &CrossOriginSettings) -> Self {
        let mut guard = config.guard.clone();
        if let Some(check) = &mut guard.web_socket {
            check.trust_origins = check.trust_origins.as_ref().map(OriginList::only_any_origin);
        }
        if let Some(check) = &mut guard.csrf {
            check.trust_origins = check.trust_origins.as_ref().map(OriginList::only_any_origin);
        }
        let CrossOriginSettings { exempt_paths, jsonp, sse, long_poll, beacon, .. } = config;
        let settings = CrossOriginSettings {
            exempt_paths: exempt_paths.clone(),
            guard,
            jsonp: jsonp.clone(),
            sse: sse.clone(),
            long_poll: long_poll.clone(),
            beacon: beacon.clone(),
            ..CrossOriginSettings::default()
        };
        Self { settings }
    }
}

impl CrossOriginDifference {
    fn compare(&mut self, old: &Compiled, new: &Compiled) {
        self.compare_cors(old.cors.as_ref(), new.cors.as_ref());
        let (old_settings, new_settings) = (&old.compared.settings, &new.compared.settings);
        let sets = |compiled: &Compiled| compiled.compared_origins();
        let (old_origins, new_origins) = (sets(old), sets(new));
        self.compare_origins("service_origins", &old_origins.service, &new_origins.service);
        let (old_paths, new_paths) = (&old_settings.exempt_paths, &new_settings.exempt_paths);
        self.compare_lists("exempt_paths", old_paths, new_paths);
        self.compare_guards(&old_settings.guard, &new_settings.guard, [&old_origins, &new_origins]);
        self.compare_embedding(old.embedding.as_ref(), new.embedding.as_ref());
        for (section, is_equal) in [
            ("jsonp", old_settings.jsonp == new_settings.jsonp),
            ("sse", old_settings.sse == new_settings.sse),
            ("long_poll", old_settings.long_poll == new_settings.long_poll),
            ("beacon", old_settings.beacon == new_settings.beacon),
        ] {
            if !is_equal {
                self.add(section, Effect::Changed, "the settings of this section differ");
            }
        }
    }

    fn compare_cors(&mut self, old: Option<&CorsPolicy>, new: Option<&CorsPolicy>) {
        match (old, new) {
            (Some(old), Some(new)) => {
                for change in old.difference(new).changes() {
                    self.changes.push(CrossOriginChange {
                        setting: "cors".to_owned(),
                        effect: change.effect(),
                        text: change.to_string(),
                        example_origin: change.example_origin().map(str::to_owned),
                        cors: Some(Box::new(change.clone())),
                    });
                }
            }
            (None, Some(_)) => self.add("cors", Effect::Changed, "the section is new"),
            (Some(_), None) => self.add("cors", Effect::Changed, "the section is removed"),
            (None, None) => {}
        }
    }

    fn compare_guards(
        &mut self,
        old: &GuardConfig,
        new: &GuardConfig,
        origins: [&ComparedOrigins; 2],
    ) {
        let [old_origins, new_origins] = origins;
        if let Some((old, new)) = self.both("guard.host", old.host.as_ref(), new.host.as_ref()) {
            self.compare_host(old, new);
        }
        let section = "guard.web_socket";
        if let Some((old, new)) =
            self.both(section, old.web_socket.as_ref(), new.web_socket.as_ref())
        {
            let setting = "guard.web_socket.trust_origins";
            self.compare_origins(setting, &old_origins.web_socket, &new_origins.web_socket);
            self.compare_web_socket(old, new);
        }
        if let Some((old, new)) = self.both("guard.csrf", old.csrf.as_ref(), new.csrf.as_ref()) {
            self.compare_origins("guard.csrf.trust_origins", &old_origins.csrf, &new_origins.csrf);
            self.compare_csrf(old, new);
        }
        let section = "guard.fetch_metadata";
        if let Some((old, new)) =
            self.both(section, old.fetch_metadata.as_ref(), new.fetch_metadata.as_ref())
        {
            self.compare_fetch_metadata(old, new);
        }
        let section = "guard.require_preflight";
        let (old, new) = (old.require_preflight.as_ref(), new.require_preflight.as_ref());
        if let Some((old, new)) = self.both(section, old, new) {
            let flag = ("report_only", old.report_only, new.report_only, Effect::Gained);
            self.compare_flags(section, [flag]);
        }
    }

    /// Returns the configurations of a guard in both policies. Adds a change if only one policy has the guard.
    fn both<'a, T>(
        &mut self,
        section: &str,
        old: Option<&'a T>,
        new: Option<&'a T>,
    ) -> Option<(&'a T, &'a T)> {
        match (old, new) {
            (Some(old), Some(new)) => return Some((old, new)),
            (None, Some(_)) => self.add(section, Effect::Lost, "the guard is new"),
            (Some(_), None) => self.add(section, Effect::Gained, "the guard is removed"),
            (None, None) => {}
        }
        None
    }

    fn compare_host(&mut self, old: &HostConfig, new: &HostConfig) {
        let section = "guard.host";
        self.compare_lists(&format!("{section}.names"), &old.names, &new.names);
        self.compare_flags(
            section,
            [
                ("loopback", old.loopback, new.loopback, Effect::Gained),
                (
                    "trust_x_forwarded_host",
                    old.trust_x_forwarded_host,
                    new.trust_x_forwarded_host,
                    Effect::Changed,
                ),
                ("report_only", old.report_only, new.report_only, Effect::Gained),
            ],
        );
    }

    fn compare_web_socket(&mut self, old: &WebSocketConfig, new: &WebSocketConfig) {
        self.compare_flags(
            "guard.web_socket",
            [
                ("require_origin", old.require_origin, new.require_origin, Effect::Lost),
                (
                    "dangerously_allow_null_origin",
                    old.dangerously_allow_null_origin,
                    new.dangerously_allow_null_origin,
                    Effect::Gained,
                ),
                (
                    "dangerously_allow_credentials_for_any_origin",
                    old.trusts_any_origin(),
                    new.trusts_any_origin(),
                    Effect::Gained,
                ),
                (
                    "dangerously_allow_insecure_origins",
                    old.trusts_any_origin() && old.dangerously_allow_insecure_origins,
                    new.trusts_any_origin() && new.dangerously_allow_insecure_origins,
                    Effect::Gained,
                ),
                ("report_only", old.report_only, new.report_only, Effect::Gained),
            ],
        );
    }

    fn compare_csrf(&mut self, old: &CsrfConfig, new: &CsrfConfig) {
        self.compare_flags(
            "guard.csrf",
            [
                ("query_is_safe", old.query_is_safe, new.query_is_safe, Effect::Gained),
                (
                    "dangerously_allow_null_origin",
                    old.dangerously_allow_null_origin,
                    new.dangerously_allow_null_origin,
                    Effect::Gained,
                ),
                (
                    "dangerously_allow_credentials_for_any_origin",
                    old.trusts_any_origin(),
                    new.trusts_any_origin(),
                    Effect::Gained,
                ),
                (
                    "dangerously_allow_insecure_origins",
                    old.trusts_any_origin() && old.dangerously_allow_insecure_origins,
                    new.trusts_any_origin() && new.dangerously_allow_insecure_origins,
                    Effect::Gained,
                ),
                ("report_only", old.report_only, new.report_only, Effect::Gained),
            ],
        );
    }

    fn compare_fetch_metadata(&mut self, old: &FetchMetadataConfig, new: &FetchMetadataConfig) {
        let section = "guard.fetch_metadata";
        let names = |destinations: &[Destination]| {
            let names = destinations.iter().map(|one| one.as_str().to_owned());
            names.collect::<Vec<String>>()
        };
        self.compare_lists(
            &format!("{section}.allow_destinations"),
            &names(&old.allow_destinations),
            &names(&new.allow_destinations),
        );
        self.compare_flags(
            section,
            [
                ("deny_same_site", old.deny_same_site, new.deny_same_site, Effect::Lost),
                ("allow_cors", old.allow_cors, new.allow_cors, Effect::Gained),
                ("allow_web_sockets", old.allow_web_sockets, new.allow_web_sockets, Effect::Gained),
                ("deny_frames", old.deny_frames, new.deny_frames, Effect::Lost),
                ("deny_navigations", old.deny_navigations, new.deny_navigations, Effect::Lost),
                ("report_only", old.report_only, new.report_only, Effect::Gained),
            ],
        );
    }

    /// Compares the headers that responses get, and the origins of `timing_allow_origin`.
    fn compare_embedding(&mut self, old: Option<&EmbeddingPolicy>, new: Option<&EmbeddingPolicy>) {
        let headers = |policy: Option<&EmbeddingPolicy>| {
            policy.map(EmbeddingPolicy::fixed_headers).unwrap_or_default()
        };
        let (old_headers, new_headers): (BTreeMap<_, _>, BTreeMap<_, _>) =
            (headers(old), headers(new));
        let mut names: Vec<&String> = old_headers.keys().chain(new_headers.keys()).collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            let (old, new) = (old_headers.get(name), new_headers.get(name));
            if old != new {
                let value =
                    |value: Option<&String>| value.map_or("absent", String::as_str).to_owned();
                let text = format!("{name}: {} -> {}", value(old), value(new));
                self.add("embedding", Effect::Changed, &text);
            }
        }
        let origins = |policy: Option<&EmbeddingPolicy>| {
            policy.and_then(EmbeddingPolicy::timing_origins).cloned().unwrap_or_default()
        };
        self.compare_origins("embedding.timing_allow_origin", &origins(old), &origins(new));
        let origins = |policy: Option<&EmbeddingPolicy>| {
            policy.and_then(EmbeddingPolicy::storage_access_origins).cloned().unwrap_or_default()
        };
        self.compare_origins("embedding.activate_storage_access", &origins(old), &origins(new));
    }

    /// Compares two sets by the origins that they match.
    fn compare_origins(&mut self, setting: &str, old: &OriginSet, new: &OriginSet) {
        for (effect, set, other) in [(Effect::Gained, new, old), (Effect::Lost, old, new)] {
            let difference = set.difference(other);
            for uncovered in difference.uncovered() {
                let (pattern, example) = (uncovered.pattern(), uncovered.example_origin());
                let text = if pattern == example {
                    pattern.to_owned()
                } else {
                    format!("{pattern}, such as {example}")
                };
                let example_origin = Some(example.to_owned());
                let setting = setting.to_owned();
                self.changes.push(CrossOriginChange {
                    setting,
                    effect,
                    text,
                    example_origin,
                    cors: None,
                });
            }
            for regex in difference.undecided() {
                let text = format!("matches of the regular expression {regex:?}");
                self.add(setting, Effect::Undecided, &text);
            }
        }
    }

    /// Compares two lists without regard to their order.
    fn compare_lists(&mut self, setting: &str, old: &[String], new: &[String]) {
        for (effect, list, other) in [(Effect::Gained, new, old), (Effect::Lost, old, new)] {
            let missing: Vec<&str> =
                list.iter().filter(|item| !other.contains(item)).map(String::as_str).collect();
            if !missing.is_empty() {
                self.add(setting, effect, &missing.join(", "));
            }
        }
    }

    /// Compares flags. Each has the effect of a change from `false` to `true`.
    fn compare_flags<const N: usize>(
        &mut self,
        section: &str,
        flags: [(&str, bool, bool, Effect); N],
    ) {
        for (key, old, new, effect) in flags {
            let effect = match effect {
                Effect::Gained if old => Effect::Lost,
                Effect::Lost if old => Effect::Gained,
                effect => effect,
            };
            if old != new {
                self.add(&format!("{section}.{key}"), effect, &format!("{old} -> {new}"));
            }
        }
    }

    fn add(&mut self, setting: &str, effect: Effect, text: &str) {
        let (setting, text) = (setting.to_owned(), text.to_owned());
        let (example_origin, cors) = (None, None);
        self.changes.push(CrossOriginChange { setting, effect, text, example_origin, cors });
    }
}

/// The origins that a policy trusts, by their use.
struct ComparedOrigins {
    service: OriginSet,
    web_socket: OriginSet,
    csrf: OriginSet,
}

impl Compiled {
    fn compared_origins(&self) -> ComparedOrigins {
        let pages = &self.pages;
        ComparedOrigins {
            service: self.service_origins.clone(),
            web_socket: pages
                .web_socket
                .as_ref()
                .map(|one| one.inner().trusted_origins())
                .unwrap_or_default(),
            csrf: pages.csrf.as_ref().map(|one| one.inner().trusted_origins()).unwrap_or_default(),
        }
    }
}
