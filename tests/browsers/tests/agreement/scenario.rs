//! What a scenario is, and all of them.

use super::{
    covering,
    hosts::{Host, Ports},
    values::{
        Api, Body, Calls, Credentials, Headers, Hops, MaxAge, Method, Mode, OnRedirect, Policy,
        Relation, Status,
    },
};

/// A call that a page makes once or twice, and the application's part in it.
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
        let is_possible = |row: &[usize]| Self::of(0, row, ports).is_possible();
        let rows = covering::rows(weights, is_possible, LEAST);
        let paired = rows.iter().map(|row| Self::of(0, row, ports));
        let all = paired.chain(Self::beyond_pairs(ports)).enumerate();
        all.map(|(number, scenario)| Self { number, ..scenario }).collect()
    }

    /// Those that take more than two values to show.
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
            policy: Policy::WildcardsByHand,
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
            // Whether what is remembered of `*` covers it.
            Self { headers: Headers::Authorization, ..put.clone() },
            Self {
                headers: Headers::Authorization,
                method: Method::Get,
                body: Body::None,
                ..put.clone()
            },
            // Whether anything is remembered of a call that failed.
            Self { hops: Hops::Within307, on_redirect: OnRedirect::Error, ..put.clone() },
            Self { hops: Hops::Other307, on_redirect: OnRedirect::Error, ..put.clone() },
            // Whether anything is remembered for `null`.
            Self { relation: Relation::Sandboxed, ..put.clone() },
            Self { relation: Relation::Data, ..put.clone() },
            // Whether each line is safelisted, or all of them together.
            Self { headers: Headers::ContentTypeTwice, ..post.clone() },
            Self { headers: Headers::Over1024InAll, ..post.clone() },
            // Which cookies come along over another site and back.
            Self {
                hops: Hops::Home307,
                credentials: Credentials::Include,
                policy: Policy::Exact,
                ..post.clone()
            },
            // Listeners, in time and late.
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

    fn of(number: usize, row: &[usize], ports: Ports) -> Self {
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

    /// Whether script can write it down.
    fn is_possible(&self) -> bool {
        let xhr_has_it = self.mode == Mode::Cors
            && self.credentials != Credentials::Omit
            && self.on_redirect == OnRedirect::Follow;
        let has_no_body =
            self.body == Body::None || !matches!(self.method, Method::Get | Method::Head);
        (xhr_has_it || self.api == Api::Fetch) && has_no_body
    }

    /// Each dimension's value, by its name.
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
        self.url_of_hop(0).expect("there is a first one")
    }

    /// The status and the address of the redirect at this hop; none at the last one.
    pub fn redirect(&self, hop: usize) -> Option<(u16, String)> {
        let status = match self.hops {
            Hops::Within302 | Hops::Other302 | Hops::OtherAndBack302 => 302,
            _ => 307,
        };
        Some((status, self.url_of_hop(hop + 1)?))
    }

    /// The path of all its hops.
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

const LEAST: usize = 590;
