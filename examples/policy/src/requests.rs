use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request,
    header::{ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN},
};
use tower_cross_origin::fetch::{
    cors_unsafe_request_header_names, is_cors_safelisted_method, is_forbidden_method,
    is_forbidden_request_header, normalize_method,
};

use crate::arguments::Call;

/// A request that a browser sends, and what it is.
#[derive(Debug)]
pub(crate) struct Sent {
    pub(crate) title: String,
    pub(crate) request: Request<()>,
}

/// What a browser sends for the call, in its order: <https://fetch.spec.whatwg.org/#http-fetch>
pub(crate) fn of(call: &Call) -> Result<Vec<Sent>, String> {
    let method = method(&call.method)?;
    let origin = HeaderValue::from_str(&call.origin)
        .map_err(|_| format!("{:?} cannot stand in a header", call.origin))?;
    let mut headers = HeaderMap::new();
    for header in &call.headers {
        let (name, value) = parsed(header)?;
        headers.append(name, value);
    }
    let names: Vec<HeaderName> = cors_unsafe_request_header_names(&headers).into_iter().collect();
    let mut all = Vec::new();
    if !is_cors_safelisted_method(method.as_str().as_bytes()) || !names.is_empty() {
        let mut asked = HeaderMap::new();
        asked.insert(ORIGIN, origin.clone());
        let wanted = HeaderValue::from_str(method.as_str()).map_err(|error| error.to_string())?;
        asked.insert(ACCESS_CONTROL_REQUEST_METHOD, wanted);
        if !names.is_empty() {
            let names: Vec<&str> = names.iter().map(HeaderName::as_str).collect();
            let names =
                HeaderValue::from_str(&names.join(",")).map_err(|error| error.to_string())?;
            asked.insert(ACCESS_CONTROL_REQUEST_HEADERS, names);
        }
        all.push(sent("the preflight", Method::OPTIONS, asked));
    }
    headers.insert(ORIGIN, origin);
    all.push(sent("the request", method, headers));
    Ok(all)
}

fn sent(what: &str, method: Method, headers: HeaderMap) -> Sent {
    let title = format!("{what}, {method}");
    let mut request = Request::new(());
    *request.method_mut() = method;
    *request.headers_mut() = headers;
    Sent { title, request }
}

fn method(text: &str) -> Result<Method, String> {
    let method = normalize_method(text.as_bytes());
    if is_forbidden_method(method) {
        return Err(format!("no page can send {text}"));
    }
    Method::from_bytes(method).map_err(|_| format!("{text:?} is no method, such as PUT"))
}

fn parsed(header: &str) -> Result<(HeaderName, HeaderValue), String> {
    let (name, value) = header.split_once(':').unwrap_or((header, ""));
    let name: HeaderName =
        name.trim().parse().map_err(|_| format!("{:?} is no header's name", name.trim()))?;
    let value = HeaderValue::from_str(value.trim())
        .map_err(|_| format!("{:?} cannot stand in a header", value.trim()))?;
    if is_forbidden_request_header(name.as_str().as_bytes(), value.as_bytes()) {
        return Err(format!("no page can set {name}: browsers set it themselves"));
    }
    Ok((name, value))
}
