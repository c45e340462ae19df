//! Refusals on their way out: the one place that decides status codes.

use http::{HeaderValue, Response, StatusCode, header};
use vitae_contracts_core::Code;
use vitae_contracts_document::Malformed;
use vitae_contracts_gateway::{Place, Problem, ProblemEntry};
use vitae_server_common::{Fault, InvalidToken, Refusal};

use crate::call::Body;

/// Why a request is refused, before it has its request id.
#[derive(Debug, Clone)]
pub(crate) struct Refused {
    pub(crate) code: Code,
    pub(crate) detail: String,
    pub(crate) errors: Vec<ProblemEntry>,
}

impl Refused {
    pub(crate) fn new(code: Code, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), errors: Vec::new() }
    }

    /// Refuses the input for these faults.
    pub(crate) fn input(code: Code, errors: Vec<ProblemEntry>) -> Self {
        let detail =
            if errors.len() == 1 { "1 fault".to_owned() } else { format!("{} faults", errors.len()) };
        Self { code, detail, errors }
    }

    /// Refuses one header.
    pub(crate) fn header(code: Code, name: &str, message: impl Into<String>) -> Self {
        let message = message.into();
        let entry = ProblemEntry { place: Place::Header(name.to_owned()), message: message.as_str().into() };
        Self { code, detail: format!("{name}: {message}"), errors: vec![entry] }
    }

    /// The public body of the refusal.
    pub(crate) fn problem(&self, request_id: &str) -> Problem {
        let mut problem = Problem::new(self.code, self.detail.clone(), request_id.to_owned());
        problem.errors.clone_from(&self.errors);
        problem
    }

    /// The whole answer (RFC 9457, section 3; RFC 6750, section 3).
    pub(crate) fn response(&self, request_id: &str) -> Response<Body> {
        let body = serde_json::to_vec(&self.problem(request_id)).unwrap_or_default();
        let mut response = Response::new(Body::from(body));
        *response.status_mut() =
            StatusCode::from_u16(self.code.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        let challenge = match self.code {
            Code::Unauthenticated => Some("Bearer"),
            Code::InvalidToken => Some("Bearer error=\"invalid_token\""),
            _ => None,
        };
        if let Some(challenge) = challenge {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        if self.code == Code::Unavailable {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        let errors = refusal.faults.into_iter().map(entry).collect();
        Self { code: refusal.code, detail: refusal.detail, errors }
    }
}

impl From<tonic::Status> for Refused {
    fn from(status: tonic::Status) -> Self {
        let refusal = Refusal::from(&status);
        if refusal.code == Code::Internal {
            tracing::error!(%status, "a service failed");
        }
        refusal.into()
    }
}

impl From<InvalidToken> for Refused {
    fn from(error: InvalidToken) -> Self {
        Refusal::from(error).into()
    }
}

impl From<Malformed> for Refused {
    fn from(malformed: Malformed) -> Self {
        let place = Place::Pointer(malformed.pointer().to_owned());
        let message = malformed.to_string();
        let entry = ProblemEntry { place, message: message.as_str().into() };
        Self { code: Code::MalformedJson, detail: message, errors: vec![entry] }
    }
}

/// `?name` is how services point at a query parameter.
fn entry(fault: Fault) -> ProblemEntry {
    let place = match fault.pointer.strip_prefix('?') {
        Some(name) => Place::Parameter(name.to_owned()),
        None => Place::Pointer(fault.pointer),
    };
    ProblemEntry { place, message: fault.message.into() }
}
