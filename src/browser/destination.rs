use crate::fetch::Destination;

/// <https://fetch.spec.whatwg.org/#document-accept-header-value>
pub(super) fn accept(destination: Destination) -> &'static str {
    match destination {
        Destination::Document | Destination::Frame | Destination::Iframe => {
            "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
        }
        Destination::Image => "image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5",
        Destination::Json => "application/json,*/*;q=0.5",
        Destination::Style => "text/css,*/*;q=0.1",
        _ => "*/*",
    }
}
