//! What stands in the answers of `vitae explain`: of each code why it is answered, and what to do.

use vitae_contracts_core::Code;

use crate::exit;

/// Of the server's codes.
pub(super) const CODES: &[(Code, &str, &str)] = &[
    (
        Code::MalformedJson,
        "The body is no JSON, or JSON that readers understand differently: a key twice, deeper than 64, half a surrogate pair, bytes that are no UTF-8.",
        "Mend the text where the fault points to.",
    ),
    (
        Code::UnknownField,
        "The body has a field that this request does not know; often a typing error.",
        "Take the field out, or spell it as the documentation does.",
    ),
    (
        Code::UnknownParameter,
        "The query has a parameter that this list does not know.",
        "Take the parameter out; `vitae docs` lists the flags of each command.",
    ),
    (
        Code::InvalidParameter,
        "A parameter or header has a value that it cannot have, such as a sort key that does not exist.",
        "Use one of the values that the fault names.",
    ),
    (
        Code::InvalidCursor,
        "A cursor belongs to the filters and the order it came with; it is damaged, or these were changed.",
        "Start again from the first page.",
    ),
    (
        Code::InvalidHost,
        "The request's Host header is missing, doubled or malformed, or names a host that this server does not answer for. That stops web pages from reaching a server on this machine through a name of their own (DNS rebinding).",
        "Start the server with `--public-host NAME` for each name under which a proxy passes requests on.",
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
        "E-mail and password do not belong to somebody who may log in. The server does not say which of it: unknown, wrong, disabled and deleted look alike.",
        "Check both and the server; an administrator can give a new password with `vitae users set-password`.",
    ),
    (
        Code::InvalidRefreshToken,
        "The login has ended: it was not used for 30 days, is older than 90, was ended elsewhere, or a copy of it was used.",
        "Log in again. If nobody should have had a copy, look at `vitae audit list --action auth.`.",
    ),
    (
        Code::Forbidden,
        "Your role does not allow this, whatever it is done to.",
        "Ask an administrator for the role that may; `vitae doctor` says which one you have.",
    ),
    (
        Code::PasswordChangeRequired,
        "The account still has the password that was generated for it. Until it is changed, only the own profile, the change of the password and logout are allowed.",
        "Change it with `vitae auth password`, or in the console, which asks at once.",
    ),
    (
        Code::NotFound,
        "There is no such thing, or you may not see it: the answer is the same.",
        "Check the id; `list --deleted include` shows what you may see.",
    ),
    (
        Code::MethodNotAllowed,
        "The address exists, and this method does not.",
        "Use a method that the header Allow names.",
    ),
    (
        Code::EmailTaken,
        "Another person has this e-mail; case and form of its letters do not matter.",
        "Find them with `vitae users get EMAIL`, or take another address.",
    ),
    (
        Code::ExternalIdTaken,
        "Another person who is not deleted has this external id.",
        "Find them with `vitae users list --external-id ID`, then choose another id or change theirs.",
    ),
    (Code::IdTaken, "The id is in use.", "Repeat the command; it gets a new id."),
    (
        Code::LastAdmin,
        "The last active administrator cannot be deleted, disabled or given another role.",
        "Make another active person an administrator first.",
    ),
    (
        Code::OwnerDeleted,
        "The owner of the resume is deleted.",
        "Bring them back with `vitae users restore` first.",
    ),
    (Code::Deleted, "It is deleted, and what is deleted does not change.", "Restore it first."),
    (
        Code::NotDeleted,
        "It is not deleted, and only deleted resumes are purged: a purge cannot be undone.",
        "Delete it first, then purge it.",
    ),
    (
        Code::PreconditionFailed,
        "Somebody changed it after you read it; nothing was overwritten.",
        "Read it again, then repeat the change on what is there now.",
    ),
    (Code::BodyTooLarge, "A body may have 1 MiB.", "Take large texts or images out, or send less at once."),
    (Code::UriTooLong, "An address may have 4 KiB.", "Use fewer or shorter filters."),
    (Code::UnsupportedMediaType, "The body's media type is not taken here.", "Send application/json."),
    (
        Code::ValidationFailed,
        "A value does not fit its field.",
        "Mend what the faults name; all of them are listed.",
    ),
    (
        Code::DocumentInvalid,
        "A known field of JSON Resume has the wrong kind of value, or a date that is none. Unknown fields are allowed.",
        "Mend what the faults point to.",
    ),
    (
        Code::IdempotencyKeyReused,
        "The same idempotency key was sent with another request before.",
        "Use a new key for a new request.",
    ),
    (
        Code::QuotaExceeded,
        "The change would exceed a quota: bytes, resumes or revisions of one person, or of all people. The error names the quota, its limit and what is used. Deleted resumes count until they are purged.",
        "Delete and purge what is no longer needed, or have the operator raise the quota.",
    ),
    (
        Code::PreconditionRequired,
        "A change has to say which version it is based on.",
        "Send If-Match with the ETag that was read.",
    ),
    (
        Code::RateLimited,
        "Too many logins failed: of this account from unknown devices, from this address, or in total. A device that has logged in to the account before has limits of its own.",
        "Wait as long as the error says, log in from a device that was logged in before, or have the operator run `vitaed unlock EMAIL`.",
    ),
    (Code::HeadersTooLarge, "There are too many headers, or they are too long.", "Send fewer."),
    (
        Code::Internal,
        "The server has a fault.",
        "Look for the request id in the server's log, and report it.",
    ),
    (
        Code::Unavailable,
        "A part of the server does not answer.",
        "Repeat the command in a moment; `vitae doctor` says which part it is.",
    ),
    (Code::Timeout, "The answer did not come in time.", "Repeat the command, or allow it more --timeout."),
    (
        Code::StorageFull,
        "The server's disk is full; reading still works.",
        "Free space on it, then repeat the command.",
    ),
];

/// Of exit codes.
pub(super) const EXITS: &[(u8, &str, &str)] = &[
    (exit::DONE, "All is done, or the reader of the output has gone.", "Nothing."),
    (exit::FAILED, "It failed for a reason that has no code of its own.", "Do what the error says is next."),
    (exit::USAGE, "The command itself is wrong.", "See --help; nothing was done."),
    (exit::NOT_FOUND, "There is no such person, resume or profile.", "Check the name or id."),
    (
        exit::NOT_LOGGED_IN,
        "Nobody is logged in, or the login was refused.",
        "Log in with `vitae login`, or set VITAE_TOKEN.",
    ),
    (exit::FORBIDDEN, "Your role does not allow it.", "Ask an administrator."),
    (
        exit::CONFLICT,
        "The state of the object forbids it: it was changed meanwhile, is deleted, or a name is taken.",
        "Read it again, then decide.",
    ),
    (exit::INVALID_INPUT, "The input was refused.", "Mend what the faults name."),
    (exit::RATE_LIMITED, "There were too many requests.", "Wait, then repeat the command."),
    (
        exit::UNREACHABLE,
        "No answer came from the server, or a part of it is down.",
        "Start it with `vitaed serve`, or choose another with --server; `vitae doctor` looks closer.",
    ),
    (
        exit::SOME_FAILED,
        "Some of many were refused; the rest is done.",
        "Mend what the errors name, then repeat those.",
    ),
    (exit::INTERRUPTED, "Ended by ctrl-C.", "Repeat the command; changes that were sent are made once."),
    (exit::TERMINATED, "Ended by SIGTERM.", "Repeat the command; changes that were sent are made once."),
];
