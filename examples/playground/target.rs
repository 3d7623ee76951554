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
    policies::PolicySettings,
    record::{self, Log, Recorder},
};

/// An application at two origins: with a [`CorsLayer`] and guards, and without them.
#[derive(Debug)]
pub(crate) struct Target {
    name: &'static str,
    settings: PolicySettings,
    policy: CorsPolicy,
    guarded: Router,
    layered: Listener,
    bare: Listener,
}

impl Target {
    /// Binds both servers to the IP address of the page.
    ///
    /// Cookies depend on the site, which consists of the address here.
    pub(crate) async fn bind(
        name: &'static str,
        ip: IpAddr,
        settings: PolicySettings,
    ) -> io::Result<Self> {
        let policy = settings.policy().map_err(io::Error::other)?;
        let guarded = settings
            .guards()
            .around(recorded_application(false), &policy)
            .map_err(io::Error::other)?;
        let layered = Listener::bind(ip).await?;
        let bare = Listener::bind(ip).await?;
        Ok(Self { name, settings, policy, guarded, layered, bare })
    }

    pub(crate) fn summary(&self) -> String {
        let Self { name, settings, layered, bare, .. } = self;
        let origins = settings.origins();
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
            "policy": self.settings.to_json(),
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
