//! What a user can do about an error.

use vitae_contracts_core::Code;

use crate::error::Kind;

/// The next step for an error code of the server; `None` if the detail says it.
pub(crate) fn for_code(code: Code) -> Option<&'static str> {
    Some(match code {
        Code::Unauthenticated | Code::InvalidToken | Code::InvalidRefreshToken => "log in again",
        Code::InvalidCredentials => "check the e-mail and the password, then log in again",
        Code::Forbidden => "ask an administrator for the role that may do this",
        Code::InvalidHost => "use an address that the server accepts, or start it with --public-host NAME",
        Code::PasswordChangeRequired => {
            "change the password with `vitae auth password`, then repeat the command"
        }
        Code::NotFound => "check the id; the list shows what this login may see",
        Code::InvalidCursor => "start again from the first page",
        Code::EmailTaken => "choose another e-mail, or find the person who has this one",
        Code::ExternalIdTaken => "choose another external id, or find the person who has this one",
        Code::IdTaken => "repeat the call; it gets a new id",
        Code::LastAdmin => "make another active person an administrator first",
        Code::OwnerDeleted => "restore the owner first",
        Code::Deleted => "restore it first",
        Code::NotDeleted => "delete it first",
        Code::PreconditionFailed => "read it again, then repeat the change on what was read",
        Code::PreconditionRequired => "name the version that the change is based on",
        Code::MalformedJson
        | Code::UnknownField
        | Code::UnknownParameter
        | Code::InvalidParameter
        | Code::ValidationFailed
        | Code::DocumentInvalid => "mend what the faults name, then send it again",
        Code::BodyTooLarge | Code::UriTooLong | Code::HeadersTooLarge => "send less at once",
        Code::IdempotencyKeyReused => "use a fresh idempotency key for another request",
        Code::QuotaExceeded => {
            "delete and purge what is no longer needed, or ask the server's operator for a larger quota"
        }
        Code::RateLimited => "wait as long as the error says, then repeat the call",
        Code::Unavailable | Code::Timeout => "repeat the call in a moment",
        Code::StorageFull => "free space on the server's disk; reading still works",
        Code::Internal => "look for the request id in the server's log",
        _ => return None,
    })
}

/// The next step for a response without one of our codes.
pub(crate) fn for_status(status: u16) -> Option<&'static str> {
    Some(match status {
        300..=399 => "use the server's own address; redirects are not followed",
        401 => "log in again",
        404 | 405 => "check the server's address: something else may answer there",
        407 => "check the proxy's settings in the environment",
        429 | 502..=504 => "repeat the call in a moment",
        _ => return None,
    })
}

/// The next step for a failure without a response.
pub(crate) fn for_kind(kind: Kind) -> Option<&'static str> {
    Some(match kind {
        Kind::NotLoggedIn => "log in first",
        Kind::Connect => "check the server's address, and that the server runs",
        Kind::Tls => "check the server's address and its certificate",
        Kind::Timeout => "repeat the call, or allow it more time",
        Kind::ConnectionLost => "repeat the call in a moment",
        Kind::InvalidResponse => "check the server's address: something else may answer there",
        Kind::Lock => "repeat the call; another program holds the login's lock",
        Kind::Rejected | Kind::Input | Kind::Store | Kind::Client => return None,
    })
}
