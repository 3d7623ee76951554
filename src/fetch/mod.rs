//! What the Fetch standard states about methods and headers, as pure functions.
//!
//! Every item names the clause that it writes out. Nothing here knows about a policy, a server or
//! Tower; methods, names and values are byte sequences, as they are in the standard.
//!
//! ```
//! use http::{HeaderMap, HeaderValue, Method, header::CONTENT_TYPE};
//! use tower_cross_origin::fetch;
//!
//! let mut headers = HeaderMap::new();
//! headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
//! assert!(fetch::is_simple(&Method::POST, &headers));
//!
//! headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
//! assert!(!fetch::is_simple(&Method::POST, &headers), "JSON is preflighted");
//! ```

mod destination;
mod headers;
mod methods;
pub(crate) mod mime;
mod range;
mod safelist;
mod simple;
mod tokens;

pub(crate) use self::tokens::trim_ows;
pub use self::{
    destination::Destination,
    headers::{
        is_cors_non_wildcard_request_header_name, is_cors_safelisted_response_header_name,
        is_forbidden_request_header, is_forbidden_request_header_name,
        is_forbidden_response_header_name, is_no_cors_safelisted_request_header,
        is_no_cors_safelisted_request_header_name, is_privileged_no_cors_request_header_name,
    },
    methods::{is_cors_safelisted_method, is_forbidden_method, normalize_method},
    safelist::{
        CORS_PROTOCOL_EXCEPTIONS, SAFELISTED_VALUE_BYTES, SAFELISTED_VALUES_TOTAL_BYTES,
        cors_unsafe_request_header_names, is_cors_protocol_exception,
        is_cors_safelisted_request_header, is_cors_safelisted_request_header_name,
        is_cors_unsafe_request_header_byte,
    },
    simple::is_simple,
    tokens::is_token,
};
