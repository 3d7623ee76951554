use std::{
    fmt, io,
    net::{IpAddr, SocketAddr},
};

use axum::{Router, middleware};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tower_cross_origin::cors::{CorsLayer, CorsPolicy};

use crate::{
    application::application,
    policies::Terms,
    record::{self, Log, Recorder},
};

/// An application at two origins: behind a [`CorsLayer`] and guards, and its twin without the crate.
#[derive(Debug)]
pub(crate) struct Target {
    name: &'static str,
    terms: Terms,
    policy: CorsPolicy,
    guarded: Router,
    layered: Listener,
    bare: Listener,
}

impl Target {
    /// The page's own IP address is taken: cookies ask whether sites are the same, and its site is
    /// its address.
    pub(crate) async fn bind(name: &'static str, ip: IpAddr, terms: Terms) -> io::Result<Self> {
        let policy = terms.policy().map_err(io::Error::other)?;
        let guarded = terms
            .guards()
            .around(recorded_application(false), &policy)
            .map_err(io::Error::other)?;
        let layered = Listener::bind(ip).await?;
        let bare = Listener::bind(ip).await?;
        Ok(Self { name, terms, policy, guarded, layered, bare })
    }

    pub(crate) fn summary(&self) -> String {
        let Self { name, terms, layered, bare, .. } = self;
        let origins = terms.origins();
        format!("{name:<7} {layered}  for {origins}; without the layer: {bare}")
    }

    pub(crate) fn origins(&self) -> [String; 2] {
        [self.layered.to_string(), self.bare.to_string()]
    }

    pub(crate) fn to_json(&self) -> Value {
        json!({
            "name": self.name,
            "layered": self.layered.to_string(),
            "bare": self.bare.to_string(),
            "policy": self.terms.to_json(),
        })
    }

    pub(crate) fn start(self, log: &Log) {
        let Self { name, policy, guarded, layered, bare, .. } = self;
        let recorder = |layered| {
            let log = log.clone();
            let recorder = Recorder { log, server: name, layered, policy: policy.clone() };
            middleware::from_fn_with_state(recorder, record::exchange)
        };
        let layer = CorsLayer::new(policy.clone());
        layered.serve(guarded.layer(layer).layer(recorder(true)));
        bare.serve(recorded_application(true).layer(recorder(false)));
    }
}

fn recorded_application(bare: bool) -> Router {
    application(bare).layer(middleware::from_fn(record::call))
}

#[derive(Debug)]
struct Listener {
    socket: TcpListener,
    address: SocketAddr,
}

impl Listener {
    async fn bind(ip: IpAddr) -> io::Result<Self> {
        let socket = TcpListener::bind((ip, 0)).await?;
        let address = socket.local_addr()?;
        Ok(Self { socket, address })
    }

    fn serve(self, router: Router) {
        tokio::spawn(axum::serve(self.socket, router).into_future());
    }
}

impl fmt::Display for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}", self.address)
    }
}
