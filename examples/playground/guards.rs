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

/// What stands between CORS and the application, for what pages send without asking.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Guards {
    /// For WebSockets alone, and so not seen by any other request.
    WebSockets,
    All,
}

impl Guards {
    /// The application behind them, for the pages of the policy.
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
                // Other ports are other origins, and of the same site.
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

/// What pages of other origins reach, where nothing keeps them from it.
pub(crate) fn attacked() -> Router {
    let chat = any(async |upgrade: WebSocketUpgrade| upgrade.on_upgrade(echo));
    let removed = get(async || ([(CONTENT_TYPE, "image/svg+xml")], REMOVED));
    Router::new().route("/chat", chat).route("/items/1/remove", removed)
}

async fn echo(mut socket: WebSocket) {
    while let Some(Ok(message)) = socket.recv().await {
        let is_said = matches!(message, Message::Text(_));
        if is_said && socket.send(message).await.is_err() {
            return;
        }
    }
}

/// Any page has it carried out by showing it.
const REMOVED: &str = r#"<svg xmlns="http://www.w3.org/2000/svg" width="2" height="2"/>"#;
