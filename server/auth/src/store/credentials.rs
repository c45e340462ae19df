//! Passwords: chosen ones, and generated ones that must be changed.

use tokio::sync::watch;
use vitae_contracts_core::{Code, SessionId, UserId, subjects};
use vitae_contracts_services::auth::v1::{CreateCredentialResponse, SetPasswordResponse};
use vitae_server_common::store::idempotent;
use vitae_server_common::{Caller, ServiceError};

use super::{AuthEventDetails, AuthStore, Credential, record, revoke, rows, throttles};

/// The origin of a first password.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct FirstPassword {
    /// Whether the person is known to exist.
    pub(crate) is_confirmed: bool,
    /// Whether it was generated and must be changed.
    pub(crate) is_generated: bool,
}

/// The state of the generated passwords.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GeneratedPasswords {
    /// At least one has not been changed.
    InUse,
    /// All have been changed.
    Changed,
}

impl AuthStore {
    pub(crate) fn credential(&self, user: UserId) -> Result<Option<Credential>, ServiceError> {
        self.store.read(|connection| Ok(rows::credential(connection, user)?))
    }

    /// Stores a first password; it is unconfirmed until the person is known to exist.
    pub(crate) async fn create_credential(
        &self,
        caller: &Caller,
        user: UserId,
        phc: String,
        first: FirstPassword,
    ) -> Result<CreateCredentialResponse, ServiceError> {
        let (caller, now, daily) = (caller.clone(), self.clock.now(), self.daily);
        self.store
            .write(move |connection| {
                idempotent(connection, &caller, now, daily, || {
                    if rows::credential(connection, user)?.is_some() {
                        return Err(ServiceError::new(
                            Code::IdTaken,
                            format!("user {user} already has a password"),
                        ));
                    }
                    rows::put_password(connection, user, &phc, now)?;
                    if first.is_confirmed {
                        rows::confirm(connection, user)?;
                    }
                    if first.is_generated {
                        rows::require_change(connection, user)?;
                    }
                    record(
                        connection,
                        &caller,
                        now,
                        &AuthEventDetails::credential(subjects::CREDENTIAL_CREATED, user),
                    )?;
                    Ok(CreateCredentialResponse { user_id: user.to_string() })
                })
            })
            .await
    }

    /// Replaces the password of an existing person, and ends their sessions except one.
    pub(crate) async fn set_password(
        &self,
        caller: &Caller,
        user: UserId,
        phc: String,
        except: Option<SessionId>,
    ) -> Result<SetPasswordResponse, ServiceError> {
        let (caller, now, daily) = (caller.clone(), self.clock.now(), self.daily.essential());
        let set = self
            .store
            .write_essential(move |connection| {
                idempotent(connection, &caller, now, daily, || {
                    let known = rows::credential(connection, user)?.is_some();
                    rows::put_password(connection, user, &phc, now)?;
                    rows::confirm(connection, user)?;
                    let subject =
                        if known { subjects::CREDENTIAL_CHANGED } else { subjects::CREDENTIAL_CREATED };
                    record(connection, &caller, now, &AuthEventDetails::credential(subject, user))?;
                    if except.is_none() {
                        // A reset by an administrator: devices that logged in with the old password are no longer known.
                        throttles::delete_devices(connection, user)?;
                    }
                    let mut ended = rows::live_sessions(connection, user, now)?;
                    ended.retain(|session| Some(session.id) != except);
                    revoke(connection, &caller, now, user, &ended, "password")?;
                    Ok(SetPasswordResponse {})
                })
            })
            .await;
        self.passwords_set.send_modify(|count| *count += 1);
        set
    }

    /// Returns the state of the generated passwords; `None` if none was ever generated.
    pub(crate) fn generated(&self) -> Result<Option<GeneratedPasswords>, ServiceError> {
        self.store.read(|connection| Ok(rows::generated(connection)?))
    }

    /// Returns a receiver that changes with every password set from now on.
    pub(crate) fn passwords_set(&self) -> watch::Receiver<u64> {
        self.passwords_set.subscribe()
    }
}
