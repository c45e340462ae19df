//! Bodies and logins as a server could send them.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use vitae_contracts_core::Timestamp;

use crate::retry::Retry;
use crate::store::StoredLogin;

/// The id in [`user`].
pub const USER: &str = "0199c2f0-1b2a-7c3d-8e4f-5a6b7c8d9e01";
/// The id in [`resume`] and [`summary`].
pub const RESUME: &str = "0199c2f0-1b2a-7c3d-8e4f-5a6b7c8d9e02";
/// The id in [`session`].
pub const SESSION: &str = "0199c2f0-1b2a-7c3d-8e4f-5a6b7c8d9e03";
/// The time in all of them.
pub const AT: &str = "2026-11-22T09:30:00.000Z";

/// Three attempts with a first wait of at most 1 ms.
pub fn quick() -> Retry {
    Retry::new().first_wait(Duration::from_millis(1))
}

/// The login `access-<name>`, `refresh-<name>`, whose access token ends in this many seconds.
pub fn login(name: &str, seconds: u64) -> StoredLogin {
    let end = Timestamp::from(SystemTime::now()).plus(Duration::from_secs(seconds));
    let text = json!({
        "v": 1,
        "refresh_token": format!("refresh-{name}"),
        "access_token": format!("access-{name}"),
        "expires_at": end,
    });
    StoredLogin::from_text(&text.to_string()).expect("the form is the one that is read")
}

/// A response of login and refresh: `access-<name>`, `refresh-<name>`, valid for ten minutes.
pub fn tokens(name: &str) -> Value {
    json!({
        "access_token": format!("access-{name}"),
        "token_type": "Bearer",
        "expires_in": 600,
        "refresh_token": format!("refresh-{name}"),
        "user": user(),
    })
}

/// A person: Ada Lovelace, an administrator.
pub fn user() -> Value {
    json!({
        "id": USER, "email": "ada@example.com", "name": "Ada Lovelace", "role": "admin",
        "status": "active", "version": 7, "created_at": AT, "updated_at": AT, "deleted_at": null,
    })
}

/// A resume of Ada Lovelace with its document, in this revision.
pub fn resume(revision: u64) -> Value {
    let mut resume = summary(revision);
    resume["created_at"] = json!(AT);
    resume["document"] = json!({"basics": {"name": "Ada"}});
    resume
}

/// A resume as lists have it.
pub fn summary(revision: u64) -> Value {
    json!({
        "id": RESUME, "title": "Ada", "owner": {"id": USER, "name": "Ada Lovelace"},
        "tags": ["london"], "revision": revision, "updated_at": AT, "deleted_at": null,
    })
}

/// A revision of the resume, with its document.
pub fn revision(number: u64) -> Value {
    json!({
        "revision": number, "kind": "updated", "author": {"id": USER, "name": "Ada Lovelace"},
        "at": AT, "reason": null, "title": "Ada", "tags": ["london"],
        "document": {"basics": {"name": "Ada"}},
    })
}

/// A session of Ada Lovelace.
pub fn session() -> Value {
    json!({
        "id": SESSION, "created_at": AT, "last_used_at": AT, "expires_at": AT,
        "client": "vitae-sdk/0.1.0", "address": "127.0.0.1", "current": true,
    })
}

/// An entry of the audit record.
pub fn entry() -> Value {
    json!({
        "sequence": 1, "event_id": "0199c2f0-1b2a-7c3d-8e4f-5a6b7c8d9e04", "at": AT,
        "action": "users.user.created", "actor": {"kind": "user", "id": USER, "session_id": SESSION},
        "object": {"type": "user", "id": USER, "version": 1}, "request_id": "the-request",
        "client_address": "127.0.0.1", "user_agent": "vitae-sdk/0.1.0", "changes": [],
    })
}

/// A page of these objects, the last of its list.
///
/// ```
/// use vitae_sdk::mock::{entry, page, resume, revision, session, summary, tokens, user};
///
/// let audit = page(&[entry()]);
/// let people = page(&[user()]);
/// let mut next = page(&[summary(1), summary(2)]);
/// next["next_cursor"] = "more".into();
/// let others = [resume(3), revision(3), session(), tokens("1")];
/// ```
pub fn page(items: &[Value]) -> Value {
    json!({"items": items, "next_cursor": null, "prev_cursor": null})
}
