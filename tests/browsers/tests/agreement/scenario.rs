//! The list of scenarios.

use super::{
    covering,
    hosts::{Host, Ports},
    values::{
        Api, Body, Calls, Credentials, Headers, Hops, MaxAge, Method, Mode, OnRedirect, Policy,
        Relation, Status,
    },
};

/// A call that a page makes once or twice, and the settings of the application.
#[derive(Clone, Debug)]
pub struct Scenario {
    pub number: usize,
    pub relation: Relation,
    pub api: Api,
    pub mode: Mode,
    pub method: Method,
    pub headers: Headers,
    pub body: Body,
    pub credentials: Credentials,
    pub policy: Policy,
    pub status: Status,
    pub hops: Hops,
    pub on_redirect: OnRedirect,
    pub max_age: MaxAge,
    pub calls: Calls,
    ports: Ports,
}

impl Scenario {
    pub fn all(ports: Ports) -> Vec<Self> {
        let weights: covering::Weights<'_> = &[
            Relation::WEIGHTS,
            Api::WEIGHTS,
            Mode::WEIGHTS,
            Method::WEIGHTS,
            Headers::WEIGHTS,
            Body::WEIGHTS,
            Credentials::WEIGHTS,
            Policy::WEIGHTS,
            Status::WEIGHTS,
            Hops::WEIGHTS,
            OnRedirect::WEIGHTS,
            MaxAge::WEIGHTS,
            Calls::WEIGHTS,
        ];
        let is_possible = |row: &[usize]| Self::from_row(0, row, ports).is_possible();
        let rows = covering::rows(weights, is_possible, MINIMUM);
        let paired = rows.iter().map(|row| Self::from_row(0, row, ports));
        let all = paired.chain(Self::beyond_pairs(ports)).enumerate();
        all.map(|(number, scenario)| Self { number, ..scenario }).collect()
    }

    /// Returns scenarios that depend on more than two values.
    fn beyond_pairs(ports: Ports) -> Vec<Self> {
        let put = Self {
            number: 0,
            relation: Relation::OtherSite,
            api: Api::Fetch,
            mode: Mode::Cors,
            method: Method::Put,
            headers: Headers::None,
            body: Body::Text,
            credentials: Credentials::SameOrigin,
            policy: Policy::ManualWildcards,
            status: Status::Ok,
            hops: Hops::None,
            on_redirect: OnRedirect::Follow,
            max_age: MaxAge::Long,
            calls: Calls::Two,
            ports,
        };
        let post = Self { method: Method::Post, ..put.clone() };
        vec![
            put.clone(),
            // Cached wildcards and `Authorization`.
            Self { headers: Headers::Authorization, ..put.clone() },
            Self {
                headers: Headers::Authorization,
                method: Method::Get,
                body: Body::None,
                ..put.clone()
            },
            // Cache entries after a failed call.
            Self { hops: Hops::Within307, on_redirect: OnRedirect::Error, ..put.clone() },
            Self { hops: Hops::Other307, on_redirect: OnRedirect::Error, ..put.clone() },
            // Cache entries of the origin `null`.
            Self { relation: Relation::Sandboxed, ..put.clone() },
            Self { relation: Relation::Data, ..put.clone() },
            // Safelisted field lines, separate or joined.
            Self { headers: Headers::RepeatedContentType, ..post.clone() },
            Self { headers: Headers::Over1024InTotal, ..post.clone() },
            // Cookies after a redirect to another site and back.
            Self {
                hops: Hops::Home307,
                credentials: Credentials::Include,
                policy: Policy::Exact,
                ..post.clone()
            },
            // Upload listeners, added in time and too late.
            Self {
                api: Api::XhrWithUploadListener,
                policy: Policy::Exact,
                headers: Headers::Authorization,
                ..post.clone()
            },
            Self { api: Api::XhrWithUploadListener, ..post.clone() },
            Self { api: Api::XhrWithLateUploadListener, ..post.clone() },
            Self { api: Api::XhrWithUploadListener, body: Body::None, ..post },
        ]
    }

    fn from_row(number: usize, row: &[usize], ports: Ports) -> Self {
        Self {
            number,
            relation: Relation::ALL[row[0]],
            api: Api::ALL[row[1]],
            mode: Mode::ALL[row[2]],
            method: Method::ALL[row[3]],
            headers: Headers::ALL[row[4]],
            body: Body::ALL[row[5]],
            credentials: Credentials::ALL[row[6]],
            policy: Policy::ALL[row[7]],
            status: Status::ALL[row[8]],
            hops: Hops::ALL[row[9]],
            on_redirect: OnRedirect::ALL[row[10]],
            max_age: MaxAge::ALL[row[11]],
            calls: Calls::ALL[row[12]],
            ports,
        }
    }

    /// Returns whether the script's API supports this combination.
    fn is_possible(&self) -> bool {
        let is_supported_by_xhr = self.mode == Mode::Cors
            && self.credentials != Credentials::Omit
            && self.on_redirect == OnRedirect::Follow;
        let is_body_permitted =
            self.body == Body::None || !matches!(self.method, Method::Get | Method::Head);
        (is_supported_by_xhr || self.api == Api::Fetch) && is_body_permitted
    }

    /// Returns the name and value of each dimension.
    pub fn values(&self) -> Vec<String> {
        vec![
            format!("relation {:?}", self.relation),
            format!("api {:?}", self.api),
            format!("mode {:?}", self.mode),
            format!("method {:?}", self.method),
            format!("headers {:?}", self.headers),
            format!("body {:?}", self.body),
            format!("credentials {:?}", self.credentials),
            format!("policy {:?}", self.policy),
            format!("status {:?}", self.status),
            format!("hops {:?}", self.hops),
            format!("on redirect {:?}", self.on_redirect),
            format!("max age {:?}", self.max_age),
            format!("calls {:?}", self.calls),
        ]
    }

    pub fn url(&self) -> String {
        self.url_of_hop(0).expect("each scenario has a first hop")
    }

    /// Returns the status and the target of the redirect at this hop.
    ///
    /// Returns `None` for the last hop.
    pub fn redirect(&self, hop: usize) -> Option<(u16, String)> {
        let status = match self.hops {
            Hops::Within302 | Hops::Other302 | Hops::OtherAndBack302 => 302,
            _ => 307,
        };
        Some((status, self.url_of_hop(hop + 1)?))
    }

    /// Returns the common path of all hops.
    pub fn path(&self) -> String {
        format!("/{:?}/{:?}/{}", self.policy, self.max_age, self.number)
    }

    fn url_of_hop(&self, hop: usize) -> Option<String> {
        let target = self.target();
        let other = if target == Host::OtherSite { Host::AppOnOtherPort } else { Host::OtherSite };
        let hosts = match self.hops {
            Hops::None => vec![target],
            Hops::Within302 | Hops::Within307 => vec![target, target],
            Hops::Other302 | Hops::Other307 => vec![target, other],
            Hops::OtherAndBack302 | Hops::OtherAndBack307 => vec![target, other, target],
            Hops::Home307 => vec![target, self.relation.page()],
        };
        let origin = hosts.get(hop)?.origin(self.ports);
        Some(format!("{origin}{}/{hop}", self.path()))
    }

    fn target(&self) -> Host {
        match self.relation {
            Relation::SameOrigin => Host::App,
            Relation::OtherPort | Relation::FromAddress => Host::AppOnOtherPort,
            Relation::Subdomain => Host::Subdomain,
            Relation::OtherSite | Relation::Data => Host::OtherSite,
            Relation::AddressToOtherPort => Host::AddressOnOtherPort,
            Relation::Sandboxed => Host::App,
        }
    }
}

const MINIMUM: usize = 990;
