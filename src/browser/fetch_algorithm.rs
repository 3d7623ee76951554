use std::time::Duration;

use super::{
    blocked::{Blocked, BlockedStep, Reason, Stop},
    browser_headers::referrer,
    network::{Exchange, Network},
    preflight::{PreflightCache, check_preflight_response, is_preflight_needed, preflight_request},
    request::{Redirect, Request, Route, Tainting},
    response::Response,
    response_checks::{check_response, check_use, tao_check},
    response_filter::{FilteredResponse, ResponseType, filter_response},
    service_adapter::Transport,
};

/// The fetch algorithm, which produces the page's response from a request.
pub(super) struct FetchAlgorithm<'a, T> {
    network: Network<'a, T>,
    preflights: &'a mut PreflightCache,
    now: Duration,
    /// The request needs a preflight, even if the preflight cache already allows it.
    is_preflighted: bool,
}

impl<'a, T: Transport> FetchAlgorithm<'a, T> {
    pub(super) fn new(
        network: Network<'a, T>,
        preflights: &'a mut PreflightCache,
        now: Duration,
    ) -> Self {
        Self { network, preflights, now, is_preflighted: false }
    }

    /// Returns the exchanges, in order.
    pub(super) fn into_exchanges(self) -> Vec<Exchange> {
        self.network.into_exchanges()
    }

    /// Runs the algorithm. <https://fetch.spec.whatwg.org/#concept-fetch>
    pub(super) async fn run(&mut self, request: &mut Request) -> Result<FilteredResponse, Blocked> {
        let response = match self.main_fetch(request).await {
            Ok(response) => response,
            Err(blocked) => {
                // The network error removes the preflight's result from the cache.
                // https://fetch.spec.whatwg.org/#concept-main-fetch, step 12
                let is_forgotten =
                    blocked.is_preflight || request.engine.forgets_preflights_of_failed_requests();
                if self.is_preflighted && is_forgotten {
                    self.preflights.clear(request);
                }
                return Err(blocked);
            }
        };
        if response.is_redirect() && request.redirect == Redirect::Manual {
            return Ok(FilteredResponse::empty(
                ResponseType::OpaqueRedirect,
                !request.timing_allow_failed,
            ));
        }
        let status = response.status.as_u16();
        let response = match check_use(request, &response.headers) {
            Ok(()) => filter_response(request, response).await,
            Err(stop) => Err(stop),
        };
        response.map_err(|stop| blocked(request, false, Some(status), stop))
    }

    /// Performs the main fetch for each address of the redirect chain.
    /// <https://fetch.spec.whatwg.org/#concept-main-fetch>
    async fn main_fetch(&mut self, request: &mut Request) -> Result<Response<T::Body>, Blocked> {
        loop {
            request.referrer = referrer(request);
            self.route(request).await?;
            let response = match self.network.network_or_cache_fetch(request).await {
                Ok(response) => response,
                Err(stop) => return Err(blocked(request, false, None, stop)),
            };
            let status = response.status.as_u16();
            if let Err(stop) = check_response(request, &response) {
                return Err(blocked(request, false, Some(status), stop));
            }
            request.timing_allow_failed = !tao_check(request, &response.headers);
            if self.network.is_storage_access_retry(request, &response.headers) {
                if let Err(error) = request.retry_with_storage_access() {
                    let stop = (BlockedStep::Redirect, Reason::Redirect(error));
                    return Err(blocked(request, false, Some(status), stop));
                }
                continue;
            }
            if !response.is_redirect() || request.redirect == Redirect::Manual {
                return Ok(response);
            }
            let Some(location) = response.location(request) else { return Ok(response) };
            if let Err(error) = location.and_then(|location| request.follow(status, location)) {
                let stop = (BlockedStep::Redirect, Reason::Redirect(error));
                return Err(blocked(request, false, Some(status), stop));
            }
            request.apply_referrer_policy(&response.headers);
        }
    }

    /// Selects the tainting of the request, and sends a preflight if necessary.
    /// <https://fetch.spec.whatwg.org/#concept-main-fetch>, step 12
    async fn route(&mut self, request: &mut Request) -> Result<(), Blocked> {
        match request.route() {
            Route::NotAllowed => {
                let stop = (BlockedStep::Mode, Reason::Mode(request.mode));
                return Err(blocked(request, false, None, stop));
            }
            Route::Direct(tainting) => request.tainting = tainting,
            Route::AfterPreflight => {
                request.tainting = Tainting::Cors;
                self.is_preflighted = true;
                self.preflight_fetch(request).await?;
            }
        }
        Ok(())
    }

    /// Sends a preflight, unless the preflight cache already allows the request.
    /// <https://fetch.spec.whatwg.org/#cors-preflight-fetch>
    async fn preflight_fetch(&mut self, request: &Request) -> Result<(), Blocked> {
        if !is_preflight_needed(request, self.preflights, self.now) {
            return Ok(());
        }
        let preflight = preflight_request(request);
        // Browsers ignore the body of the preflight response. It may never end.
        let response = match self.network.send_preflight(&preflight).await {
            Ok(response) => response,
            Err(stop) => return Err(blocked(request, true, None, stop)),
        };
        let status = response.status.as_u16();
        match check_preflight_response(request, status, &response.headers) {
            Ok(permission) => {
                for subject in permission.allowed {
                    self.preflights.store(request, subject, permission.max_age, self.now);
                }
                Ok(())
            }
            Err(stop) => Err(blocked(request, true, Some(status), stop)),
        }
    }
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
