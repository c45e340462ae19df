//! The texts of `vitae explain`: cause and next step of each code.

use vitae_contracts_core::Code;

use crate::exit;

/// Error codes of the server: cause and next step.
pub(super) const CODES: &[(Code, &str, &str)] = &[
    (
        Code::MalformedJson,
        "The body is not JSON, or JSON that parsers interpret differently: duplicate keys, nesting deeper than 64, unpaired surrogates, invalid UTF-8.",
        "Fix the text at the position in the error.",
    ),
    (
        Code::UnknownField,
        "The body has a field that this request does not have; often a typing error.",
        "Remove the field, or correct its name.",
    ),
    (
        Code::UnknownParameter,
        "The query has a parameter that this list does not have.",
        "Remove the parameter; `vitae docs` lists the flags of each command.",
    ),
    (
        Code::InvalidParameter,
        "A parameter or header has an invalid value, such as an unknown sort key.",
        "Use one of the values in the error.",
    ),
    (
        Code::InvalidCursor,
        "The cursor is damaged, or the filters or the order changed since it was issued.",
        "Start again from the first page.",
    ),
    (
        Code::InvalidHost,
        "The request's Host header is missing, doubled or malformed, or names a host that this server does not serve. This check prevents DNS rebinding: web pages that reach a local server through their own name.",
        "Start the server with `--public-host NAME` for each host name that a proxy forwards.",
    ),
    (
        Code::Unauthenticated,
        "The request carried no access token.",
        "Log in with `vitae login`, or set VITAE_TOKEN.",
    ),
    (
        Code::InvalidToken,
        "The access token is damaged, from another server, expired, or its session was ended.",
        "Log in again; a token in VITAE_TOKEN is never renewed.",
    ),
    (
        Code::InvalidCredentials,
        "E-mail or password is wrong, or the account is disabled or deleted. The server does not say which.",
        "Check e-mail, password and server; an administrator can set a new password with `vitae users set-password`.",
    ),
    (
        Code::InvalidRefreshToken,
        "The login has ended: it was unused for 30 days, is older than 90 days, was ended elsewhere, or a copy of it was used.",
        "Log in again. If no copy should exist, check `vitae audit list --action auth.`.",
    ),
    (
        Code::Forbidden,
        "Your role does not permit this action on any object.",
        "Ask an administrator for a role that permits it; `vitae doctor` shows your role.",
    ),
    (
        Code::PasswordChangeRequired,
        "The account still has its generated password. Until it is changed, only reading your account, changing the password and logging out are permitted.",
        "Change it with `vitae auth password`, or in the console, which asks for it.",
    ),
    (
        Code::NotFound,
        "The object does not exist, or you may not see it; the response is the same.",
        "Check the id; `list --deleted include` lists everything visible to you.",
    ),
    (
        Code::MethodNotAllowed,
        "The path exists, but does not support this method.",
        "Use a method of the Allow header.",
    ),
    (
        Code::EmailTaken,
        "Another person has this e-mail; upper and lower case and Unicode form are not distinguished.",
        "Find them with `vitae users get EMAIL`, or use another address.",
    ),
    (
        Code::ExternalIdTaken,
        "Another person who is not deleted has this external id.",
        "Find them with `vitae users list --external-id ID`, then choose another id or change theirs.",
    ),
    (Code::IdTaken, "The id is in use.", "Repeat the command; it uses a new id."),
    (
        Code::LastAdmin,
        "The last active administrator cannot be deleted, disabled or given another role.",
        "Make another active person an administrator first.",
    ),
    (
        Code::OwnerDeleted,
        "The owner of the resume is deleted.",
        "Restore the owner with `vitae users restore` first.",
    ),
    (Code::Deleted, "The object is deleted, and deleted objects cannot be changed.", "Restore it first."),
    (
        Code::NotDeleted,
        "The resume is not deleted; only deleted resumes can be purged, because a purge cannot be undone.",
        "Delete it first, then purge it.",
    ),
    (
        Code::PreconditionFailed,
        "Another user changed the object after you read it; nothing was overwritten.",
        "Read the object again, then repeat the change.",
    ),
    (Code::BodyTooLarge, "The body exceeds 1 MiB.", "Remove large texts or images, or send less at once."),
    (Code::UriTooLong, "The URL exceeds 4 KiB.", "Use fewer or shorter filters."),
    (Code::UnsupportedMediaType, "The media type of the body is not supported.", "Send application/json."),
    (
        Code::ValidationFailed,
        "A field has an invalid value.",
        "Fix the listed fields; all errors are listed.",
    ),
    (
        Code::DocumentInvalid,
        "A field of JSON Resume has the wrong type or an invalid date. Unknown fields are allowed.",
        "Fix the listed fields.",
    ),
    (
        Code::IdempotencyKeyReused,
        "The same idempotency key was sent with another request before.",
        "Use a new key for a new request.",
    ),
    (
        Code::QuotaExceeded,
        "The change would exceed a quota: bytes, resumes or revisions of one person, or of all people. The error names the quota, its limit and what is used. Deleted resumes count until they are purged.",
        "Delete and purge what is no longer needed, or ask the operator to raise the quota.",
    ),
    (
        Code::PreconditionRequired,
        "The change must state the version that it is based on.",
        "Send If-Match with the ETag that was read.",
    ),
    (
        Code::RateLimited,
        "Too many logins failed: of this account from unknown devices, from this address, or in total. A device that has logged in to the account before has limits of its own.",
        "Wait as long as the error says, log in from a known device, or ask the operator to run `vitaed unlock EMAIL`.",
    ),
    (
        Code::HeadersTooLarge,
        "The request has too many headers, or they are too long.",
        "Send fewer or shorter headers.",
    ),
    (
        Code::Internal,
        "An internal error of the server.",
        "Search the server's log for the request id, and report the error.",
    ),
    (
        Code::Unavailable,
        "A service of the server does not respond.",
        "Repeat the command later; `vitae doctor` names the service.",
    ),
    (Code::Timeout, "The response took too long.", "Repeat the command, or set a longer --timeout."),
    (
        Code::StorageFull,
        "The server's disk is full; reading still works.",
        "Free disk space on the server, then repeat the command.",
    ),
];

/// Exit codes: cause and next step.
pub(super) const EXITS: &[(u8, &str, &str)] = &[
    (exit::DONE, "The command succeeded, or the reader of the output closed the pipe.", "Nothing to do."),
    (
        exit::FAILED,
        "The command failed for a reason without a more specific code.",
        "Follow the next step in the error.",
    ),
    (exit::USAGE, "The command line is invalid; nothing was done.", "See --help."),
    (exit::NOT_FOUND, "The person, resume or profile does not exist.", "Check the name or id."),
    (
        exit::NOT_LOGGED_IN,
        "Not logged in, or the login was rejected.",
        "Log in with `vitae login`, or set VITAE_TOKEN.",
    ),
    (exit::FORBIDDEN, "Your role does not permit the action.", "Ask an administrator."),
    (
        exit::CONFLICT,
        "The state of the object prevents the action: it was changed by another user, is deleted, or a name is taken.",
        "Read the object again, then decide.",
    ),
    (exit::INVALID_INPUT, "The input is invalid.", "Fix the listed errors."),
    (exit::RATE_LIMITED, "Too many requests.", "Wait, then repeat the command."),
    (
        exit::UNREACHABLE,
        "The server or one of its services does not respond.",
        "Start the server with `vitaed serve`, or choose another with --server; `vitae doctor` shows details.",
    ),
    (
        exit::SOME_FAILED,
        "Some of several objects failed; the others are done.",
        "Fix the errors, then repeat the command for these objects.",
    ),
    (
        exit::INTERRUPTED,
        "Ended by ctrl-C.",
        "Repeat the command; requests that were already sent take effect once.",
    ),
    (
        exit::TERMINATED,
        "Ended by SIGTERM.",
        "Repeat the command; requests that were already sent take effect once.",
    ),
];
