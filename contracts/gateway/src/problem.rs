//! Refusals (RFC 9457).

use serde::{Deserialize, Serialize};
use vitae_contracts_core::{Code, Untrusted};

/// Why a request was refused; `application/problem+json` (RFC 9457).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// `urn:vitae:problem:` and the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// What happened, whatever the request was.
    pub title: Untrusted,
    /// The HTTP status.
    pub status: u16,
    /// The stable code, one of the table in the documentation.
    pub code: String,
    /// What happened to what in this request.
    pub detail: Untrusted,
    /// Names the request in the server's log and audit.
    pub request_id: String,
    /// Every fault of the input, where it stands.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ProblemEntry>,
}

impl Problem {
    /// A problem of this code with the code's own title and status.
    pub fn new(code: Code, detail: String, request_id: String) -> Self {
        Self {
            kind: format!("urn:vitae:problem:{code}"),
            title: code.title().into(),
            status: code.http_status(),
            code: code.as_str().to_owned(),
            detail: detail.into(),
            request_id,
            errors: Vec::new(),
        }
    }
}

/// One fault of the input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProblemEntry {
    /// Where it stands.
    #[serde(flatten)]
    pub location: ProblemLocation,
    /// What was expected there, and what was found.
    pub message: Untrusted,
}

/// Where a fault stands: in the body, the query or the head.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Place))]
#[serde(rename_all = "snake_case")]
pub enum ProblemLocation {
    /// JSON pointer into the body (RFC 6901).
    Pointer(String),
    /// Name of a query parameter.
    Parameter(String),
    /// Name of a header.
    Header(String),
}
