use std::{io, net::SocketAddr};

use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::{page, policies::PolicySettings, record::Log, target::Target};

/// The page's server, and the servers of other origins that the page sends requests to.
#[derive(Debug)]
pub(crate) struct Servers {
    page: TcpListener,
    address: SocketAddr,
    targets: Vec<Target>,
}

impl Servers {
    /// Binds all servers. The page's server is first, since the policies contain its origin.
    pub(crate) async fn bind(address: SocketAddr) -> io::Result<Self> {
        let page = TcpListener::bind(address).await?;
        let address = page.local_addr()?;
        let for_page = || PolicySettings::for_origin(&origin_of(address));
        let for_another = || PolicySettings::for_origin("https://app.example.com");
        let targets = vec![
            Target::bind("api", address.ip(), for_page()).await?,
            Target::bind("closed", address.ip(), for_another()).await?,
            Target::bind("caching", address.ip(), for_page().max_age(600)).await?,
            Target::bind("enforcing", address.ip(), for_another().enforce()).await?,
            Target::bind("guarded", address.ip(), for_another().all_guards()).await?,
        ];
        Ok(Self { page, address, targets })
    }

    /// Returns the address of the page's server.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn targets(&self) -> &[Target] {
        &self.targets
    }

    pub(crate) async fn serve(self) -> io::Result<()> {
        let log = Log::default();
        let page = page::router(self.configuration(), &self.targets, log.clone());
        for target in self.targets {
            target.start(&log);
        }
        axum::serve(self.page, page).await
    }

    fn configuration(&self) -> Value {
        json!({
            "page": origin_of(self.address),
            "targets": self.targets.iter().map(Target::to_json).collect::<Value>(),
        })
    }
}

/// Returns the origin as a browser serializes it.
///
/// <https://html.spec.whatwg.org/#ascii-serialisation-of-an-origin>
fn origin_of(address: SocketAddr) -> String {
    let text = format!("http://{address}");
    text.strip_suffix(":80").map_or_else(|| text.clone(), str::to_owned)
}
