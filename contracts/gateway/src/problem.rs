//! Problem responses (RFC 9457).

use serde::{Deserialize, Serialize};
use vitae_contracts_core::{Code, Untrusted};

/// The response to a rejected request, as `application/problem+json` (RFC 9457).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// The problem type: `urn:vitae:problem:` followed by the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// A description that only depends on the code.
    pub title: Untrusted,
    /// The HTTP status.
    pub status: u16,
    /// The stable error code; the documentation lists all codes.
    pub code: String,
    /// A description of this occurrence.
    pub detail: Untrusted,
    /// The id of the request in the server's log and audit record.
    pub request_id: String,
    /// The invalid parts of the request.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ProblemEntry>,
}

impl Problem {
    /// Creates a problem with the title and status of the code.
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

/// An invalid part of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProblemEntry {
    /// The location of the invalid part.
    #[serde(flatten)]
    pub location: ProblemLocation,
    /// A message with the expected and the found value.
    pub message: Untrusted,
}

/// The location of an invalid part: in the body, the query or the headers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Place))]
#[serde(rename_all = "snake_case")]
pub enum ProblemLocation {
    /// A JSON pointer into the body (RFC 6901).
    Pointer(String),
    /// The name of a query parameter.
    Parameter(String),
    /// The name of a header.
    Header(String),
}
