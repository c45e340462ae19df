//! The first administrator.

use std::sync::Arc;

use secrecy::{ExposeSecret as _, SecretString};
use vitae_contracts_core::{UserId, limits};
use vitae_contracts_services::users::v1::{CreateUserRequest, Deleted, ListUsersRequest, Role, Status};
use vitae_server_common::{Caller, Refusal};

use crate::{Auth, logins};

/// The first administrator could not be made.
#[derive(Debug, thiserror::Error)]
#[error("the administrator {email} could not be made")]
pub struct BootstrapFailed {
    /// The e-mail that was asked for.
    email: String,
    /// Why.
    source: Refusal,
}

impl Auth {
    /// Whether nobody could administer the system: no active admin has a password.
    pub async fn lacks_administrator(&self) -> Result<bool, Refusal> {
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
                .map_err(|status| Refusal::from(&status))?
                .into_inner();
            for id in page.users.iter().filter_map(|user| user.id.parse().ok()) {
                if self.store.password(id)?.is_some() {
                    return Ok(false);
                }
            }
            if page.next_page_token.is_empty() {
                return Ok(true);
            }
            token = page.next_page_token;
        }
    }

    /// Makes an administrator who can log in with this password.
    ///
    /// An active one of this e-mail who has no password yet gets this one.
    pub async fn make_administrator(
        &self,
        email: &str,
        password: &SecretString,
    ) -> Result<(), BootstrapFailed> {
        self.try_make_administrator(email, password)
            .await
            .map_err(|source| BootstrapFailed { email: email.to_owned(), source })
    }

    async fn try_make_administrator(&self, email: &str, password: &SecretString) -> Result<(), Refusal> {
        let caller = Caller::system();
        logins::check_password(password.expose_secret())?;
        let phc = self.hash(password.expose_secret().to_owned()).await?;
        let by = vitae_contracts_services::users::v1::resolve_account_request::By::Email(email.to_owned());
        if let Some(account) = self.resolve(&caller, by).await?
            && account.role() == Role::Admin
            && account.status() == Status::Active
            && let Ok(id) = account.user_id.parse()
        {
            return self.store.create_credential(&caller, id, phc, true).await.map(drop);
        }
        let id = UserId::new();
        self.store.create_credential(&caller, id, phc, false).await?;
        let user = CreateUserRequest {
            id: id.to_string(),
            email: email.to_owned(),
            name: "Administrator".to_owned(),
            role: Role::Admin.into(),
        };
        let request = Arc::new(caller).attach(user);
        self.users.clone().create_user(request).await.map(drop).map_err(|status| Refusal::from(&status))
    }
}
