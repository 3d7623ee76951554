use http::{HeaderMap, StatusCode};

use super::{
    blocked::{Blocked, BlockedStep},
    header_values::{get, isomorphic_decode},
    network::Exchange,
    response_filter::{FilteredResponse, ResponseType},
};

/// The result of a page's call.
///
/// It contains the response that a script can read, and all exchanges.
///
/// The assertions are for tests. Their messages report the failed step like a browser's console, with a
/// fix for the server.
#[derive(Clone, Debug)]
pub struct FetchOutcome {
    pub(super) result: Result<FilteredResponse, Blocked>,
    pub(super) exchanges: Vec<Exchange>,
}

impl FetchOutcome {
    /// Returns whether the page can read the response.
    pub fn is_readable(&self) -> bool {
        self.response().is_some()
    }

    /// Returns whether the page received an opaque response, which scripts cannot read.
    ///
    /// An example is an image of another origin.
    pub fn is_opaque(&self) -> bool {
        self.response_type().is_some_and(ResponseType::is_opaque)
    }

    /// Returns the response type; `None` if the browser blocked the response.
    pub fn response_type(&self) -> Option<ResponseType> {
        self.result.as_ref().ok().map(|response| response.kind)
    }

    /// Returns the reason for the block; `None` if the page received a response.
    pub fn blocked(&self) -> Option<&Blocked> {
        self.result.as_ref().err()
    }

    /// Returns the status that the page can read.
    pub fn status(&self) -> Option<StatusCode> {
        self.response().map(|response| response.status)
    }

    /// Returns the value of a header as a script reads it.
    ///
    /// The field lines are joined by commas, and each byte becomes a character. The result is `None` if
    /// the header is absent or the page cannot read it.
    pub fn header(&self, name: &str) -> Option<String> {
        let value = get(self.headers()?, &name.parse().ok()?)?;
        Some(isomorphic_decode(&value))
    }

    /// Returns the headers that the page can read.
    pub fn headers(&self) -> Option<&HeaderMap> {
        self.response().map(|response| &response.visible)
    }

    /// Returns the body that the page can read.
    pub fn body(&self) -> Option<&[u8]> {
        self.response().map(|response| &*response.body)
    }

    /// Returns the body as text, if the page can read it.
    pub fn text(&self) -> Option<String> {
        self.body().map(|body| String::from_utf8_lossy(body).into_owned())
    }

    /// Returns the text that the page runs as a script; `None` if nothing runs.
    ///
    /// A page runs scripts of other origins even if it cannot read their responses. The call must be
    /// `Fetch::element(Destination::Script, ..)`. The text runs if all of these conditions are met:
    ///
    /// - The status is 200 to 299.
    /// - `X-Content-Type-Options: nosniff` is absent, or it allows the `Content-Type`.
    /// - `Cross-Origin-Resource-Policy` is absent, or it allows the page.
    /// - [`opaque_response`](super::policies::opaque_response()) does not block a response of another
    ///   origin.
    ///
    /// The model decodes the text as UTF-8 and does not check that it is JavaScript.
    ///
    /// ```
    /// # use std::convert::Infallible;
    /// use http::{Request, Response};
    /// use tower::service_fn;
    /// use tower_cross_origin::browser::{Destination, Fetch, Page, BlockedStep};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let mut service = service_fn(|request: Request<Vec<u8>>| async move {
    ///     let is_data = request.uri().path() == "/data";
    ///     let content_type = if is_data { "application/json" } else { "text/javascript" };
    ///     let response = Response::builder()
    ///         .header("content-type", content_type)
    ///         .header("x-content-type-options", "nosniff");
    ///     Ok::<_, Infallible>(response.body(String::from("f(1)")).unwrap())
    /// });
    /// let mut page = Page::open("https://app.example");
    /// let script = Fetch::element(Destination::Script, "https://api.example/script");
    /// assert_eq!(page.fetch(&mut service, script).await.script(), Some("f(1)"));
    ///
    /// let data = Fetch::element(Destination::Script, "https://api.example/data");
    /// page.fetch(&mut service, data).await.assert_blocked_at(BlockedStep::MimeType);
    /// # }
    /// ```
    pub fn script(&self) -> Option<&str> {
        self.result.as_ref().ok()?.script.as_deref()
    }

    /// Returns whether `performance` shows detailed timings of the request to the page.
    /// <https://fetch.spec.whatwg.org/#concept-tao-check>
    pub fn shows_timing(&self) -> bool {
        self.result.as_ref().is_ok_and(|response| response.shows_timing)
    }

    /// Returns all requests that the browser sent, in order, with their responses.
    pub fn exchanges(&self) -> &[Exchange] {
        &self.exchanges
    }

    /// Returns the preflights that the browser sent.
    pub fn preflights(&self) -> impl Iterator<Item = &Exchange> {
        self.exchanges.iter().filter(|exchange| exchange.is_preflight)
    }

    /// Returns the requests other than preflights: the first request, and one for each redirect.
    pub fn requests(&self) -> impl Iterator<Item = &Exchange> {
        self.exchanges.iter().filter(|exchange| !exchange.is_preflight)
    }

    /// Asserts that the page can read the response.
    ///
    /// # Panics
    ///
    /// Panics if the page cannot read the response. The message reports the failed step and a fix.
    #[track_caller]
    pub fn assert_readable(&self) -> &Self {
        match &self.result {
            Ok(response) if !response.kind.is_opaque() => self,
            Ok(_) => self.fail("the response is opaque; the page received it but cannot read it"),
            Err(blocked) => self.fail(&format!("the page cannot read the response; {blocked}")),
        }
    }

    /// Asserts that the browser blocks the request or its response at this step.
    ///
    /// # Panics
    ///
    /// Panics if the browser blocks at another step, or does not block.
    #[track_caller]
    pub fn assert_blocked_at(&self, step: BlockedStep) -> &Self {
        match &self.result {
            Err(blocked) if blocked.step == step => self,
            Err(blocked) => self.fail(&format!(
                "blocked at the step {:?}, expected {step:?}; {blocked}",
                blocked.step
            )),
            Ok(_) => {
                self.fail(&format!("not blocked, expected {step:?}; the page received a response"))
            }
        }
    }

    /// Asserts that the browser sent this number of preflights.
    ///
    /// # Panics
    ///
    /// Panics if the browser sent more or fewer preflights.
    #[track_caller]
    pub fn assert_preflights(&self, expected: usize) -> &Self {
        let sent = self.preflights().count();
        if sent == expected {
            return self;
        }
        self.fail(&format!("{sent} preflights were sent, expected {expected}"))
    }

    fn response(&self) -> Option<&FilteredResponse> {
        self.result.as_ref().ok().filter(|response| !response.kind.is_opaque())
    }

    #[track_caller]
    #[expect(clippy::panic, reason = "a failed assertion in a test")]
    fn fail(&self, message: &str) -> ! {
        let sent: Vec<String> = self.exchanges.iter().map(describe).collect();
        panic!("{message}\nrequests:\n{}", sent.join("\n"))
    }
}

fn describe(exchange: &Exchange) -> String {
    let kind = if exchange.is_preflight { "preflight" } else { "request" };
    let response = match &exchange.response {
        Some((status, headers)) => format!("{status} {headers:?}"),
        None => "none".to_owned(),
    };
    let Exchange { method, url, request_headers, .. } = exchange;
    format!("- {kind} {method} {url} {request_headers:?}\n  response: {response}")
}
