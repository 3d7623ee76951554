use std::{cell::RefCell, convert::Infallible};

use http::{
    HeaderMap, HeaderName, HeaderValue, Request, Response,
    header::{
        ACCESS_CONTROL_ALLOW_ORIGIN, CONNECTION, CONTENT_TYPE, ORIGIN, SEC_WEBSOCKET_KEY,
        SEC_WEBSOCKET_VERSION, SET_COOKIE, UPGRADE,
    },
};
use tower::{Layer, ServiceExt, service_fn};
use tower_cross_origin::{
    browser::{BlockedStep, Fetch, FetchOutcome, Page},
    cross_origin::{CrossOriginLayer, CrossOriginPolicy},
};
use url::Url;

use crate::{
    call::{Call, CallError, Mode},
    sent_request::SentRequest,
};

/// The requests that a browser sends for a call, and the outcome for the page.
#[derive(Debug)]
pub(crate) struct Visit {
    pub(crate) requests: Vec<SentRequest>,
    /// The reason why the browser blocks the response.
    pub(crate) blocked: Option<String>,
}

impl Visit {
    /// Performs a call in the crate's model of a browser. The service has the layer with this policy.
    ///
    /// The browser has a cookie of the service.
    ///
    /// # Errors
    ///
    /// The reason why the page cannot send such a request.
    pub(crate) fn new(
        policy: &CrossOriginPolicy,
        call: &Call,
        url: &Url,
    ) -> Result<Self, CallError> {
        // The layer starts timers for long polls.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        let runtime = runtime.map_err(|error| CallError::Browser(error.to_string()))?;
        runtime.block_on(Self::perform(policy, call, url))
    }

    async fn perform(
        policy: &CrossOriginPolicy,
        call: &Call,
        url: &Url,
    ) -> Result<Self, CallError> {
        let mut page = call.origin.page();
        let address = http_url(url);
        store_cookie(&mut page, &address).await;
        let sent = RefCell::new(Vec::new());
        let layer = CrossOriginLayer::new(policy.clone());
        let mut service = service_fn(|mut request: Request<Vec<u8>>| {
            change_headers(call, request.headers_mut());
            sent.borrow_mut().push(head(&request));
            let service = layer.layer(service_fn(async |_: Request<Vec<u8>>| {
                Ok::<_, Infallible>(response_of_service())
            }));
            async move {
                let mut response = service.oneshot(request).await?;
                restore_null(call, response.headers_mut());
                Ok::<_, Infallible>(response)
            }
        });
        let fetch = call.to_fetch(&address)?;
        let is_form = call.mode() == Mode::Navigate && !call.method.eq_ignore_ascii_case("get");
        let outcome: FetchOutcome = if is_form {
            page.navigate(&mut service, fetch).await
        } else {
            page.fetch(&mut service, fetch).await
        };
        let blocked = outcome.blocked();
        let requests = sent.take();
        if let (true, Some(blocked)) = (requests.is_empty(), blocked) {
            return Err(CallError::Browser(blocked.to_string()));
        }
        // Neither pages nor the model of the browser read the response to a handshake.
        let is_read = call.mode() != Mode::WebSocket;
        // The real service sends other content than the service of this command.
        let is_of_layer =
            |step| !matches!(step, BlockedStep::MimeType | BlockedStep::OpaqueResponse);
        let blocked = blocked.filter(|blocked| is_read && is_of_layer(blocked.step()));
        let requests = requests.into_iter().map(|one| SentRequest::new(one, url, call.mode()));
        Ok(Self { requests: requests.collect(), blocked: blocked.map(ToString::to_string) })
    }
}

/// Stores a cookie, as if the user had visited the service. Responses with status 204 keep the page.
async fn store_cookie(page: &mut Page, url: &Url) {
    let cookie = match url.scheme() {
        "https" => "session=1; Path=/; Secure; SameSite=None",
        // Cookies of all sites must be secure.
        _ => "session=1; Path=/",
    };
    let mut service = service_fn(async |_: Request<Vec<u8>>| {
        let mut response = Response::new(String::new());
        *response.status_mut() = http::StatusCode::NO_CONTENT;
        response.headers_mut().insert(SET_COOKIE, HeaderValue::from_static(cookie));
        Ok::<_, Infallible>(response)
    });
    page.navigate(&mut service, Fetch::get(url.as_str()).address_bar()).await;
}

/// Changes the headers of the model's request as the call requires.
fn change_headers(call: &Call, headers: &mut HeaderMap) {
    if let Some(origin) = call.origin.custom_value() {
        if headers.contains_key(ORIGIN) {
            headers.insert(ORIGIN, origin.clone());
        }
    }
    let has_metadata = headers.contains_key(&SEC_FETCH_DEST);
    if has_metadata {
        let destination = HeaderValue::from_static(call.destination().as_str());
        headers.insert(SEC_FETCH_DEST, destination);
    }
    if call.mode() == Mode::WebSocket {
        // https://websockets.spec.whatwg.org/#opening-handshake
        headers.insert(ORIGIN, call.origin.value().clone());
        headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
        headers.insert(SEC_WEBSOCKET_KEY, HeaderValue::from_static("dGhlIHNhbXBsZSBub25jZQ=="));
        if has_metadata {
            headers.insert(SEC_FETCH_MODE, HeaderValue::from_static("websocket"));
        }
    }
    if call.options.omits_fetch_metadata {
        for name in [SEC_FETCH_SITE, SEC_FETCH_MODE, SEC_FETCH_DEST, SEC_FETCH_USER] {
            headers.remove(name);
        }
    }
}

/// Changes the allowed origin to the origin of the model's page.
fn restore_null(call: &Call, headers: &mut HeaderMap) {
    let custom = call.origin.custom_value();
    if custom.is_some() && headers.get(ACCESS_CONTROL_ALLOW_ORIGIN) == custom {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("null"));
    }
}

/// Returns JSON. The layer wraps it into a script for JSONP requests.
fn response_of_service() -> Response<String> {
    let mut response = Response::new("{}".to_owned());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn head(request: &Request<Vec<u8>>) -> Request<()> {
    let mut head = Request::new(());
    *head.method_mut() = request.method().clone();
    *head.headers_mut() = request.headers().clone();
    head
}

/// Returns the URL that the model of the browser, which has no WebSockets, requests.
fn http_url(url: &Url) -> Url {
    let mut address = url.clone();
    let scheme = match url.scheme() {
        "ws" => "http",
        "wss" => "https",
        _ => return address,
    };
    // Each of the four schemes can replace the others.
    let _ = address.set_scheme(scheme);
    address
}

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
const SEC_FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");
const SEC_FETCH_USER: HeaderName = HeaderName::from_static("sec-fetch-user");

#[cfg(test)]
mod tests {
    use lexopt::Parser;
    use tower_cross_origin::{cors::Rule, cross_origin::CrossOriginConfig};
    use url::Url;

    use super::{CrossOriginPolicy, Visit};
    use crate::arguments::{Command, RequestSource};

    fn visit(origin: &str, url: &str, options: &str) -> Visit {
        let arguments = ["explain", "cors.toml", origin].into_iter();
        let arguments = arguments.chain(options.split_whitespace());
        let command = Command::parse(Parser::from_args(arguments)).unwrap();
        let Command::Explain { request: RequestSource::Call(call), .. } = command else { panic!() };
        let rule = Rule::for_origins(["https://app.example.com", "tauri://localhost"])
            .allow_methods(["PUT"]);
        let policy = CrossOriginPolicy::new(CrossOriginConfig::new().cors(rule)).unwrap();
        Visit::new(&policy, &call, &Url::parse(url).unwrap()).unwrap()
    }

    /// Returns `Origin`, `Sec-Fetch-*` and `Cookie` of the last request of a page of this origin.
    fn sent(origin: &str, url: &str, options: &str) -> [String; 5] {
        let visit = visit(origin, url, options);
        let headers = visit.requests.last().unwrap().request.headers();
        ["origin", "sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest", "cookie"]
            .map(|name| headers.get(name).map_or("", |value| value.to_str().unwrap()).to_owned())
    }

    #[test]
    fn page_of_application_reads_allowed_response() {
        for (origin, is_blocked) in
            [("tauri://localhost", false), ("tauri://other", true), ("null", true)]
        {
            let visit = visit(origin, "https://api.example.com/", "PUT");
            assert_eq!(visit.requests.len(), if is_blocked { 1 } else { 2 }, "{origin}");
            assert_eq!(visit.blocked.is_some(), is_blocked, "{origin}: {:?}", visit.blocked);
        }
    }

    #[test]
    fn request_has_the_headers_that_browsers_send() {
        const APP: &str = "https://app.example.com";
        const API: &str = "https://api.example.com/items";
        const OTHER: &str = "https://service.test/";
        for (origin, url, options, expected) in [
            (APP, API, "", [APP, "same-site", "cors", "empty", ""]),
            (APP, OTHER, "", [APP, "cross-site", "cors", "empty", ""]),
            (
                APP,
                "https://app.example.com/a",
                "",
                ["", "same-origin", "cors", "empty", "session=1"],
            ),
            (
                APP,
                "https://app.example.com/a",
                "PUT",
                [APP, "same-origin", "cors", "empty", "session=1"],
            ),
            (APP, API, "PUT", [APP, "same-site", "cors", "empty", ""]),
            (
                "https://github.io",
                "https://a.github.io/",
                "",
                ["https://github.io", "cross-site", "cors", "empty", ""],
            ),
            ("null", API, "", ["null", "cross-site", "cors", "empty", ""]),
            (
                "tauri://localhost",
                API,
                "",
                ["tauri://localhost", "cross-site", "cors", "empty", ""],
            ),
            // Fetch metadata and cookies of other sites need a secure context.
            (APP, "http://service.test/", "--credentials include", [APP, "", "", "", ""]),
            (APP, "http://127.0.0.1:1/", "", [APP, "cross-site", "cors", "empty", ""]),
            (APP, API, "--credentials include", [APP, "same-site", "cors", "empty", "session=1"]),
            (APP, API, "--credentials same-origin", [APP, "same-site", "cors", "empty", ""]),
            (
                APP,
                "https://app.example.com/a",
                "--credentials omit",
                ["", "same-origin", "cors", "empty", ""],
            ),
            (APP, API, "--no-fetch-metadata", [APP, "", "", "", ""]),
            (APP, API, "--mode no-cors", ["", "same-site", "no-cors", "empty", ""]),
            (APP, API, "POST --mode no-cors", [APP, "same-site", "no-cors", "empty", ""]),
            (APP, API, "--mode navigate", ["", "same-site", "navigate", "document", "session=1"]),
            (
                APP,
                OTHER,
                "POST --mode navigate",
                [APP, "cross-site", "navigate", "document", "session=1"],
            ),
            (
                APP,
                OTHER,
                "POST --destination iframe",
                [APP, "cross-site", "navigate", "iframe", "session=1"],
            ),
            (
                APP,
                OTHER,
                "--destination iframe",
                ["", "cross-site", "navigate", "iframe", "session=1"],
            ),
            (
                APP,
                OTHER,
                "--destination script",
                ["", "cross-site", "no-cors", "script", "session=1"],
            ),
            (
                APP,
                OTHER,
                "--destination script --mode cors",
                [APP, "cross-site", "cors", "script", ""],
            ),
            (APP, OTHER, "--destination font", [APP, "cross-site", "cors", "font", ""]),
            (
                APP,
                "https://app.example.com/a",
                "--destination worker",
                ["", "same-origin", "same-origin", "worker", "session=1"],
            ),
            (
                APP,
                "wss://service.test/",
                "--mode websocket",
                [APP, "cross-site", "websocket", "empty", "session=1"],
            ),
            (APP, "ws://service.test/", "--mode websocket", [APP, "", "", "", ""]),
            (
                APP,
                "https://app.example.com/",
                "--mode websocket",
                [APP, "same-origin", "websocket", "empty", "session=1"],
            ),
        ] {
            assert_eq!(sent(origin, url, options), expected, "{origin} {url} {options}");
        }
    }
}
