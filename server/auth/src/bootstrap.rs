//! The first administrator.

use std::sync::Arc;

use secrecy::{ExposeSecret as _, SecretString};
use vitae_contracts_core::{UserId, limits};
use vitae_contracts_services::users::v1::{CreateUserRequest, Deleted, ListUsersRequest, Role, Status};
use vitae_server_common::{Caller, ServiceError};

use crate::Auth;
use crate::password_rules::PasswordOwner;
use crate::store::{FirstPassword, GeneratedPasswords};

/// The name of the first administrator.
const NAME: &str = "Administrator";

/// The first administrator could not be created.
#[derive(Debug, thiserror::Error)]
#[error("the administrator {email} could not be created")]
pub struct BootstrapFailed {
    /// The requested e-mail.
    email: String,
    /// The cause.
    source: ServiceError,
}

impl BootstrapFailed {
    /// Returns the rule that the password breaks, if that is the cause.
    pub fn rejected_password(&self) -> Option<&str> {
        let violation = self.source.violations.iter().find(|violation| violation.pointer == "/password");
        violation.map(|violation| violation.message.as_str())
    }
}

impl Auth {
    /// Returns whether the system has no active administrator with a password.
    pub async fn lacks_administrator(&self) -> Result<bool, ServiceError> {
        let mut token = String::new();
        loop {
            let request = ListUsersRequest {
                page_size: limits::PAGE.cast_signed(),
                page_token: token,
                role: Role::Admin.into(),
                status: Status::Active.into(),
                deleted: Deleted::Exclude.into(),
                ..ListUsersRequest::default()
            };
            let request = Arc::new(Caller::system()).attach(request);
            let page = self
                .users
                .clone()
                .list_users(request)
                .await
                .map_err(|status| ServiceError::from(&status))?
                .into_inner();
            for id in page.users.iter().filter_map(|user| user.id.parse().ok()) {
                if self.store.credential(id)?.is_some() {
                    return Ok(false);
                }
            }
            if page.next_page_token.is_empty() {
                return Ok(true);
            }
            token = page.next_page_token;
        }
    }

    /// Creates an administrator who can log in with this password.
    ///
    /// If an active administrator with this e-mail has no password yet, sets this one instead.
    pub async fn create_administrator(
        &self,
        email: &str,
        password: &SecretString,
    ) -> Result<(), BootstrapFailed> {
        self.try_create_administrator(email, password, false)
            .await
            .map_err(|source| BootstrapFailed { email: email.to_owned(), source })
    }

    /// As [`Auth::create_administrator`], with a generated password, which must be changed before any other request.
    pub async fn create_administrator_with_generated_password(
        &self,
        email: &str,
        password: &SecretString,
    ) -> Result<(), BootstrapFailed> {
        self.try_create_administrator(email, password, true)
            .await
            .map_err(|source| BootstrapFailed { email: email.to_owned(), source })
    }

    /// Waits until every generated password has been changed; `false` if none was ever generated.
    ///
    /// A file with a generated password can then be removed. Data directories of earlier versions
    /// do not tell which password was generated.
    pub async fn generated_passwords_changed(&self) -> Result<bool, ServiceError> {
        let mut set = self.store.passwords_set();
        loop {
            match self.store.generated()? {
                None => return Ok(false),
                Some(GeneratedPasswords::Changed) => return Ok(true),
                // The sender lives as long as the store.
                Some(GeneratedPasswords::InUse) => drop(set.changed().await),
            }
        }
    }

    async fn try_create_administrator(
        &self,
        email: &str,
        password: &SecretString,
        is_generated: bool,
    ) -> Result<(), ServiceError> {
        let caller = Caller::system();
        let owner = PasswordOwner { email: email.to_owned(), name: NAME.to_owned() };
        let phc = self.hash_new(password.expose_secret().to_owned(), owner).await?;
        let by = vitae_contracts_services::users::v1::resolve_account_request::By::Email(email.to_owned());
        if let Some(account) = self.resolve(&caller, by).await?
            && account.role() == Role::Admin
            && account.status() == Status::Active
            && let Ok(id) = account.user_id.parse()
        {
            let first = FirstPassword { is_confirmed: true, is_generated };
            return self.store.create_credential(&caller, id, phc, first).await.map(drop);
        }
        let id = UserId::new();
        let first = FirstPassword { is_confirmed: false, is_generated };
        self.store.create_credential(&caller, id, phc, first).await?;
        let user = CreateUserRequest {
            id: id.to_string(),
            email: email.to_owned(),
            name: NAME.to_owned(),
            role: Role::Admin.into(),
            ..CreateUserRequest::default()
        };
        let request = Arc::new(caller).attach(user);
        self.users.clone().create_user(request).await.map(drop).map_err(|status| ServiceError::from(&status))
    }
}
