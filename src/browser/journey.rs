use std::fmt;

use http::{HeaderMap, StatusCode};
use http_body::Body;

use super::{
    answer::Answer,
    blocked::{Blocked, Reason, Step, Stop},
    exchange::Exchange,
    location::{is_redirect_status, location, take_referrer_policy},
    outcome::{Response, ResponseType},
    page::Page,
    preflight,
    request::{Redirect, Request, Route, Tainting},
    response_checks::{cors_check, may_embed, may_use, script, tao_check},
    sent,
    visible::visible_headers,
    wire::Wire,
};
use crate::fetch::Destination;

/// A call on its way.
pub(super) struct Journey<'a> {
    pub(super) page: &'a mut Page,
    pub(super) exchanges: Vec<Exchange>,
    /// Whether the request is one that is preflighted, were it by what the browser remembers.
    was_asked: bool,
}

impl<'a> Journey<'a> {
    pub(super) fn new(page: &'a mut Page) -> Self {
        Self { page, exchanges: Vec::new(), was_asked: false }
    }

    /// <https://fetch.spec.whatwg.org/#concept-fetch>
    pub(super) async fn run<W: Wire>(
        &mut self,
        wire: &mut W,
        request: &mut Request,
    ) -> Result<Response, Blocked> {
        let answer = match self.travel(wire, request).await {
            Ok(answer) => answer,
            Err(blocked) => {
                // What the preflight said counts no more.
                // https://fetch.spec.whatwg.org/#concept-main-fetch, step 12
                if self.was_asked {
                    self.page.preflights.clear(request);
                }
                return Err(blocked);
            }
        };
        if is_redirect_status(answer.status.as_u16()) && request.redirect == Redirect::Manual {
            return Ok(nothing(ResponseType::OpaqueRedirect, !request.timing_allow_failed));
        }
        let status = answer.status.as_u16();
        let response = match may_use(request, &answer.headers) {
            Ok(()) => handed_over(request, answer).await,
            Err(stop) => Err(stop),
        };
        response.map_err(|stop| blocked(request, false, Some(status), stop))
    }

    /// <https://fetch.spec.whatwg.org/#concept-main-fetch>, once for each address.
    async fn travel<W: Wire>(
        &mut self,
        wire: &mut W,
        request: &mut Request,
    ) -> Result<Answer<W::Body>, Blocked> {
        loop {
            request.referrer = sent::referrer(request);
            self.route(wire, request).await?;
            let answer = match self.network_or_cache(wire, request).await {
                Ok(answer) => answer,
                Err(stop) => return Err(blocked(request, false, None, stop)),
            };
            let status = answer.status.as_u16();
            if let Err(stop) = judge(request, &answer) {
                return Err(blocked(request, false, Some(status), stop));
            }
            request.timing_allow_failed = !tao_check(request, &answer.headers);
            if !is_redirect_status(status) || request.redirect == Redirect::Manual {
                return Ok(answer);
            }
            let Some(location) = location(request, &answer.headers) else { return Ok(answer) };
            if let Err(fault) = location.and_then(|location| request.follow(status, location)) {
                let stop = (Step::Redirect, Reason::Redirect(fault));
                return Err(blocked(request, false, Some(status), stop));
            }
            take_referrer_policy(request, &answer.headers);
        }
    }

    /// <https://fetch.spec.whatwg.org/#concept-main-fetch>, step 12
    async fn route<W: Wire>(&mut self, wire: &mut W, request: &mut Request) -> Result<(), Blocked> {
        match request.route() {
            Route::NotAllowed => {
                let stop = (Step::Mode, Reason::Mode(request.mode));
                return Err(blocked(request, false, None, stop));
            }
            Route::Through(tainting) => request.tainting = tainting,
            Route::AfterPreflight => {
                request.tainting = Tainting::Cors;
                self.was_asked = true;
                self.ask(wire, request).await?;
            }
        }
        Ok(())
    }

    /// <https://fetch.spec.whatwg.org/#cors-preflight-fetch>
    async fn ask<W: Wire>(&mut self, wire: &mut W, request: &Request) -> Result<(), Blocked> {
        let (engine, now) = (self.page.engine, self.page.now);
        if !preflight::is_to_be_asked(request, &self.page.preflights, now) {
            return Ok(());
        }
        let question = preflight::preflight_for(request);
        let headers = self.complete_headers(&question);
        // What the body is does not matter, and it may never end.
        let answer = match self.network(wire, &question, headers, true).await {
            Ok(answer) => answer,
            Err(stop) => return Err(blocked(request, true, None, stop)),
        };
        let status = answer.status.as_u16();
        match preflight::judge(request, status, &answer.headers, engine) {
            Ok(permission) => {
                for of in permission.of {
                    self.page.preflights.keep(request, of, permission.max_age, now);
                }
                Ok(())
            }
            Err(stop) => Err(blocked(request, true, Some(status), stop)),
        }
    }
}

/// What the page gets of a response that it may use.
async fn handed_over<R>(request: &Request, answer: Answer<R>) -> Result<Response, Stop>
where
    R: Body<Error: fmt::Display>,
{
    let shows_timing = !request.timing_allow_failed;
    let is_script = request.destination == Destination::Script;
    let kind = match request.tainting {
        Tainting::Opaque if !is_script => return Ok(nothing(ResponseType::Opaque, shows_timing)),
        Tainting::Opaque => ResponseType::Opaque,
        Tainting::Basic => ResponseType::Basic,
        Tainting::Cors => ResponseType::Cors,
    };
    let (status, headers) = (answer.status, answer.headers.clone());
    let body = answer.read(request).await?;
    let script = if is_script { script(request, status, &headers, &body)? } else { None };
    if kind == ResponseType::Opaque {
        return Ok(Response { script, ..nothing(kind, shows_timing) });
    }
    let visible = visible_headers(request, &headers);
    Ok(Response { kind, status, visible, body, script, shows_timing })
}

/// <https://fetch.spec.whatwg.org/#concept-http-fetch>, steps 4 and 8
fn judge<R>(request: &Request, answer: &Answer<R>) -> Result<(), Stop> {
    if request.tainting == Tainting::Cors {
        cors_check(request, &answer.headers)?;
    }
    may_embed(request, &answer.headers)?;
    if is_redirect_status(answer.status.as_u16()) && request.redirect == Redirect::Error {
        return Err((Step::Redirect, Reason::Text("a redirect is an error here".to_owned())));
    }
    Ok(())
}

fn blocked(
    request: &Request,
    is_preflight: bool,
    status: Option<u16>,
    (step, reason): Stop,
) -> Blocked {
    let url = request.url().map(ToString::to_string).unwrap_or_default();
    let origin = request.serialized_origin().to_owned();
    Blocked { step, is_preflight, url, origin, status, reason }
}

fn nothing(kind: ResponseType, shows_timing: bool) -> Response {
    Response {
        kind,
        status: StatusCode::OK,
        visible: HeaderMap::new(),
        body: Vec::new(),
        script: None,
        shows_timing,
    }
}
