use http::{HeaderMap, StatusCode};

use super::{
    blocked::{Blocked, BlockedStep},
    header_values::{get, isomorphic_decode},
    network::Exchange,
    response_filter::{FilteredResponse, ResponseType},
};

/// What a page's call came to: what script sees, and what went over the wire.
///
/// The assertions are for tests; what they say reads as a browser's console, and what to change on the
/// server.
#[derive(Clone, Debug)]
pub struct FetchOutcome {
    pub(super) result: Result<FilteredResponse, Blocked>,
    pub(super) exchanges: Vec<Exchange>,
}

impl FetchOutcome {
    /// Whether the page can read the response.
    pub fn is_readable(&self) -> bool {
        self.response().is_some()
    }

    /// Whether there is a response of which the page can read nothing, as an image's of another origin.
    pub fn is_opaque(&self) -> bool {
        self.response_type().is_some_and(ResponseType::is_opaque)
    }

    /// How much of the response the page gets; `None` where it gets none.
    pub fn response_type(&self) -> Option<ResponseType> {
        self.result.as_ref().ok().map(|response| response.kind)
    }

    /// Why the page got nothing; `None` where it got a response.
    pub fn blocked(&self) -> Option<&Blocked> {
        self.result.as_ref().err()
    }

    /// The status that the page can read.
    pub fn status(&self) -> Option<StatusCode> {
        self.response().map(|response| response.status)
    }

    /// A header that the page can read, its lines joined and each byte a character, as script gets it;
    /// `None` also where it is there and hidden.
    pub fn header(&self, name: &str) -> Option<String> {
        let value = get(self.headers()?, &name.parse().ok()?)?;
        Some(isomorphic_decode(&value))
    }

    /// The headers that the page can read.
    pub fn headers(&self) -> Option<&HeaderMap> {
        self.response().map(|response| &response.visible)
    }

    /// The body that the page can read.
    pub fn body(&self) -> Option<&[u8]> {
        self.response().map(|response| &*response.body)
    }

    /// The body as text, where the page can read it.
    pub fn text(&self) -> Option<String> {
        self.body().map(|body| String::from_utf8_lossy(body).into_owned())
    }

    /// The text that runs as code of the page, where the call was `Fetch::element(Destination::Script, ..)`
    /// and the response is one that a classic script may be: of a page of another origin also where it can
    /// read nothing of it. `None` where nothing runs.
    ///
    /// It runs with an ok status, a type that `X-Content-Type-Options: nosniff` lets pass, a
    /// `Cross-Origin-Resource-Policy` that lets the page embed it, and, of another origin, where
    /// [`opaque_response`](super::policies::opaque_response()) does not block it. Whether the text is
    /// JavaScript is not looked at; it is read as UTF-8.
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

    /// Whether `performance` tells the page how long each step took.
    /// <https://fetch.spec.whatwg.org/#concept-tao-check>
    pub fn shows_timing(&self) -> bool {
        self.result.as_ref().is_ok_and(|response| response.shows_timing)
    }

    /// Everything that was sent, in its order.
    pub fn exchanges(&self) -> &[Exchange] {
        &self.exchanges
    }

    /// The preflights that were sent.
    pub fn preflights(&self) -> impl Iterator<Item = &Exchange> {
        self.exchanges.iter().filter(|exchange| exchange.is_preflight)
    }

    /// What was sent beside preflights: one request, and one more for each redirect.
    pub fn requests(&self) -> impl Iterator<Item = &Exchange> {
        self.exchanges.iter().filter(|exchange| !exchange.is_preflight)
    }

    /// The page can read the response.
    ///
    /// # Panics
    ///
    /// Where it cannot: with what a browser's console would say, and what to change.
    #[track_caller]
    pub fn assert_readable(&self) -> &Self {
        match &self.result {
            Ok(response) if !response.kind.is_opaque() => self,
            Ok(_) => {
                self.fail("the response is opaque: the page got one and can read nothing of it")
            }
            Err(blocked) => self.fail(&format!("the page cannot read the response. {blocked}")),
        }
    }

    /// The browser stops at this step.
    ///
    /// # Panics
    ///
    /// Where it stops elsewhere, or does not.
    #[track_caller]
    pub fn assert_blocked_at(&self, step: BlockedStep) -> &Self {
        match &self.result {
            Err(blocked) if blocked.step == step => self,
            Err(blocked) => self.fail(&format!(
                "the browser stops at {:?} and not at {step:?}. {blocked}",
                blocked.step
            )),
            Ok(_) => self
                .fail(&format!("the browser does not stop at {step:?}: the page got a response")),
        }
    }

    /// So many preflights were sent.
    ///
    /// # Panics
    ///
    /// Where there were more or less.
    #[track_caller]
    pub fn assert_preflights(&self, expected: usize) -> &Self {
        let sent = self.preflights().count();
        if sent == expected {
            return self;
        }
        self.fail(&format!("{sent} preflights were sent, and not {expected}"))
    }

    fn response(&self) -> Option<&FilteredResponse> {
        self.result.as_ref().ok().filter(|response| !response.kind.is_opaque())
    }

    #[track_caller]
    #[expect(clippy::panic, reason = "an assertion of a test that fails")]
    fn fail(&self, message: &str) -> ! {
        let sent: Vec<String> = self.exchanges.iter().map(describe).collect();
        panic!("{message}\nwhat was sent:\n{}", sent.join("\n"))
    }
}

fn describe(exchange: &Exchange) -> String {
    let kind = if exchange.is_preflight { "preflight" } else { "request" };
    let response = match &exchange.response {
        Some((status, headers)) => format!("{status} {headers:?}"),
        None => "nothing".to_owned(),
    };
    let Exchange { method, url, request_headers, .. } = exchange;
    format!("- {kind} {method} {url} {request_headers:?}\n  answered {response}")
}
