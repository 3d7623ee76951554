use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request,
    header::{ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN},
};
use tower_cross_origin::fetch::{
    cors_unsafe_request_header_names, is_cors_safelisted_method, is_forbidden_method,
    is_forbidden_request_header, normalize_method,
};

use crate::arguments::Call;

/// A request that a browser sends.
#[derive(Debug)]
pub(crate) struct BrowserRequest {
    /// The title in the report, such as `preflight OPTIONS`.
    pub(crate) title: String,
    pub(crate) request: Request<()>,
}

/// Returns the requests that a browser sends for the call, in order.
/// <https://fetch.spec.whatwg.org/#http-fetch>
///
/// # Errors
///
/// A message if the origin, the method or a header is invalid or cannot be sent by a page.
pub(crate) fn browser_requests(call: &Call) -> Result<Vec<BrowserRequest>, String> {
    let method = parse_method(&call.method)?;
    let origin = HeaderValue::from_str(&call.origin)
        .map_err(|_| format!("{:?} is not a valid header value", call.origin))?;
    let mut headers = HeaderMap::new();
    for header in &call.headers {
        let (name, value) = parse_header(header)?;
        headers.append(name, value);
    }
    let names: Vec<HeaderName> = cors_unsafe_request_header_names(&headers).into_iter().collect();
    let mut all = Vec::new();
    if !is_cors_safelisted_method(method.as_str().as_bytes()) || !names.is_empty() {
        let mut preflight = HeaderMap::new();
        preflight.insert(ORIGIN, origin.clone());
        let requested =
            HeaderValue::from_str(method.as_str()).map_err(|error| error.to_string())?;
        preflight.insert(ACCESS_CONTROL_REQUEST_METHOD, requested);
        if !names.is_empty() {
            let names: Vec<&str> = names.iter().map(HeaderName::as_str).collect();
            let names =
                HeaderValue::from_str(&names.join(",")).map_err(|error| error.to_string())?;
            preflight.insert(ACCESS_CONTROL_REQUEST_HEADERS, names);
        }
        all.push(browser_request("preflight", Method::OPTIONS, preflight));
    }
    headers.insert(ORIGIN, origin);
    all.push(browser_request("request", method, headers));
    Ok(all)
}

fn browser_request(kind: &str, method: Method, headers: HeaderMap) -> BrowserRequest {
    let title = format!("{kind} {method}");
    let mut request = Request::new(());
    *request.method_mut() = method;
    *request.headers_mut() = headers;
    BrowserRequest { title, request }
}

fn parse_method(text: &str) -> Result<Method, String> {
    let method = normalize_method(text.as_bytes());
    if is_forbidden_method(method) {
        return Err(format!("browsers do not let pages send {text}"));
    }
    Method::from_bytes(method)
        .map_err(|_| format!("{text:?} is not a valid method; an example is PUT"))
}

fn parse_header(header: &str) -> Result<(HeaderName, HeaderValue), String> {
    let (name, value) = header.split_once(':').unwrap_or((header, ""));
    let name: HeaderName =
        name.trim().parse().map_err(|_| format!("{:?} is not a valid header name", name.trim()))?;
    let value = HeaderValue::from_str(value.trim())
        .map_err(|_| format!("{:?} is not a valid header value", value.trim()))?;
    if is_forbidden_request_header(name.as_str().as_bytes(), value.as_bytes()) {
        return Err(format!("pages cannot set {name}; the browser controls this header"));
    }
    Ok((name, value))
}
