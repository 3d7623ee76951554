//! Tests of an application's CORS headers from a browser's perspective.
//!
//! `cargo run --example tested` prints how a browser would treat the application, with the CORS layer in
//! the right place and in wrong places. `cargo test --example tested` asserts the results. Use these tests
//! as a template for your application.

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

/// The position of the CORS layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    /// Outside of all layers that send responses.
    Outermost,
    /// `Router::layer` wraps only existing routes: neither this route nor the fallback.
    BeforeRoute,
    /// `Router::route_layer` wraps only routes, not the fallback.
    AroundRoutesOnly,
    /// The authentication layer rejects preflights, which have no `Authorization`.
    InsideAuthentication,
    /// The body limit's 413 response has no CORS headers.
    InsideBodyLimit,
}

impl Order {
    const ALL: [Self; 5] = [
        Self::Outermost,
        Self::BeforeRoute,
        Self::AroundRoutesOnly,
        Self::InsideAuthentication,
        Self::InsideBodyLimit,
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
        Order::BeforeRoute => Router::new().layer(cors).merge(items()),
        Order::AroundRoutesOnly => items().route_layer(cors),
        Order::InsideAuthentication => items().layer(cors).layer(from_fn(authenticate)),
        Order::InsideBodyLimit => items().layer(cors).layer(from_fn(limit)),
    })
}

async fn save() -> StatusCode {
    StatusCode::NO_CONTENT
}

async fn authenticate(request: Request, next: Next) -> Response {
    if request.headers().contains_key(AUTHORIZATION) {
        next.run(request).await
    } else {
        respond(StatusCode::UNAUTHORIZED)
    }
}

async fn limit(request: Request, next: Next) -> Response {
    let length = request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    match length.and_then(|length| length.parse::<u64>().ok()) {
        Some(length) if length > 100 => respond(StatusCode::PAYLOAD_TOO_LARGE),
        _ => next.run(request).await,
    }
}

fn respond(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// Sends a page's requests to the application, including requests that cause errors.
async fn visit(order: Order) -> Result<Vec<(&'static str, FetchOutcome)>, CorsConfigError> {
    // A router supports several body types; axum's server uses this one.
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
        for (title, outcome) in visit(order).await? {
            let message = outcome.blocked().map(Blocked::to_string);
            let status = outcome.status().map(|status| format!("the page reads {status}"));
            println!("  {title}: {}", message.or(status).unwrap_or_default());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use tower_cross_origin::browser::BlockedStep;

    use super::*;

    #[tokio::test]
    async fn allowed_page_reads_all_responses_and_errors() {
        let visits = visit(Order::Outermost).await.unwrap();
        for (title, outcome) in &visits {
            println!("{title}");
            outcome.assert_readable();
        }
        let preflights: Vec<usize> = visits.iter().map(|(_, it)| it.preflights().count()).collect();
        assert_eq!(
            preflights,
            [1, 0, 0, 1],
            "one preflight for each URL, since results are cached"
        );
    }

    #[tokio::test]
    async fn page_of_other_origin_is_blocked() {
        let mut app = app(Order::Outermost).unwrap().into_service::<Body>();
        let mut page = Page::open("https://evil.example");
        let outcome = page.fetch(&mut app, Fetch::put(ITEM).text("tea")).await;
        outcome.assert_blocked_at(BlockedStep::AllowOrigin);
        assert_eq!(
            outcome.requests().count(),
            0,
            "the browser sends no request after the failed preflight"
        );
    }

    /// Checks `layer` before `route` (axum 1330, hoprnet 7208).
    #[tokio::test]
    async fn layer_before_route_is_detected() {
        assert_blocked(Order::BeforeRoute, "saves an item", "a 405 response from outside").await;
    }

    /// Checks a layer on the router, not on the service (salvo 223 and 753).
    #[tokio::test]
    async fn layer_around_routes_only_is_detected() {
        assert_blocked(Order::AroundRoutesOnly, "at no route", "a 404 response from outside").await;
    }

    /// Checks authentication of preflights, which have no token (clash-rs 1486, litellm-rs 832).
    #[tokio::test]
    async fn authentication_outside_of_layer_is_detected() {
        assert_blocked(Order::InsideAuthentication, "saves an item", "a 401 response from outside")
            .await;
    }

    /// Checks errors without CORS headers (warp 518, restate 5297).
    #[tokio::test]
    async fn body_limit_outside_of_layer_is_detected() {
        assert_blocked(Order::InsideBodyLimit, "too much of it", "a 413 response from outside")
            .await;
    }

    /// Asserts that the request fails, and that the browser model names the cause.
    async fn assert_blocked(order: Order, title: &str, cause: &str) {
        let visits = visit(order).await.unwrap();
        let (_, outcome) = visits.iter().find(|(name, _)| *name == title).unwrap();
        outcome.assert_blocked_at(BlockedStep::AllowOrigin);
        let message = outcome.blocked().unwrap().to_string();
        assert!(message.contains(cause), "{message}");
    }
}
