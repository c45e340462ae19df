//! The stable codes of every error, with what each means on every surface.

use std::fmt;

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $text:literal, $http:literal, $exit:literal, $title:literal;)*) => {
        /// Why a request was refused; the same word on every surface.
        ///
        /// `code` in problem+json, `reason` (upper case) in gRPC's `ErrorInfo`, and the
        /// class of the exit code of `vitae`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[doc = $doc])+ $variant,)*
        }

        impl Code {
            /// Every code, in the order of their HTTP status.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The text form, lower snake case.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// The HTTP status that carries this code.
            pub const fn http_status(self) -> u16 {
                match self { $(Self::$variant => $http,)* }
            }

            /// The exit code of a command that ended on this.
            pub const fn exit_code(self) -> u8 {
                match self { $(Self::$variant => $exit,)* }
            }

            /// What happened, in one line that does not depend on the request.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)* }
            }

            /// The code of this text, lower or upper case.
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|code| code.as_str().eq_ignore_ascii_case(text))
            }
        }
    };
}

codes! {
    /// The body is not acceptable JSON.
    MalformedJson = "malformed_json", 400, 7, "the body is not well-formed JSON";
    /// The body has a field that the route does not know.
    UnknownField = "unknown_field", 400, 7, "the body has an unknown field";
    /// The query has a parameter that the route does not know.
    UnknownParameter = "unknown_parameter", 400, 7, "the query has an unknown parameter";
    /// A parameter or header has a value that it cannot have.
    InvalidParameter = "invalid_parameter", 400, 7, "a parameter has an invalid value";
    /// The cursor is damaged, or belongs to another query.
    InvalidCursor = "invalid_cursor", 400, 7, "the cursor does not belong to this query";
    /// The `Host` header is missing, doubled, malformed, or names a host that this server does not answer for.
    InvalidHost = "invalid_host", 400, 7, "the server does not answer for this host";
    /// The request carries no access token.
    Unauthenticated = "unauthenticated", 401, 4, "an access token is required";
    /// The access token is damaged, foreign, expired or revoked.
    InvalidToken = "invalid_token", 401, 4, "the access token is not valid";
    /// E-mail and password do not belong to someone who may log in.
    InvalidCredentials = "invalid_credentials", 401, 4, "e-mail or password is wrong";
    /// The refresh token is unknown, expired, spent or revoked.
    InvalidRefreshToken = "invalid_refresh_token", 401, 4, "the login has ended";
    /// The caller's role does not allow this.
    Forbidden = "forbidden", 403, 5, "your role does not allow this";
    /// The account has a generated first password; it must be changed before anything else.
    PasswordChangeRequired = "password_change_required", 403, 5, "the password must be changed first";
    /// There is no such thing, or the caller may not see it.
    NotFound = "not_found", 404, 3, "there is no such thing";
    /// The route exists, the method does not.
    MethodNotAllowed = "method_not_allowed", 405, 7, "the method is not allowed here";
    /// Another person has this e-mail.
    EmailTaken = "email_taken", 409, 6, "another person has this e-mail";
    /// The id is in use.
    IdTaken = "id_taken", 409, 6, "the id is in use";
    /// The last active administrator must stay one.
    LastAdmin = "last_admin", 409, 6, "the last active administrator must stay";
    /// The owner of the resume is deleted.
    OwnerDeleted = "owner_deleted", 409, 6, "the owner is deleted";
    /// The object is deleted; restore it first.
    Deleted = "deleted", 409, 6, "the object is deleted";
    /// The object is not deleted; only deleted ones are purged.
    NotDeleted = "not_deleted", 409, 6, "the object is not deleted";
    /// The object has changed since it was read.
    PreconditionFailed = "precondition_failed", 412, 6, "the object has changed since it was read";
    /// The body is larger than the limit.
    BodyTooLarge = "body_too_large", 413, 7, "the body is too large";
    /// The URL is longer than the limit.
    UriTooLong = "uri_too_long", 414, 7, "the URL is too long";
    /// The body's media type is not taken here.
    UnsupportedMediaType = "unsupported_media_type", 415, 7, "the media type is not supported";
    /// A value does not fit its field.
    ValidationFailed = "validation_failed", 422, 7, "a field has an invalid value";
    /// The document is no JSON Resume.
    DocumentInvalid = "document_invalid", 422, 7, "the document is not a valid resume";
    /// The idempotency key was used for another request.
    IdempotencyKeyReused = "idempotency_key_reused", 422, 7, "the idempotency key was used for another request";
    /// Storing this would exceed a quota of the owner or of the server.
    QuotaExceeded = "quota_exceeded", 422, 7, "a quota is exceeded";
    /// The request must say which version it changes.
    PreconditionRequired = "precondition_required", 428, 7, "the request must name the version that it changes";
    /// Too many requests.
    RateLimited = "rate_limited", 429, 8, "too many requests";
    /// There are too many headers, or they are too long.
    HeadersTooLarge = "headers_too_large", 431, 7, "the headers are too large";
    /// A fault of the server.
    Internal = "internal", 500, 1, "the server failed";
    /// A part of the server cannot be reached.
    Unavailable = "unavailable", 503, 9, "the service is not available";
    /// The answer did not come in time.
    Timeout = "timeout", 504, 9, "the answer did not come in time";
    /// The disk is full; reading still works.
    StorageFull = "storage_full", 507, 1, "the storage is full";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_is_found_by_its_text_in_both_cases() {
        for code in Code::ALL {
            assert_eq!(Code::parse(code.as_str()), Some(*code));
            assert_eq!(Code::parse(&code.as_str().to_uppercase()), Some(*code));
        }
    }
}
