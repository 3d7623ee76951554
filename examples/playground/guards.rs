use axum::{
    Router,
    extract::ws::{Message, WebSocket, WebSocketUpgrade},
    http::header::CONTENT_TYPE,
    routing::{any, get},
};
use tower_cross_origin::{
    cors::CorsPolicy,
    guard::{self, Check, Csrf, FetchMetadata, GuardConfigError, GuardLayer},
};

/// The guards between the CORS layer and the application.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Guards {
    /// Protects WebSockets only, and ignores all other requests.
    WebSockets,
    All,
}

impl Guards {
    /// Wraps the application in the guards, which trust the origins of the policy.
    pub(crate) fn around(
        self,
        application: Router,
        policy: &CorsPolicy,
    ) -> Result<Router, GuardConfigError> {
        let origins = policy.origins();
        let web_socket = guard::WebSocket::new().trust_origins(&origins);
        Ok(match self {
            Self::WebSockets => application.layer(GuardLayer::new(web_socket)?),
            Self::All => {
                let csrf = Csrf::new().trust_origins(&origins);
                // The playground's servers have the same site, but different origins.
                let fetch_metadata = FetchMetadata::new().deny_same_site(true);
                application.layer(GuardLayer::new(web_socket.and(csrf).and(fetch_metadata))?)
            }
        })
    }

    pub(crate) fn names(self) -> &'static [&'static str] {
        match self {
            Self::WebSockets => &["WebSocket"],
            Self::All => &["WebSocket", "Csrf", "FetchMetadata"],
        }
    }
}

/// Returns routes that pages of other origins can reach without guards.
pub(crate) fn attack_targets() -> Router {
    let chat = any(async |upgrade: WebSocketUpgrade| upgrade.on_upgrade(echo));
    let removed = get(async || ([(CONTENT_TYPE, "image/svg+xml")], REMOVED));
    Router::new().route("/chat", chat).route("/items/1/remove", removed)
}

async fn echo(mut socket: WebSocket) {
    while let Some(Ok(message)) = socket.recv().await {
        let is_text = matches!(message, Message::Text(_));
        if is_text && socket.send(message).await.is_err() {
            return;
        }
    }
}

/// The response of a route that removes an item. Any page can embed it as an image.
const REMOVED: &str = r#"<svg xmlns="http://www.w3.org/2000/svg" width="2" height="2"/>"#;
