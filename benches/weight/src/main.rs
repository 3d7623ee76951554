//! The application of the table "Weight": two routes inside the CORS layer of the row.

use axum::{
    Router,
    routing::{get, put},
};

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, app()).await
}

fn app() -> Router {
    let app = Router::new()
        .route("/", get(|| async { "hello" }))
        .route("/items/{id}", put(|body: String| async { body }));

    #[cfg(feature = "tower-http")]
    let app = {
        use axum::http::{HeaderValue, Method, header};
        app.layer(
            tower_http::cors::CorsLayer::new()
                .allow_origin([HeaderValue::from_static("https://app.example.com")])
                .allow_credentials(true)
                .allow_methods([Method::PUT, Method::DELETE])
                .allow_headers([header::CONTENT_TYPE])
                .expose_headers([header::ETAG])
                .max_age(std::time::Duration::from_secs(600)),
        )
    };

    #[cfg(any(feature = "ours-cors", feature = "ours-full"))]
    let rule = {
        use axum::http::{Method, header};
        tower_cross_origin::cors::Rule::for_origins(["https://app.example.com"])
            .allow_credentials(true)
            .allow_methods([Method::PUT, Method::DELETE])
            .allow_headers([header::CONTENT_TYPE])
            .expose_headers([header::ETAG])
            .max_age(std::time::Duration::from_secs(600))
    };

    #[cfg(feature = "ours-cors")]
    let app = {
        use tower_cross_origin::cors::{CorsLayer, CorsPolicy};
        app.layer(CorsLayer::new(CorsPolicy::new(rule).expect("the rule is valid")))
    };

    #[cfg(feature = "ours-full")]
    let app = {
        use tower_cross_origin::cross_origin::{
            CrossOriginConfig, CrossOriginLayer, CrossOriginPolicy,
        };
        let config = CrossOriginConfig::new().cors(rule);
        let policy = CrossOriginPolicy::new(config).expect("the configuration is valid");
        app.layer(CrossOriginLayer::new(policy))
    };

    app
}
