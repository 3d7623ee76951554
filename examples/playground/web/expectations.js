// What a server is expected to have recorded of one request. `→` stands before a header of the
// request, `←` before one of the response.

import { absent, beginning, names } from "./verdict.js";

export function grantedPreflight(context, method, headers = absent) {
  return grantedPreflightBy("api", context, method, headers);
}

export function grantedPreflightBy(server, { page, policy }, method, headers = absent) {
  const { allow_methods: methods, allow_headers, max_age } = policy(server);
  return {
    ...preflight(server, page, method, headers),
    decision: "PreflightAllowed",
    explanation: "allowed by rules[0]",
    "failed step": "none",
    application: "not called",
    status: 204,
    "CORS headers": "allow-credentials, allow-headers, allow-methods, allow-origin, max-age",
    "← access-control-allow-origin": page,
    "← access-control-allow-credentials": "true",
    "← access-control-allow-methods": names(...methods),
    "← access-control-allow-headers": names(...allow_headers),
    "← access-control-max-age": String(max_age),
    "← vary": varyOfPreflights,
  };
}

// Told nothing: the status is 403, and there is no CORS header at all.
export function refusedPreflight({ page }, server, step, method, headers = absent) {
  return {
    ...preflight(server, page, method, headers),
    decision: "PreflightRejected",
    "failed step": step,
    explanation: refusedAt(step),
    application: "not called",
    status: 403,
    "CORS headers": "none",
    "← vary": varyOfPreflights,
  };
}

export function granted(context, method, status, more = {}) {
  return grantedBy("api", context, method, status, more);
}

export function grantedBy(server, { page, policy }, method, status, more = {}) {
  return {
    server,
    method,
    "→ origin": page,
    decision: "Allowed",
    explanation: "allowed by rules[0]",
    "failed step": "none",
    application: "called",
    status,
    "CORS headers": "allow-credentials, allow-origin, expose-headers",
    "← access-control-allow-origin": page,
    "← access-control-allow-credentials": "true",
    "← access-control-expose-headers": names(...policy(server).expose_headers),
    ...more,
  };
}

// Passed on all the same: the server was asked, and only the page is kept from reading.
export function refused({ page }, method, status, more = {}) {
  return {
    server: "closed",
    method,
    "→ origin": page,
    decision: "Rejected",
    "failed step": "Origin",
    explanation: refusedAt("Origin"),
    application: "called",
    status,
    "CORS headers": "none",
    ...more,
  };
}

// Not passed on: the status is 403, and there is no CORS header.
export function forbidden({ page }, method, step) {
  return {
    server: "enforcing",
    method,
    "→ origin": page,
    decision: "Forbidden",
    "failed step": step,
    explanation: refusedAt(step),
    application: "not called",
    status: 403,
    "CORS headers": "none",
    "← vary": varyOfEnforced,
  };
}

export const varyOfEnforced = names("Origin", "Sec-Fetch-Site", "Sec-Fetch-Mode");

export const vary = { "← vary": names("Origin") };

function preflight(server, page, method, headers) {
  return {
    server,
    method: "OPTIONS",
    "→ origin": page,
    "→ access-control-request-method": method,
    "→ access-control-request-headers": headers && names(headers),
    "→ cookie": absent,
  };
}

// The first line of the explanation names the step.
function refusedAt(step) {
  const words = step.replaceAll(/\B[A-Z]/g, (letter) => ` ${letter}`).toLowerCase();
  return beginning(`rejected at the ${words}: `);
}

const varyOfPreflights = names(
  "Origin",
  "Access-Control-Request-Method",
  "Access-Control-Request-Headers",
);

// All that a page is told of a refusal.
export const networkError = { error: "TypeError" };
