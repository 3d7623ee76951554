//! A gRPC service on tonic, which pages of another origin call with gRPC-Web.
//!
//! `cargo run -p grpc` prints the address and commands to try.

use std::{net::Ipv4Addr, time::Duration};

use tokio_stream::{Stream, StreamExt, wrappers::TcpListenerStream};
use tonic::{Request, Response, Status, transport::Server};
use tonic_web::GrpcWebLayer;
use tower_cross_origin::cors::{CorsConfigError, CorsLayer, CorsPolicy, Rule};

use self::{
    proto::{
        Message, RepeatRequest,
        echo_server::{Echo, EchoServer},
    },
    support::{Arguments, Defaults, Report},
};

#[path = "../../support/mod.rs"]
mod support;

fn policy(origins: &[String]) -> Result<CorsPolicy, CorsConfigError> {
    CorsPolicy::new(
        Rule::for_origins(origins)
            // Allows the headers of the protocol. Without it, no call reaches the service, and pages cannot
            // read its errors.
            .allow_grpc_web()
            // Metadata of this service.
            .allow_headers([TENANT])
            .expose_headers([TENANT])
            .max_age(Duration::from_secs(600)),
    )
}

#[tokio::main]
async fn main() -> Result<(), Report> {
    let arguments = Arguments::read(Defaults {
        listen: (Ipv4Addr::LOCALHOST, 7103).into(),
        origin: "http://localhost:3000",
        extra: None,
    });
    let policy = policy(&arguments.origins)?;
    for lint in policy.lints() {
        eprintln!("{lint}");
    }
    let (listener, url) = support::listen(arguments.listen).await?;
    support::print_line(&usage_examples(&url, arguments.origin()));
    Server::builder()
        // gRPC uses only HTTP/2, but browsers use HTTP/1.1 without TLS.
        .accept_http1(true)
        // CORS is outermost, since the gRPC-Web layer rejects preflights with 400.
        .layer(CorsLayer::new(policy))
        .layer(GrpcWebLayer::new())
        .add_service(EchoServer::new(EchoService))
        .serve_with_incoming(TcpListenerStream::new(listener))
        .await?;
    Ok(())
}

struct EchoService;

#[tonic::async_trait]
impl Echo for EchoService {
    // An error before any message has only trailers, which gRPC-Web sends as headers.
    async fn say(&self, request: Request<Message>) -> Result<Response<Message>, Status> {
        let tenant = request.metadata().get(TENANT).cloned();
        let message = request.into_inner();
        if message.text == "fail" {
            return Err(not_found());
        }
        let mut response = Response::new(message);
        if let Some(tenant) = tenant {
            response.metadata_mut().insert(TENANT, tenant);
        }
        Ok(response)
    }

    type RepeatStream = Box<dyn Stream<Item = Result<Message, Status>> + Send + Unpin>;

    // An error after messages has normal trailers, which gRPC-Web sends in the body.
    async fn repeat(
        &self,
        request: Request<RepeatRequest>,
    ) -> Result<Response<Self::RepeatStream>, Status> {
        let RepeatRequest { text, times } = request.into_inner();
        let end = (text == "fail").then(|| Err(not_found()));
        let messages = (0..times).map(move |_| Ok(Message { text: text.clone() }));
        Ok(Response::new(Box::new(tokio_stream::iter(messages).chain(tokio_stream::iter(end)))))
    }
}

fn not_found() -> Status {
    Status::not_found("no echo for this")
}

const TENANT: &str = "x-tenant";

/// Generated from `proto/echo.proto`; a test checks that both are equal.
#[allow(clippy::pedantic, unused_qualifications, unreachable_pub)]
mod proto {
    // Included as text, since rustfmt would reformat a module's file.
    include!("../proto/echo.v1.rs");
}

fn usage_examples(url: &str, origin: &str) -> String {
    format!(
        r#"
The preflight before a call by a page of {origin}:
  curl -i {url}/echo.v1.Echo/Say -X OPTIONS -H 'Origin: {origin}' -H 'Access-Control-Request-Method: POST' -H 'Access-Control-Request-Headers: content-type,x-grpc-web,x-user-agent'
The same preflight for a page of another origin:
  curl -i {url}/echo.v1.Echo/Say -X OPTIONS -H 'Origin: https://evil.example' -H 'Access-Control-Request-Method: POST' -H 'Access-Control-Request-Headers: content-type,x-grpc-web,x-user-agent'
A call with the text "hi", and a call with the text "fail":
  curl -i {url}/echo.v1.Echo/Say -H 'Origin: {origin}' -H 'Content-Type: application/grpc-web-text' -H 'Accept: application/grpc-web-text' -d AAAAAAQKAmhp
  curl -i {url}/echo.v1.Echo/Say -H 'Origin: {origin}' -H 'Content-Type: application/grpc-web-text' -H 'Accept: application/grpc-web-text' -d AAAAAAYKBGZhaWw=
An OPTIONS request that is not a preflight:
  curl -i {url}/echo.v1.Echo/Say -X OPTIONS
A stream of messages with buf (npm package @bufbuild/buf), in the directory of this crate:
  buf curl --schema examples/grpc/proto --protocol grpcweb -d '{{"text": "hi", "times": 3}}' {url}/echo.v1.Echo/Repeat"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compiles the example from the crate's documentation, which cannot depend on tonic.
    #[test]
    fn documented_example_compiles_and_matches() {
        fn recipe(origins: Vec<String>) -> Result<(), CorsConfigError> {
            let _server =
                // recipe
                Server::builder()
                    .accept_http1(true)
                    .layer(CorsLayer::new(CorsPolicy::new(Rule::for_origins(origins).allow_grpc_web())?))
                    .layer(GrpcWebLayer::new())
                // end
                ;
            Ok(())
        }
        recipe(vec!["https://app.example.com".to_owned()]).unwrap();
        let docs = include_str!("../../../src/lib.rs");
        let here = include_str!("main.rs").split("// recipe").nth(1).unwrap();
        let lines = here.split("// end").next().unwrap().lines().map(str::trim);
        for line in lines.filter(|line| !line.is_empty()) {
            assert!(docs.contains(line), "{line}");
        }
    }
}
