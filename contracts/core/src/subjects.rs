//! Subjects of events: service, object, what happened to it.

/// A person was created.
pub const USER_CREATED: &str = "users.user.created";
/// A person's name, e-mail or role changed.
pub const USER_UPDATED: &str = "users.user.updated";
/// A person may no longer log in.
pub const USER_DISABLED: &str = "users.user.disabled";
/// A person may log in again.
pub const USER_ENABLED: &str = "users.user.enabled";
/// A person was deleted.
pub const USER_DELETED: &str = "users.user.deleted";
/// A deleted person is back.
pub const USER_RESTORED: &str = "users.user.restored";
/// A person got their first password.
pub const CREDENTIAL_CREATED: &str = "auth.credential.created";
/// A person's password was replaced.
pub const CREDENTIAL_CHANGED: &str = "auth.credential.changed";
/// A login succeeded.
pub const SESSION_CREATED: &str = "auth.session.created";
/// One or more sessions ended before their time.
pub const SESSION_REVOKED: &str = "auth.session.revoked";
/// A login failed.
pub const LOGIN_FAILED: &str = "auth.login.failed";
/// Login attempts were rejected without a check of the password, because too many had failed.
pub const LOGIN_THROTTLED: &str = "auth.login.throttled";
/// A login was admitted because the operator had unlocked the account.
pub const LOGIN_UNLOCKED: &str = "auth.login.unlocked";
/// A change of one's own password failed: the current password was wrong, or attempts were throttled.
pub const PASSWORD_CHANGE_FAILED: &str = "auth.credential.change_failed";
/// A resume was created.
pub const RESUME_CREATED: &str = "resumes.resume.created";
/// A resume's title, tags or document changed.
pub const RESUME_UPDATED: &str = "resumes.resume.updated";
/// A resume was deleted.
pub const RESUME_DELETED: &str = "resumes.resume.deleted";
/// A deleted resume is back.
pub const RESUME_RESTORED: &str = "resumes.resume.restored";
/// A deleted resume was removed for good, with all its revisions.
pub const RESUME_PURGED: &str = "resumes.resume.purged";
/// An export of documents began.
pub const EXPORT_STARTED: &str = "resumes.export.started";
/// Access was denied to a person whose role does not allow it, once or more often.
pub const ACCESS_DENIED: &str = "auth.access.denied";
