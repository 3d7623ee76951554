//! A way to send a request, with its expected outcomes.

use browsers::{Difference, Engine};

use super::places::Place;

/// A way in which a page sends requests, with the expected outcome of each relation.
///
/// The outcomes follow the standards, and no run of a browser.
#[derive(Clone, Debug)]
pub struct Technique {
    pub name: String,
    /// The address of the clause that defines the outcomes.
    pub clause: &'static str,
    /// The body of an `async` function with the tools of `page.js`.
    pub script: &'static str,
    pub credentials: &'static [Credentials],
    pub cases: Vec<Case>,
    /// The only engine that has the technique.
    only_in: Option<Engine>,
    layers: &'static str,
    page: Place,
    service: Place,
}

/// The relation of a page to the policy of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    SameOrigin,
    Allowed,
    Rejected,
    /// The page or request that is rejected otherwise, and a service without the layers.
    Unprotected,
}

/// The credentials of a request. `Omit` appears only in scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credentials {
    /// The default of `fetch`: only to the origin of the page.
    SameOrigin,
    Include,
}

/// The outcome of one relation.
#[derive(Clone, Debug)]
pub struct Case {
    pub relation: Relation,
    pub page: Place,
    pub service: Place,
    /// The path below which the service has the layers.
    pub layers: &'static str,
    pub outcome: Outcome,
    /// The outcome in the engines with a difference.
    different: Option<(&'static [Engine], Outcome)>,
}

/// The result of the page's script, and the requests that the servers receive.
///
/// A request is `METHOD PATH [HEADERS] STATUS`. The headers are `origin` for the origin of the page, `null` for
/// `Origin: null`, `cookie`, and `cookie?` for a cookie in the rows with [`Credentials::Include`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    pub result: String,
    pub requests: Vec<String>,
}

impl Outcome {
    pub fn new(result: &str, requests: &[&str]) -> Self {
        let requests = requests.iter().map(|&request| request.to_owned());
        Self { result: result.to_owned(), requests: requests.collect() }
    }
}

impl Technique {
    /// Creates a technique that runs with both kinds of credentials.
    pub fn new(name: impl Into<String>, clause: &'static str, script: &'static str) -> Self {
        Self {
            name: name.into(),
            clause,
            script,
            credentials: &[Credentials::SameOrigin, Credentials::Include],
            cases: Vec::new(),
            only_in: None,
            layers: "/cors",
            page: Place::App,
            service: Place::Service,
        }
    }

    /// Replaces the credentials, for a technique without a choice or without cookies.
    pub fn credentials(mut self, credentials: &'static [Credentials]) -> Self {
        self.credentials = credentials;
        self
    }

    /// Sends the requests of the next cases to the service with these layers.
    pub fn to(mut self, layers: &'static str) -> Self {
        self.layers = layers;
        self
    }

    /// Replaces the allowed page of the next cases.
    pub fn from(mut self, page: Place) -> Self {
        self.page = page;
        self
    }

    /// Replaces the origin of the service of the next cases.
    pub fn at(mut self, service: Place) -> Self {
        self.service = service;
        self
    }

    /// Limits the technique to one engine. In the others, the page returns `not in this engine`.
    pub fn only_in(mut self, engine: Engine) -> Self {
        self.only_in = Some(engine);
        self
    }

    pub fn same_origin(self, result: &str, requests: &[&str]) -> Self {
        let (page, layers) = (self.service, self.layers);
        self.case(Relation::SameOrigin, page, layers, result, requests)
    }

    pub fn allowed(self, result: &str, requests: &[&str]) -> Self {
        let (page, layers) = (self.page, self.layers);
        self.case(Relation::Allowed, page, layers, result, requests)
    }

    /// Adds the outcome of a page that the policy rejects.
    pub fn rejected(self, result: &str, requests: &[&str]) -> Self {
        let layers = self.layers;
        self.case(Relation::Rejected, Place::Evil, layers, result, requests)
    }

    /// Adds the outcome of the allowed page at a service whose layers reject this page.
    pub fn rejected_by(self, layers: &'static str, result: &str, requests: &[&str]) -> Self {
        let page = self.page;
        self.case(Relation::Rejected, page, layers, result, requests)
    }

    /// Adds the outcome of the rejected page at a service without layers.
    pub fn unprotected(self, result: &str, requests: &[&str]) -> Self {
        self.case(Relation::Unprotected, Place::Evil, "/open", result, requests)
    }

    pub fn case(
        mut self,
        relation: Relation,
        page: Place,
        layers: &'static str,
        result: &str,
        requests: &[&str],
    ) -> Self {
        let (service, outcome) = (self.service, Outcome::new(result, requests));
        self.cases.push(Case { relation, page, service, layers, outcome, different: None });
        self
    }

    /// Adds the outcome of the last case in these engines, which have a difference.
    pub fn except(
        mut self,
        difference: Difference,
        engines: &'static [Engine],
        result: &str,
        requests: &[&str],
    ) -> Self {
        assert!(engines.iter().all(|engine| difference.is_in(*engine)), "{difference:?}");
        let case = self.cases.last_mut().expect("a difference follows a case");
        case.different = Some((engines, Outcome::new(result, requests)));
        self
    }

    /// Returns whether the engine has the technique.
    pub fn is_in(&self, engine: Engine) -> bool {
        self.only_in.is_none_or(|only| only == engine)
    }

    /// Returns the expected outcome of a case in this engine.
    pub fn outcome(&self, case: &Case, engine: Engine) -> Outcome {
        match &case.different {
            _ if !self.is_in(engine) => Outcome::new("not in this engine", &[]),
            Some((engines, outcome)) if engines.contains(&engine) => outcome.clone(),
            _ => case.outcome.clone(),
        }
    }

    /// Returns the case that shows that a rejection has no other cause.
    pub fn control(&self) -> Option<&Case> {
        let with = |relation| self.cases.iter().find(|case| case.relation == relation);
        with(Relation::Unprotected).or_else(|| with(Relation::Allowed))
    }
}

impl Case {
    pub fn is_different_in(&self, engine: Engine) -> bool {
        self.different.as_ref().is_some_and(|(engines, _)| engines.contains(&engine))
    }
}
