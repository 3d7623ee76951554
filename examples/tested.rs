//! An application whose CORS is tested as its pages' browsers see it.
//!
//! `cargo run --example tested` prints what a browser would make of the application, and of the same
//! application with its layers in a wrong order. `cargo test --example tested` asserts it: that is
//! the way to test one's own.

use axum::{
    Router,
    body::Body,
    extract::Request,
    http::{
        Method, StatusCode,
        header::{AUTHORIZATION, CONTENT_LENGTH},
    },
    middleware::{Next, from_fn},
    response::Response,
    routing::put,
};
use tower_cross_origin::{
    browser::{Blocked, Fetch, FetchOutcome, Page},
    cors::{CorsConfigError, CorsLayer, CorsPolicy, Rule},
};

const APP: &str = "https://app.example.com";
const ITEM: &str = "https://api.example.com/items/1";

/// Where the layer for CORS stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    /// Outside of everything that answers by itself.
    Outermost,
    /// `Router::layer` wraps what is there already: not this route, and not the fallback.
    BeforeTheRoute,
    /// `Router::route_layer` wraps routes: not the fallback.
    AroundRoutesAlone,
    /// Authentication answers preflights, which carry no `Authorization`.
    WithinAuthentication,
    /// The limit's 413 has no CORS headers.
    WithinTheLimit,
}

impl Order {
    const ALL: [Self; 5] = [
        Self::Outermost,
        Self::BeforeTheRoute,
        Self::AroundRoutesAlone,
        Self::WithinAuthentication,
        Self::WithinTheLimit,
    ];
}

fn app(order: Order) -> Result<Router, CorsConfigError> {
    let policy = CorsPolicy::new(
        Rule::for_origins([APP]).allow_methods([Method::PUT]).allow_headers([AUTHORIZATION]),
    )?;
    let cors = CorsLayer::new(policy);
    let items = || Router::new().route("/items/{id}", put(save));
    Ok(match order {
        Order::Outermost => items().layer(from_fn(authenticate)).layer(from_fn(limit)).layer(cors),
        Order::BeforeTheRoute => Router::new().layer(cors).merge(items()),
        Order::AroundRoutesAlone => items().route_layer(cors),
        Order::WithinAuthentication => items().layer(cors).layer(from_fn(authenticate)),
        Order::WithinTheLimit => items().layer(cors).layer(from_fn(limit)),
    })
}

async fn save() -> StatusCode {
    StatusCode::NO_CONTENT
}

async fn authenticate(request: Request, next: Next) -> Response {
    if request.headers().contains_key(AUTHORIZATION) {
        next.run(request).await
    } else {
        answer(StatusCode::UNAUTHORIZED)
    }
}

async fn limit(request: Request, next: Next) -> Response {
    let length = request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    match length.and_then(|length| length.parse::<u64>().ok()) {
        Some(length) if length > 100 => answer(StatusCode::PAYLOAD_TOO_LARGE),
        _ => next.run(request).await,
    }
}

fn answer(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// What pages do with the application: save something, with an error for an answer too.
async fn visit(order: Order) -> Result<Vec<(&'static str, FetchOutcome)>, CorsConfigError> {
    // Of the bodies that a router takes, the one that axum's own server gives it.
    let mut app = app(order)?.into_service::<Body>();
    let mut page = Page::open(APP);
    let save = |url: &str| Fetch::put(url).header("authorization", "Bearer 1").text("tea");
    let large = save(ITEM).text(&"tea".repeat(100));
    Ok(vec![
        ("saves an item", page.fetch(&mut app, save(ITEM)).await),
        ("without a token", page.fetch(&mut app, Fetch::put(ITEM).text("tea")).await),
        ("too much of it", page.fetch(&mut app, large).await),
        ("at no route", page.fetch(&mut app, save("https://api.example.com/nowhere")).await),
    ])
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), CorsConfigError> {
    for order in Order::ALL {
        println!("{order:?}");
        for (what, outcome) in visit(order).await? {
            let told = outcome.blocked().map(Blocked::to_string);
            let status = outcome.status().map(|status| format!("the page reads {status}"));
            println!("  {what}: {}", told.or(status).unwrap_or_default());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use tower_cross_origin::browser::BlockedStep;

    use super::*;

    #[tokio::test]
    async fn a_page_reads_every_answer_errors_too() {
        let visits = visit(Order::Outermost).await.unwrap();
        for (what, outcome) in &visits {
            println!("{what}");
            outcome.assert_readable();
        }
        let preflights: Vec<usize> = visits.iter().map(|(_, it)| it.preflights().count()).collect();
        assert_eq!(preflights, [1, 0, 0, 1], "one for each address, as long as it is kept");
    }

    #[tokio::test]
    async fn a_page_of_another_origin_reads_nothing() {
        let mut app = app(Order::Outermost).unwrap().into_service::<Body>();
        let mut page = Page::open("https://evil.example");
        let outcome = page.fetch(&mut app, Fetch::put(ITEM).text("tea")).await;
        outcome.assert_blocked_at(BlockedStep::AllowOrigin);
        assert_eq!(outcome.requests().count(), 0, "the preflight stops it");
    }

    /// axum 1330, hoprnet 7208: `layer` before `route`.
    #[tokio::test]
    async fn a_layer_before_the_route_is_found() {
        is_blocked(Order::BeforeTheRoute, "saves an item", "a 405 response from outside").await;
    }

    /// salvo 223 and 753: the layer on the router and not on the service.
    #[tokio::test]
    async fn a_layer_around_routes_alone_is_found() {
        is_blocked(Order::AroundRoutesAlone, "at no route", "a 404 response from outside").await;
    }

    /// clash-rs 1486, litellm-rs 832: preflights carry no token.
    #[tokio::test]
    async fn authentication_outside_of_the_layer_is_found() {
        is_blocked(Order::WithinAuthentication, "saves an item", "a 401 response from outside")
            .await;
    }

    /// warp 518, restate 5297: errors without CORS headers.
    #[tokio::test]
    async fn a_limit_outside_of_the_layer_is_found() {
        is_blocked(Order::WithinTheLimit, "too much of it", "a 413 response from outside").await;
    }

    /// What the page does fails there, and what a browser would say names the cause.
    async fn is_blocked(order: Order, what: &str, cause: &str) {
        let visits = visit(order).await.unwrap();
        let (_, outcome) = visits.iter().find(|(name, _)| *name == what).unwrap();
        outcome.assert_blocked_at(BlockedStep::AllowOrigin);
        let told = outcome.blocked().unwrap().to_string();
        assert!(told.contains(cause), "{told}");
    }
}
