use std::str::{self, Utf8Error};

use http::{HeaderMap, HeaderName, HeaderValue, Request, Uri};

use crate::{
    limits::LAST_EVENT_ID_BYTES,
    request::{fields, form::Decoded},
};

/// The `Last-Event-ID` of a client that reconnects: the id of its last event.
///
/// `SseLayer` inserts the id into the request extensions. A handler in axum reads it as
/// `Option<Extension<LastEventId>>`, which is `None` if the client is new or the id is invalid. With
/// `SseLayer::last_event_id_parameter`, the layer also adds the header to requests that have only the parameter.
///
/// ```
/// use http::Request;
/// use tower_cross_origin::push::LastEventId;
///
/// fn first_to_send<B>(request: &Request<B>) -> u64 {
///     let id = request.extensions().get::<LastEventId>();
///     let last = id.and_then(|id| id.to_str().ok()?.parse::<u64>().ok());
///     last.map_or(0, |last| last.saturating_add(1))
/// }
///
/// let mut request = Request::get("/events").header("last-event-id", "17").body(())?;
/// assert_eq!(first_to_send(&request), 0);
/// let id = LastEventId::from_request(&request);
/// # let id = id.unwrap();
/// request.extensions_mut().insert(id);
/// assert_eq!(first_to_send(&request), 18);
/// # Ok::<(), http::Error>(())
/// ```
///
/// The client chooses the id. The id does not prove that the client received the event, or may receive it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LastEventId(HeaderValue);

impl LastEventId {
    /// Returns the `Last-Event-ID` header of a request.
    ///
    /// The result is `None` if the header is missing or empty, has several field lines, has more than
    /// [`LAST_EVENT_ID_BYTES`], or contains NUL, CR or LF.
    /// <https://html.spec.whatwg.org/multipage/server-sent-events.html#the-last-event-id-header>
    pub fn from_request<B>(request: &Request<B>) -> Option<Self> {
        Self::from_headers(request.headers())
    }

    /// Adds the header that a query parameter replaces. An existing header stays, even if it is invalid.
    #[cfg(feature = "tower")]
    pub(super) fn add_to(&self, headers: &mut HeaderMap) {
        headers.entry(LAST_EVENT_ID).or_insert_with(|| self.0.clone());
    }

    fn from_headers(headers: &HeaderMap) -> Option<Self> {
        let id = fields::single_value(headers, LAST_EVENT_ID)?;
        is_id(id.as_bytes()).then(|| Self(id.clone()))
    }

    /// Returns the `Last-Event-ID` header, or the query parameter if the header is missing.
    ///
    /// The value of the parameter is percent-encoded, with `+` for a space. The same limits apply. Some
    /// libraries that replace `EventSource` cannot set the header.
    ///
    /// ```
    /// use http::Request;
    /// use tower_cross_origin::push::LastEventId;
    ///
    /// let request = Request::get("/events?lastEventId=2026%2F17").body(())?;
    /// let id = LastEventId::from_request_or_query(&request, "lastEventId");
    /// assert_eq!(id.unwrap().as_bytes(), b"2026/17");
    /// # Ok::<(), http::Error>(())
    /// ```
    pub fn from_request_or_query<B>(request: &Request<B>, parameter: &str) -> Option<Self> {
        Self::from_headers_or_query(request.headers(), request.uri(), parameter)
    }

    fn from_headers_or_query(headers: &HeaderMap, uri: &Uri, parameter: &str) -> Option<Self> {
        if headers.contains_key(LAST_EVENT_ID) {
            return Self::from_headers(headers);
        }
        let pairs = uri.query()?.split('&').filter_map(|pair| pair.split_once('='));
        let mut values = pairs.filter(|(name, _)| *name == parameter).map(|(_, value)| value);
        let value = values.next().filter(|_| values.next().is_none())?;
        let id: Vec<u8> = Decoded(value.as_bytes()).take(LAST_EVENT_ID_BYTES + 1).collect();
        if is_id(&id) { HeaderValue::from_bytes(&id).ok().map(Self) } else { None }
    }

    /// Returns the bytes of the id. Browsers send UTF-8; other clients may send any bytes.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// Returns the id as text.
    ///
    /// # Errors
    ///
    /// Returns an error if the id is not UTF-8. Browsers always send UTF-8.
    pub fn to_str(&self) -> Result<&str, Utf8Error> {
        str::from_utf8(self.as_bytes())
    }
}

fn is_id(id: &[u8]) -> bool {
    let is_allowed = |byte: &u8| !matches!(byte, b'\0' | b'\r' | b'\n');
    !id.is_empty() && id.len() <= LAST_EVENT_ID_BYTES && id.iter().all(is_allowed)
}

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
