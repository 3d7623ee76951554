// The expected record of a request. `→` precedes a request header, and `←` precedes a response header.

import { absent, beginning, names } from "./verdict.js";

export function allowedPreflight(context, method, headers = absent) {
  return allowedPreflightBy("api", context, method, headers);
}

export function allowedPreflightBy(server, { page, policy }, method, headers = absent) {
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

// A preflight of an origin that no rule allows, with status 403 and without CORS headers.
export function rejectedPreflight({ page }, server, method, headers = absent) {
  return {
    ...preflight(server, page, method, headers),
    decision: "PreflightRejected",
    "failed step": "Origin",
    explanation: rejectedAt("Origin"),
    application: "not called",
    status: 403,
    "CORS headers": "none",
    "← vary": varyOfPreflights,
  };
}

// A preflight of an allowed origin that fails at the method or a header. The browser's console names this step.
export function failingPreflight({ page, policy }, server, step, method, headers = absent) {
  return {
    ...preflight(server, page, method, headers),
    decision: "PreflightRejected",
    "failed step": step,
    explanation: rejectedAt(step),
    application: "not called",
    status: 204,
    "CORS headers": "allow-credentials, allow-methods, allow-origin",
    "← access-control-allow-origin": page,
    "← access-control-allow-credentials": "true",
    "← access-control-allow-methods": names(...policy(server).allow_methods),
    "← vary": varyOfPreflights,
  };
}

export function allowed(context, method, status, more = {}) {
  return allowedBy("api", context, method, status, more);
}

export function allowedBy(server, { page, policy }, method, status, more = {}) {
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

// A rejected request that still reaches the application: only the page cannot read the response.
export function rejected({ page }, method, status, more = {}) {
  return {
    server: "closed",
    method,
    "→ origin": page,
    decision: "Rejected",
    "failed step": "Origin",
    explanation: rejectedAt("Origin"),
    application: "called",
    status,
    "CORS headers": "none",
    ...more,
  };
}

// A request that enforcement rejects, with status 403 and without CORS headers.
export function forbidden({ page }, method, step) {
  return {
    server: "enforcing",
    method,
    "→ origin": page,
    decision: "Forbidden",
    "failed step": step,
    explanation: rejectedAt(step),
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

// The explanation begins with the failed step.
function rejectedAt(step) {
  const words = step.replaceAll(/\B[A-Z]/g, (letter) => ` ${letter}`).toLowerCase();
  return beginning(`rejected at the ${words}: `);
}

const varyOfPreflights = names(
  "Origin",
  "Access-Control-Request-Method",
  "Access-Control-Request-Headers",
);

// The only information that a page gets about a rejection.
export const networkError = { error: "TypeError" };
