//! Sessions in cookies, with `tower-sessions`, for a page of another origin.
//!
//! The browser sends the cookie with every request to the service, also with a form of a hostile page. CORS does not
//! stop this form, and neither does `SameSite` if the pages are of the same site. `Csrf` denies it. The layers of
//! `axum-login` use the same sessions: put them in the place of `tower-sessions`.
//!
//! `cargo run -p sessions` prints the address and commands to try. `cargo test -p sessions` runs attacks with and
//! without the guard.

use std::net::Ipv4Addr;

use axum::{
    Form, Router,
    http::StatusCode,
    routing::{get, post},
};
use serde::Deserialize;
use tower::ServiceBuilder;
use tower_cross_origin::{
    cors::{CorsLayer, CorsPolicy, Rule},
    guard::{Csrf, GuardLayer},
};
use tower_sessions::{
    MemoryStore, Session, SessionManagerLayer, cookie::SameSite, session::Error as SessionError,
};

use self::support::{Arguments, Defaults, Report};

#[path = "../../support/mod.rs"]
mod support;
#[cfg(test)]
mod tests;

fn app(policy: CorsPolicy, csrf: Option<GuardLayer<Csrf>>) -> Router {
    // `None` is only for pages of other sites. Use `Lax` if all pages are of the same site.
    let sessions = SessionManagerLayer::new(MemoryStore::default())
        .with_name("__Host-session")
        .with_same_site(SameSite::None)
        .with_secure(true);
    // The first layer is the outermost. Pages can read the rejections of the guard, and no request that the guard
    // denies loads a session.
    let layers = ServiceBuilder::new().layer(CorsLayer::new(policy)).option_layer(csrf);
    Router::new()
        .route("/login", post(log_in))
        .route("/balance", get(balance))
        .route("/transfer", post(transfer))
        .layer(layers.layer(sessions))
}

/// Returns the guard, which allows the requests of the policy's pages.
fn csrf(policy: &CorsPolicy) -> Result<GuardLayer<Csrf>, Report> {
    Ok(GuardLayer::new(Csrf::new().trust_policy(policy.clone()))?)
}

fn policy(origins: &[String]) -> Result<CorsPolicy, Report> {
    Ok(CorsPolicy::new(Rule::for_origins(origins).allow_credentials(true))?)
}

#[derive(Deserialize)]
struct Transfer {
    amount: i64,
}

async fn log_in(session: Session) -> Result<StatusCode, Failure> {
    // A new id, so that an id from before the login is worth nothing.
    session.cycle_id().await?;
    session.insert(BALANCE, 100).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn balance(session: Session) -> Result<String, Failure> {
    let balance: Option<i64> = session.get(BALANCE).await?;
    balance.map(|balance| balance.to_string()).ok_or(Failure(StatusCode::UNAUTHORIZED))
}

async fn transfer(session: Session, Form(form): Form<Transfer>) -> Result<String, Failure> {
    let balance: Option<i64> = session.get(BALANCE).await?;
    let rest = balance.ok_or(Failure(StatusCode::UNAUTHORIZED))?.saturating_sub(form.amount);
    session.insert(BALANCE, rest).await?;
    Ok(rest.to_string())
}

struct Failure(StatusCode);

impl From<SessionError> for Failure {
    fn from(error: SessionError) -> Self {
        eprintln!("the session failed: {error}");
        Self(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

impl axum::response::IntoResponse for Failure {
    fn into_response(self) -> axum::response::Response {
        self.0.into_response()
    }
}

#[tokio::main]
async fn main() -> Result<(), Report> {
    let arguments = Arguments::read(Defaults {
        listen: (Ipv4Addr::LOCALHOST, 7140).into(),
        origin: "https://app.example.com",
        extra: None,
    });
    let policy = policy(&arguments.origins)?;
    let csrf = csrf(&policy)?;
    let (listener, url) = support::listen(arguments.listen).await?;
    support::print_line(&usage_examples(&url, arguments.origin()));
    Ok(axum::serve(listener, app(policy, Some(csrf))).await?)
}

fn usage_examples(url: &str, origin: &str) -> String {
    let page = format!("-H 'Origin: {origin}' -H 'Sec-Fetch-Site: same-site'");
    format!(
        r#"
A page of {origin} logs in, reads the balance, and transfers money:
  cookie=$(curl -si -X POST {url}/login {page} | sed -n 's/^set-cookie: \([^;]*\).*/\1/p')
  curl -i {url}/balance {page} -H "Cookie: $cookie"
  curl -i {url}/transfer {page} -H "Cookie: $cookie" -d amount=10
A form of a hostile page of the same site; the browser sends the cookie:
  curl -i {url}/transfer -H 'Origin: https://blog.example.com' -H 'Sec-Fetch-Site: same-site' -H "Cookie: $cookie" -d amount=10"#
    )
}

const BALANCE: &str = "balance";
