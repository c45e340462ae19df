//! Subjects of events: service, object and verb, such as `users.user.created`.

/// A person was created.
pub const USER_CREATED: &str = "users.user.created";
/// A person's name, e-mail or role changed.
pub const USER_UPDATED: &str = "users.user.updated";
/// A person was disabled and may no longer log in.
pub const USER_DISABLED: &str = "users.user.disabled";
/// A disabled person was enabled and may log in again.
pub const USER_ENABLED: &str = "users.user.enabled";
/// A person was deleted.
pub const USER_DELETED: &str = "users.user.deleted";
/// A deleted person was restored.
pub const USER_RESTORED: &str = "users.user.restored";
/// A person's first password was set.
pub const CREDENTIAL_CREATED: &str = "auth.credential.created";
/// A person's password was replaced.
pub const CREDENTIAL_CHANGED: &str = "auth.credential.changed";
/// A login succeeded.
pub const SESSION_CREATED: &str = "auth.session.created";
/// One or more sessions were ended before they expired.
pub const SESSION_REVOKED: &str = "auth.session.revoked";
/// A login failed.
pub const LOGIN_FAILED: &str = "auth.login.failed";
/// Login attempts were rejected without checking the password, because too many had failed.
pub const LOGIN_THROTTLED: &str = "auth.login.throttled";
/// A login was allowed because the operator had unlocked the account.
pub const LOGIN_UNLOCKED: &str = "auth.login.unlocked";
/// A person failed to change their own password: the current password was wrong, or attempts were throttled.
pub const PASSWORD_CHANGE_FAILED: &str = "auth.credential.change_failed";
/// A resume was created.
pub const RESUME_CREATED: &str = "resumes.resume.created";
/// A resume's title, tags or document changed.
pub const RESUME_UPDATED: &str = "resumes.resume.updated";
/// A resume was deleted.
pub const RESUME_DELETED: &str = "resumes.resume.deleted";
/// A deleted resume was restored.
pub const RESUME_RESTORED: &str = "resumes.resume.restored";
/// A deleted resume was permanently removed, with all its revisions.
pub const RESUME_PURGED: &str = "resumes.resume.purged";
/// An export of documents began.
pub const EXPORT_STARTED: &str = "resumes.export.started";
/// Access was denied, one or more times, to a person whose role does not allow it.
pub const ACCESS_DENIED: &str = "auth.access.denied";
