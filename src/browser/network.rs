use std::fmt;

use http::{HeaderMap, StatusCode};

use super::{
    answer::{Answer, AnswerBody},
    blocked::{Reason, Step, Stop},
    exchange::Exchange,
    http_cache::HttpCache,
    journey::Journey,
    request::Request,
    sent,
    wire::Wire,
};

impl Journey<'_> {
    /// <https://fetch.spec.whatwg.org/#concept-http-network-or-cache-fetch>
    pub(super) async fn network_or_cache<W: Wire>(
        &mut self,
        wire: &mut W,
        request: &Request,
    ) -> Result<Answer<W::Body>, Stop> {
        let now = self.page.now;
        let mut headers = self.complete_headers(request);
        let kept = self.page.http_cache.as_ref().and_then(|cache| cache.find(request, &headers));
        let kept = kept.cloned();
        if let Some(kept) = kept.as_ref().filter(|kept| kept.is_fresh(now)) {
            let (status, headers, body) = (kept.status, kept.headers.clone(), kept.body.clone());
            return Ok(Answer { status, headers, body: AnswerBody::Kept(body) });
        }
        if let Some(kept) = &kept {
            kept.ask_again(&mut headers);
        }
        let answer = self.network(wire, request, headers.clone(), false).await?;
        let Some(cache) = &mut self.page.http_cache else { return Ok(answer) };
        if let Some(kept) = kept.filter(|_| answer.status == StatusCode::NOT_MODIFIED) {
            let kept = cache.freshen(&kept, &answer.headers, now);
            let body = AnswerBody::Kept(kept.body);
            return Ok(Answer { status: kept.status, headers: kept.headers, body });
        }
        cache.forget(request);
        if !HttpCache::is_for_keeping(request, answer.status, &answer.headers) {
            return Ok(answer);
        }
        let (status, received) = (answer.status, answer.headers.clone());
        let body = answer.read(request).await?;
        cache.keep(request, &headers, (status, received.clone(), body.clone()), now);
        Ok(Answer { status, headers: received, body: AnswerBody::Kept(body) })
    }

    pub(super) fn complete_headers(&self, request: &Request) -> HeaderMap {
        let mut headers = request.headers.clone();
        sent::complete(request, &mut headers);
        if request.includes_credentials() {
            self.page.cookies.add_to(request, &mut headers, self.page.now);
        }
        headers
    }

    /// Sends one request.
    pub(super) async fn network<W: Wire>(
        &mut self,
        wire: &mut W,
        request: &Request,
        headers: HeaderMap,
        is_preflight: bool,
    ) -> Result<Answer<W::Body>, Stop> {
        let url = request.url().ok_or_else(|| network_fault(&"no address"))?;
        if let Some(name) = request.unheld.first() {
            let told = format!("the crate http has no room for the value of {name}");
            return Err((Step::Network, Reason::Text(told)));
        }
        let bytes = request.body.as_ref().map(|body| body.bytes.clone()).unwrap_or_default();
        let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
        let target = format!("{}{query}", url.path());
        let mut sent = http::Request::new(bytes);
        *sent.method_mut() = request.method.clone();
        *sent.uri_mut() = target.parse().map_err(|error| network_fault(&error))?;
        *sent.headers_mut() = headers.clone();

        let answer = wire.send(sent).await;
        let told = answer.as_ref().ok().map(|answer| (answer.status(), answer.headers().clone()));
        self.exchanges.push(Exchange {
            is_preflight,
            method: request.method.clone(),
            url: url.to_string(),
            request_headers: headers,
            answer: told,
        });
        let (parts, body) = answer.map_err(|error| network_fault(&error))?.into_parts();
        if request.includes_credentials() {
            self.page.cookies.keep(request, &parts.headers, self.page.now);
        }
        let body = AnswerBody::Stream(body);
        Ok(Answer { status: parts.status, headers: parts.headers, body })
    }
}

fn network_fault(error: &dyn fmt::Display) -> Stop {
    (Step::Network, Reason::Text(format!("the service ended with an error: {error}")))
}
