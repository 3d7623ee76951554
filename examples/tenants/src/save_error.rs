use std::fmt;

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::json;
use tower_cross_origin::{
    cors::{CorsConfigError, FaultKind},
    origin::OriginPatternError,
};

/// The reason for which the server did not save an origin.
#[derive(Debug)]
pub(crate) enum SaveError {
    /// The tenant does not exist, or has another key.
    UnknownTenant,
    /// The text is not an origin, and has no correction or several ones.
    InvalidOrigin(OriginPatternError),
    /// The text matches several origins.
    Pattern,
    /// The origin must not have credentials, such as an `http:` origin.
    UnsafeOrigin(CorsConfigError),
    TooManyOrigins,
    /// The database cannot be read or written.
    Unavailable,
}

impl SaveError {
    /// Returns the status, and a label that programs can compare.
    fn label(&self) -> (StatusCode, &'static str) {
        match self {
            Self::UnknownTenant => (StatusCode::FORBIDDEN, "unknown-tenant"),
            Self::InvalidOrigin(_) => (StatusCode::UNPROCESSABLE_ENTITY, "invalid-origin"),
            Self::Pattern => (StatusCode::UNPROCESSABLE_ENTITY, "pattern"),
            Self::UnsafeOrigin(_) => (StatusCode::UNPROCESSABLE_ENTITY, "unsafe-origin"),
            Self::TooManyOrigins => (StatusCode::UNPROCESSABLE_ENTITY, "too-many-origins"),
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
        }
    }

    /// Returns a value that the tenant can save instead.
    fn suggestion(&self) -> Option<&str> {
        match self {
            Self::InvalidOrigin(error) => error.suggestion(),
            Self::UnsafeOrigin(error) => error.faults().first()?.suggestion(),
            _ => None,
        }
    }
}

/// Writes a message for the person who typed the origin.
impl fmt::Display for SaveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownTenant => f.write_str("the tenant does not exist, or has another key"),
            Self::InvalidOrigin(error) => error.kind().fmt(f),
            Self::Pattern => f.write_str("wildcards are not supported; add each origin"),
            // The text of the fault is for the operator of the service, and names settings.
            Self::UnsafeOrigin(error) => f.write_str(match error.faults().first() {
                Some(fault) if *fault.kind() == FaultKind::InsecureOriginWithCredentials => {
                    "the origin uses plain HTTP, so that an attacker can change its pages; use https"
                }
                _ => "pages of others can have this origin; use an origin of your own domain",
            }),
            Self::TooManyOrigins => f.write_str("the tenant has too many origins; remove one"),
            Self::Unavailable => f.write_str("the origin was not saved; try again later"),
        }
    }
}

impl From<rusqlite::Error> for SaveError {
    fn from(error: rusqlite::Error) -> Self {
        eprintln!("the database failed: {error}");
        Self::Unavailable
    }
}

impl IntoResponse for SaveError {
    fn into_response(self) -> Response {
        let (status, label) = self.label();
        let suggestion = self.suggestion();
        let body = json!({ "error": label, "message": self.to_string(), "suggestion": suggestion });
        (status, Json(body)).into_response()
    }
}
