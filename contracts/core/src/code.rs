//! The stable error codes, with their HTTP status, exit code and title.

use std::fmt;

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $text:literal, $http:literal, $exit:literal, $title:literal;)*) => {
        /// The reason why a request was rejected; the same text in every interface.
        ///
        /// It is `code` in problem+json, `reason` (upper case) in gRPC's `ErrorInfo`, and it
        /// determines the exit code of `vitae`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[doc = $doc])+ $variant,)*
        }

        impl Code {
            /// All codes, ordered by HTTP status.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Returns the text form, in lower snake case.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// Returns the HTTP status of responses with this code.
            pub const fn http_status(self) -> u16 {
                match self { $(Self::$variant => $http,)* }
            }

            /// Returns the exit code of a command that failed with this code.
            pub const fn exit_code(self) -> u8 {
                match self { $(Self::$variant => $exit,)* }
            }

            /// Returns a one-line description that does not depend on the request.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)* }
            }

            /// Returns the code with this text form, in lower or upper case.
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
    /// A parameter or header has an invalid value.
    InvalidParameter = "invalid_parameter", 400, 7, "a parameter has an invalid value";
    /// The cursor is malformed, or belongs to another query.
    InvalidCursor = "invalid_cursor", 400, 7, "the cursor does not belong to this query";
    /// The `Host` header is missing, repeated or malformed, or names a host that this server does not serve.
    InvalidHost = "invalid_host", 400, 7, "the server does not serve this host";
    /// The request carries no access token.
    Unauthenticated = "unauthenticated", 401, 4, "an access token is required";
    /// The access token is malformed, from another issuer, expired or revoked.
    InvalidToken = "invalid_token", 401, 4, "the access token is not valid";
    /// The e-mail address or password is wrong, or the account may not log in.
    InvalidCredentials = "invalid_credentials", 401, 4, "e-mail or password is wrong";
    /// The refresh token is unknown, expired, already used or revoked.
    InvalidRefreshToken = "invalid_refresh_token", 401, 4, "the login has ended";
    /// The caller's role does not allow the request.
    Forbidden = "forbidden", 403, 5, "your role does not allow this";
    /// The account has a generated first password; it must be changed before anything else.
    PasswordChangeRequired = "password_change_required", 403, 5, "the password must be changed first";
    /// The object does not exist, or the caller may not see it.
    NotFound = "not_found", 404, 3, "not found";
    /// The route does not support the method.
    MethodNotAllowed = "method_not_allowed", 405, 7, "the method is not allowed for this route";
    /// Another person has this e-mail address.
    EmailTaken = "email_taken", 409, 6, "another person has this e-mail address";
    /// Another person who is not deleted has this external id.
    ExternalIdTaken = "external_id_taken", 409, 6, "another person has this external id";
    /// The id is in use.
    IdTaken = "id_taken", 409, 6, "the id is in use";
    /// The last active administrator cannot be deleted, disabled or demoted.
    LastAdmin = "last_admin", 409, 6, "the last active administrator cannot be removed";
    /// The owner of the resume is deleted.
    OwnerDeleted = "owner_deleted", 409, 6, "the owner is deleted";
    /// The object is deleted; restore it first.
    Deleted = "deleted", 409, 6, "the object is deleted";
    /// The object is not deleted; only deleted objects can be purged.
    NotDeleted = "not_deleted", 409, 6, "the object is not deleted";
    /// The object has changed since it was read.
    PreconditionFailed = "precondition_failed", 412, 6, "the object has changed since it was read";
    /// The body is larger than the limit.
    BodyTooLarge = "body_too_large", 413, 7, "the body is too large";
    /// The URL is longer than the limit.
    UriTooLong = "uri_too_long", 414, 7, "the URL is too long";
    /// The route does not accept the body's media type.
    UnsupportedMediaType = "unsupported_media_type", 415, 7, "the media type is not supported";
    /// A field of the body has an invalid value.
    ValidationFailed = "validation_failed", 422, 7, "a field has an invalid value";
    /// The document does not conform to JSON Resume.
    DocumentInvalid = "document_invalid", 422, 7, "the document is not a valid resume";
    /// The idempotency key was already used for another request.
    IdempotencyKeyReused = "idempotency_key_reused", 422, 7, "the idempotency key was already used for another request";
    /// Storing this would exceed a quota of the owner or of the server.
    QuotaExceeded = "quota_exceeded", 422, 7, "a quota is exceeded";
    /// The request must name the version that it changes.
    PreconditionRequired = "precondition_required", 428, 7, "the request must name the version that it changes";
    /// Too many requests.
    RateLimited = "rate_limited", 429, 8, "too many requests";
    /// There are too many headers, or they are too large.
    HeadersTooLarge = "headers_too_large", 431, 7, "the headers are too large";
    /// An internal error of the server.
    Internal = "internal", 500, 1, "internal server error";
    /// A service that the request needs cannot be reached.
    Unavailable = "unavailable", 503, 9, "the service is not available";
    /// The response did not arrive in time.
    Timeout = "timeout", 504, 9, "the response did not arrive in time";
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
    fn code_is_parsed_from_lower_and_upper_case() {
        for code in Code::ALL {
            assert_eq!(Code::parse(code.as_str()), Some(*code));
            assert_eq!(Code::parse(&code.as_str().to_uppercase()), Some(*code));
        }
    }
}
