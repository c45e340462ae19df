//! The stored form of a login.

use std::borrow::Cow;
use std::fmt;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use vitae_contracts_core::{SessionId, Timestamp, UserId};
use vitae_contracts_gateway::Tokens;

use super::{StoreError, StoreErrorKind};

/// An access token is refreshed when it expires within this time.
const EXPIRY_MARGIN: Duration = Duration::from_secs(30);
/// The minimum validity of an access token at the start of a stream of lines, out of 10 minutes.
const STREAM_LIFETIME: Duration = Duration::from_mins(8);

/// A login: its tokens and their validity. `Debug` shows no token.
///
/// Its text form is one line of JSON, `{"v":1,"refresh_token","access_token","expires_at", "session_id"}`,
/// with `expires_at` in RFC 3339. During a refresh there is an `"exchange_key"`, too: if the refreshing
/// process was killed, another one repeats the exchange with this key and gets the same tokens.
/// `"password_change_required":true` marks an account whose generated first password must be changed.
#[derive(Clone)]
pub struct StoredLogin {
    access_token: SecretString,
    refresh_token: Option<SecretString>,
    expires_at: Option<Timestamp>,
    session_id: Option<SessionId>,
    exchange_key: Option<SecretString>,
    password_change_required: bool,
}

#[derive(Serialize, Deserialize)]
struct StoredFields<'a> {
    v: u32,
    #[serde(default, skip_serializing_if = "Option::is_none", borrow)]
    refresh_token: Option<Cow<'a, str>>,
    #[serde(borrow)]
    access_token: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    session_id: Option<SessionId>,
    #[serde(default, skip_serializing_if = "Option::is_none", borrow)]
    exchange_key: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    password_change_required: bool,
}

/// The claims of an access token (RFC 9068). They are not verified here.
#[derive(Default, Deserialize)]
struct Claims {
    exp: Option<i64>,
    sid: Option<SessionId>,
    sub: Option<UserId>,
    #[serde(default)]
    pcr: bool,
}

impl StoredLogin {
    /// Creates a login from an access token alone; it ends with the token.
    ///
    /// ```
    /// use vitae_sdk::StoredLogin;
    ///
    /// let login = StoredLogin::from_access_token("eyJhbGciOi…".to_owned().into());
    /// assert!(login.refresh_token().is_none());
    /// ```
    pub fn from_access_token(token: SecretString) -> Self {
        let claims = claims(&token);
        Self {
            access_token: token,
            refresh_token: None,
            expires_at: claims.exp.map(at_second),
            session_id: claims.sid,
            exchange_key: None,
            password_change_required: claims.pcr,
        }
    }

    /// Parses the text form.
    ///
    /// ```
    /// use vitae_sdk::StoredLogin;
    ///
    /// let login = StoredLogin::from_text(
    ///     r#"{"v":1,"refresh_token":"vr1_x","access_token":"y","expires_at":"2026-11-22T09:30:00.000Z"}"#,
    /// )?;
    /// assert_eq!(login.expires_at().unwrap().to_string(), "2026-11-22T09:30:00.000Z");
    /// # Ok::<(), vitae_sdk::StoreError>(())
    /// ```
    pub fn from_text(text: &str) -> Result<Self, StoreError> {
        // The parser's message can quote the text, which is secret: it is dropped.
        let entry: StoredFields<'_> =
            serde_json::from_str(text).map_err(|_| damaged("the stored login has an unknown format"))?;
        if entry.v != 1 {
            let what = format!("the stored login has version {}, expected 1", entry.v);
            return Err(damaged(&what));
        }
        Ok(Self {
            access_token: entry.access_token.into_owned().into(),
            refresh_token: entry.refresh_token.map(|token| token.into_owned().into()),
            expires_at: entry.expires_at,
            session_id: entry.session_id,
            exchange_key: entry.exchange_key.map(|key| key.into_owned().into()),
            password_change_required: entry.password_change_required,
        })
    }

    /// Returns the text form.
    ///
    /// ```
    /// use vitae_sdk::{ExposeSecret, StoredLogin};
    ///
    /// let login = StoredLogin::from_access_token("y".to_owned().into());
    /// assert_eq!(login.to_text().expose_secret(), r#"{"v":1,"access_token":"y"}"#);
    /// ```
    #[expect(clippy::missing_panics_doc, reason = "it cannot: strings and numbers are always JSON")]
    pub fn to_text(&self) -> SecretString {
        serde_json::to_string(&StoredFields {
            v: 1,
            refresh_token: self.refresh_token.as_ref().map(|token| token.expose_secret().into()),
            access_token: self.access_token.expose_secret().into(),
            expires_at: self.expires_at,
            session_id: self.session_id,
            exchange_key: self.exchange_key.as_ref().map(|key| key.expose_secret().into()),
            password_change_required: self.password_change_required,
        })
        .expect("strings and numbers are always JSON")
        .into()
    }

    /// The token sent with requests.
    pub fn access_token(&self) -> &SecretString {
        &self.access_token
    }

    /// The token that gets the next access token, once; `None` for a login that cannot be refreshed.
    pub fn refresh_token(&self) -> Option<&SecretString> {
        self.refresh_token.as_ref()
    }

    /// The end of the access token, by this machine's clock.
    pub fn expires_at(&self) -> Option<Timestamp> {
        self.expires_at
    }

    /// The id of the session at the server.
    ///
    /// ```
    /// use vitae_sdk::StoredLogin;
    ///
    /// let login = StoredLogin::from_access_token("opaque".to_owned().into());
    /// assert_eq!((login.session_id(), login.user_id(), login.expires_at()), (None, None, None));
    /// ```
    pub fn session_id(&self) -> Option<SessionId> {
        self.session_id
    }

    /// The id of the user, from the access token.
    pub fn user_id(&self) -> Option<UserId> {
        claims(&self.access_token).sub
    }

    /// Whether the account's generated first password must be changed before anything else.
    ///
    /// ```
    /// use vitae_sdk::StoredLogin;
    ///
    /// let login = StoredLogin::from_text(r#"{"v":1,"access_token":"y","password_change_required":true}"#)?;
    /// assert!(login.password_change_required());
    /// # Ok::<(), vitae_sdk::StoreError>(())
    /// ```
    pub fn password_change_required(&self) -> bool {
        self.password_change_required
    }

    /// Creates a login from a new response of the server.
    pub(crate) fn from_tokens(tokens: Tokens) -> Self {
        let access_token = SecretString::from(tokens.access_token);
        let session_id = claims(&access_token).sid;
        // By this machine's clock: the token's `exp` is by the server's, which may differ.
        let lasts = Duration::from_secs(tokens.expires_in.into());
        Self {
            access_token,
            refresh_token: Some(tokens.refresh_token.into()),
            expires_at: Some(now().plus(lasts)),
            session_id,
            exchange_key: None,
            password_change_required: tokens.password_change_required,
        }
    }

    /// The key that makes a refresh of this login repeatable, if one has started.
    pub(crate) fn exchange_key(&self) -> Option<&SecretString> {
        self.exchange_key.as_ref()
    }

    /// Returns the login with the key of a refresh that has started.
    pub(crate) fn with_exchange_key(mut self, key: SecretString) -> Self {
        self.exchange_key = Some(key);
        self
    }

    /// Whether the access token can be used without a refresh.
    ///
    /// Always true for a login that cannot be refreshed: the server, not our clock, decides when it ends.
    pub(crate) fn is_fresh(&self) -> bool {
        match self.expires_at {
            Some(end) if self.refresh_token.is_some() => now().plus(EXPIRY_MARGIN) < end,
            _ => true,
        }
    }

    /// Whether the access token is valid for long enough to start a stream of lines.
    ///
    /// Such a stream ends with its token.
    pub(crate) fn outlasts_stream(&self) -> bool {
        match self.expires_at {
            Some(end) if self.refresh_token.is_some() => now().plus(STREAM_LIFETIME) < end,
            _ => true,
        }
    }

    /// Whether both logins have the same tokens.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let refresh = |login: &Self| {
            let token = login.refresh_token.as_ref();
            token.map(|token| token.expose_secret().to_owned())
        };
        refresh(self) == refresh(other)
            && self.access_token.expose_secret() == other.access_token.expose_secret()
    }
}

impl fmt::Debug for StoredLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredLogin")
            .field("expires_at", &self.expires_at.map(|at| at.to_string()))
            .field("session_id", &self.session_id)
            .finish_non_exhaustive()
    }
}

fn now() -> Timestamp {
    SystemTime::now().into()
}

fn at_second(second: i64) -> Timestamp {
    Timestamp::from_millis(second.saturating_mul(1000))
}

/// Returns the unverified claims of a JWT (RFC 7519, section 3); none for other texts.
fn claims(token: &SecretString) -> Claims {
    let payload = token.expose_secret().split('.').nth(1);
    payload
        .and_then(|payload| BASE64_URL_SAFE_NO_PAD.decode(payload).ok())
        .and_then(|json| serde_json::from_slice(&json).ok())
        .unwrap_or_default()
}

fn damaged(what: &str) -> StoreError {
    StoreError::new(StoreErrorKind::Damaged, what, "log out, then log in again")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"{"v":1,"refresh_token":"vr1_secret","access_token":"a.b.c","expires_at":"2026-11-22T09:30:00.000Z","session_id":"0199c2f0-1b2a-7c3d-8e4f-5a6b7c8d9e0f"}"#;

    #[test]
    fn text_form_round_trips() {
        let login = StoredLogin::from_text(TEXT).unwrap();
        assert_eq!(login.to_text().expose_secret(), TEXT);
    }

    #[test]
    fn errors_do_not_quote_the_stored_text() {
        for text in [
            "vr1_secret",
            "\"vr1_secret\"",
            r#"{"v":2,"access_token":"vr1_secret"}"#,
            r#"{"v":1,"access_token":"a","expires_at":"vr1_secret"}"#,
            r#"{"v":1,"access_token":"a","session_id":"vr1_secret"}"#,
        ] {
            let error = StoredLogin::from_text(text).unwrap_err();
            assert_eq!(error.kind(), StoreErrorKind::Damaged);
            let shown = format!("{error} {error:?}");
            assert!(!shown.contains("vr1_secret"), "{shown}");
        }
        let shown = format!("{:?}", StoredLogin::from_text(TEXT).unwrap());
        assert!(!shown.contains("vr1_secret") && !shown.contains("a.b.c"));
    }

    #[test]
    fn claims_of_the_access_token_are_read() {
        let claims = BASE64_URL_SAFE_NO_PAD.encode(
            r#"{"exp":1795339800,"sid":"0199c2f0-1b2a-7c3d-8e4f-5a6b7c8d9e0f","sub":"0199c2f0-1b2a-7c3d-8e4f-5a6b7c8d9e01","role":"admin"}"#,
        );
        let login = StoredLogin::from_access_token(format!("e30.{claims}.c2ln").into());
        assert_eq!(login.expires_at().unwrap().to_string(), "2026-11-22T09:30:00.000Z");
        assert!(login.session_id().is_some() && login.user_id().is_some());
        for opaque in ["", "abc", "a.b.c", "a.e30.c"] {
            let login = StoredLogin::from_access_token(opaque.to_owned().into());
            assert_eq!(login.expires_at(), None, "{opaque}");
            assert!(login.is_fresh());
        }
    }
}
