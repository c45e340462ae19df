//! The next steps of a user after an error.

use vitae_contracts_core::Code;

use crate::error::Kind;

/// The next step for an error code of the server; `None` if the detail says it.
pub(crate) fn for_code(code: Code) -> Option<&'static str> {
    Some(match code {
        Code::Unauthenticated | Code::InvalidToken | Code::InvalidRefreshToken => "log in again",
        Code::InvalidCredentials => "check the e-mail and the password, then log in again",
        Code::Forbidden => "ask an administrator for a role that allows this",
        Code::InvalidHost => "use an address that the server accepts, or start it with --public-host NAME",
        Code::PasswordChangeRequired => {
            "change the password with `vitae auth password`, then repeat the command"
        }
        Code::NotFound => "check the id; the list shows the objects that are visible to this login",
        Code::InvalidCursor => "start again from the first page",
        Code::EmailTaken => "choose another e-mail address, or find the person who has this one",
        Code::ExternalIdTaken => "choose another external id, or find the person who has this one",
        Code::IdTaken => "repeat the request; it gets a new id",
        Code::LastAdmin => "make another active person an administrator first",
        Code::OwnerDeleted => "restore the owner first",
        Code::Deleted => "restore it first",
        Code::NotDeleted => "delete it first",
        Code::PreconditionFailed => "read the object again, then repeat the change",
        Code::PreconditionRequired => "send the version that the change is based on",
        Code::MalformedJson
        | Code::UnknownField
        | Code::UnknownParameter
        | Code::InvalidParameter
        | Code::ValidationFailed
        | Code::DocumentInvalid => "correct the fields that the error names, then send the request again",
        Code::BodyTooLarge | Code::UriTooLong | Code::HeadersTooLarge => "send a smaller request",
        Code::IdempotencyKeyReused => "use a new idempotency key for another request",
        Code::QuotaExceeded => {
            "delete and purge what is no longer needed, or ask the server's operator for a larger quota"
        }
        Code::RateLimited => "wait for the time that the error states, then repeat the request",
        Code::Unavailable | Code::Timeout => "repeat the request in a moment",
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
        404 | 405 => "check the server's address: another program may be listening there",
        407 => "check the proxy's settings in the environment",
        429 | 502..=504 => "repeat the request in a moment",
        _ => return None,
    })
}

/// The next step for a failure without a response.
pub(crate) fn for_kind(kind: Kind) -> Option<&'static str> {
    Some(match kind {
        Kind::NotLoggedIn => "log in first",
        Kind::Connect => "check the server's address and that the server is running",
        Kind::Tls => "check the server's address and its certificate",
        Kind::Timeout => "repeat the request, or increase its time limit",
        Kind::ConnectionLost => "repeat the request in a moment",
        Kind::InvalidResponse => "check the server's address: another program may be listening there",
        Kind::Lock => "repeat the request; another program holds the lock of the login",
        Kind::Rejected | Kind::Input | Kind::Store | Kind::Client => return None,
    })
}
