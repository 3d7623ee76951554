use std::time::Duration;

use http::{HeaderMap, Method, StatusCode};

use super::{
    blocked::Stop,
    browser_headers::add_browser_headers,
    cookies::Cookies,
    http_cache::HttpCache,
    request::Request,
    response::{Response, ResponseBody},
    service_adapter::{Transport, http_request, network_error},
    storage_access::{Activation, StorageAccess, is_retry},
};

/// Sends requests with the browser's headers and cookies, or returns responses from the HTTP cache.
pub(super) struct Network<'a, T> {
    service: T,
    cookies: &'a mut Cookies,
    http_cache: Option<&'a mut HttpCache>,
    now: Duration,
    exchanges: Vec<Exchange>,
}

impl<'a, T: Transport> Network<'a, T> {
    pub(super) fn new(
        service: T,
        cookies: &'a mut Cookies,
        http_cache: Option<&'a mut HttpCache>,
        now: Duration,
    ) -> Self {
        Self { service, cookies, http_cache, now, exchanges: Vec::new() }
    }

    /// Returns the exchanges, in order.
    pub(super) fn into_exchanges(self) -> Vec<Exchange> {
        self.exchanges
    }

    /// Returns a response from the HTTP cache or from the service.
    /// <https://fetch.spec.whatwg.org/#concept-http-network-or-cache-fetch>
    pub(super) async fn network_or_cache_fetch(
        &mut self,
        request: &Request,
    ) -> Result<Response<T::Body>, Stop> {
        let now = self.now;
        let mut headers = self.complete_headers(request);
        let cache =
            self.http_cache.as_deref().filter(|_| request.activation != Activation::ThisHop);
        let cached = cache.and_then(|cache| cache.find(request, &headers));
        let cached = cached.cloned();
        if let Some(cached) = cached.as_ref().filter(|cached| cached.is_fresh(now)) {
            let (status, headers, body) =
                (cached.status, cached.headers.clone(), cached.body.clone());
            return Ok(Response { status, headers, body: ResponseBody::Cached(body) });
        }
        if let Some(cached) = &cached {
            cached.add_validators(&mut headers);
        }
        let response = self.network_fetch(request, headers.clone(), false).await?;
        let Some(cache) = self.http_cache.as_deref_mut() else { return Ok(response) };
        if let Some(cached) = cached.filter(|_| response.status == StatusCode::NOT_MODIFIED) {
            let cached = cache.freshen(&cached, &response.headers, now);
            let body = ResponseBody::Cached(cached.body);
            return Ok(Response { status: cached.status, headers: cached.headers, body });
        }
        cache.invalidate(request);
        if !HttpCache::is_storable(request, response.status, &response.headers) {
            return Ok(response);
        }
        let (status, received) = (response.status, response.headers.clone());
        let body = response.read_body(request).await?;
        cache.store(request, &headers, (status, received.clone(), body.clone()), now);
        Ok(Response { status, headers: received, body: ResponseBody::Cached(body) })
    }

    /// Sends a preflight; the HTTP cache never stores the response.
    pub(super) async fn send_preflight(
        &mut self,
        preflight: &Request,
    ) -> Result<Response<T::Body>, Stop> {
        let headers = self.complete_headers(preflight);
        self.network_fetch(preflight, headers, true).await
    }

    /// Returns whether the response activates access to cookies, so that the request is sent again.
    pub(super) fn is_storage_access_retry(&self, request: &Request, response: &HeaderMap) -> bool {
        request.storage_access_status() == Some(StorageAccess::Inactive)
            && is_retry(&self.complete_headers(request), response)
    }

    fn complete_headers(&self, request: &Request) -> HeaderMap {
        let mut headers = request.headers.clone();
        add_browser_headers(request, &mut headers);
        if may_use_cookies(request) {
            self.cookies.add_to(request, &mut headers, self.now);
        }
        headers
    }

    /// Sends one request.
    async fn network_fetch(
        &mut self,
        request: &Request,
        headers: HeaderMap,
        is_preflight: bool,
    ) -> Result<Response<T::Body>, Stop> {
        let url = request.url().ok_or_else(|| network_error(&"the request has no address"))?;
        let sent = http_request(request, url, headers.clone())?;

        let response = self.service.send(sent).await;
        let received =
            response.as_ref().ok().map(|response| (response.status(), response.headers().clone()));
        self.exchanges.push(Exchange {
            is_preflight,
            method: request.method.clone(),
            url: url.to_string(),
            request_headers: headers,
            response: received,
        });
        let (parts, body) = response.map_err(|error| network_error(&error))?.into_parts();
        if may_use_cookies(request) {
            self.cookies.store(request, &parts.headers, self.now);
        }
        let body = ResponseBody::Stream(body);
        Ok(Response { status: parts.status, headers: parts.headers, body })
    }
}

fn may_use_cookies(request: &Request) -> bool {
    let access = request.storage_access_status().unwrap_or(StorageAccess::Active);
    request.includes_credentials() && access == StorageAccess::Active
}

/// A request that the browser sent, and the server's response.
#[derive(Clone, Debug)]
pub struct Exchange {
    pub(super) is_preflight: bool,
    pub(super) method: Method,
    pub(super) url: String,
    pub(super) request_headers: HeaderMap,
    pub(super) response: Option<(StatusCode, HeaderMap)>,
}

impl Exchange {
    /// Returns whether the request is a preflight.
    pub fn is_preflight(&self) -> bool {
        self.is_preflight
    }

    /// Returns the request's method.
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// Returns the request's address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns all request headers, including the headers that the browser added.
    pub fn request_headers(&self) -> &HeaderMap {
        &self.request_headers
    }

    /// Returns the first value of a request header.
    ///
    /// The result is `None` if the header is absent or its value is not visible ASCII.
    pub fn request_header(&self, name: &str) -> Option<&str> {
        self.request_headers.get(name)?.to_str().ok()
    }

    /// Returns the response status; `None` if the service returned an error.
    pub fn status(&self) -> Option<StatusCode> {
        self.response.as_ref().map(|(status, _)| *status)
    }

    /// Returns all response headers, including headers that the page cannot read.
    ///
    /// The result is `None` if the service returned an error.
    pub fn response_headers(&self) -> Option<&HeaderMap> {
        self.response.as_ref().map(|(_, headers)| headers)
    }
}
