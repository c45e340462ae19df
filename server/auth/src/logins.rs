//! Login, refresh, logout.

use std::sync::Arc;

use vitae_contracts_core::{Code, UserId, limits, normalize_password};
use vitae_contracts_services::auth::v1::{LoginRequest, Tokens};
use vitae_contracts_services::users::v1::resolve_account_request::By;
use vitae_contracts_services::users::v1::{Account, GetUserRequest, ResolveAccountRequest, Role, Status};
use vitae_server_common::{Caller, Claims, Principal, ServiceError};

use crate::Auth;
use crate::password_rules::{self, PasswordOwner};
use crate::refresh_token::{self, ExchangeKey, RefreshToken};
use crate::store::{Rotation, Seal, SessionRow, VerifiedLogin};

impl Auth {
    /// Opens a session for the person with this e-mail and password.
    ///
    /// Every rejected login computes one hash, writes once and returns the same error, regardless of the reason.
    pub(crate) async fn login(&self, caller: &Caller, request: LoginRequest) -> Result<Tokens, ServiceError> {
        let LoginRequest { email, password, device_token } = request;
        let (mut attempt, account) = match self.known_device(caller, &email, &device_token).await? {
            Some((hash, account)) => (self.admit_known_device(caller, hash, &account).await?, Some(account)),
            None => {
                let attempt = self.admit_unknown_device(caller, &email).await?;
                (attempt, self.resolve(caller, By::Email(email)).await?)
            }
        };
        let known = account.as_ref().and_then(|account| account.user_id.parse::<UserId>().ok());
        attempt.set_user(known);
        let may_log_in = account.as_ref().is_some_and(|account| account.status() == Status::Active);
        // Repeated if another login has replaced an outdated hash in the meantime.
        for _ in 0..2 {
            let credential = match known.filter(|_| may_log_in) {
                Some(id) => self.store.credential(id)?,
                None => None,
            };
            let phc = credential.as_ref().map(|credential| credential.phc.clone());
            let checked = attempt.check(password.clone(), phc).await?;
            let (Some(account), Some(user), Some(credential), true) =
                (&account, known, credential, checked.is_right())
            else {
                break;
            };
            let token = RefreshToken::generate()?;
            let (version, must_change, phc) = (account.version, credential.must_change, credential.phc);
            let verified = VerifiedLogin { user, version, phc, replacement: checked.into_replacement() };
            let (device, device_token) = attempt.device(device_token.clone())?;
            let opened =
                self.store.open_session(caller, verified, token.hash, device, attempt.unlock()).await?;
            if let Some(session) = opened {
                return Ok(Tokens { device_token, ..self.tokens(&session, account, token, must_change)? });
            }
        }
        attempt.fail().await?;
        Err(ServiceError::new(Code::InvalidCredentials, "e-mail or password is wrong"))
    }

    /// Exchanges a refresh token for the next pair of tokens; a token that was used before ends its session.
    ///
    /// The same token with the same key repeats an exchange whose response was lost.
    pub(crate) async fn refresh(
        &self,
        caller: &Caller,
        token: &str,
        key: Option<ExchangeKey>,
    ) -> Result<Tokens, ServiceError> {
        let ended = || ServiceError::new(Code::InvalidRefreshToken, "the login has ended; log in again");
        if !refresh_token::is_plausible(token) {
            return Err(ended());
        }
        let spent = refresh_token::hash(token);
        let user = self.store.user_of(spent)?.ok_or_else(ended)?;
        let account = self.resolve(caller, By::UserId(user.to_string())).await?;
        let account = account.filter(|account| account.status() == Status::Active).ok_or_else(ended)?;
        let next = RefreshToken::generate()?;
        let seal = key.as_ref().map(|key| Seal { key: key.hash(), sealed_token: key.seal(spent, &next) });
        let rotation = self.store.rotate(caller, spent, next.hash, seal).await?;
        let must_change = self.store.credential(user)?.is_some_and(|credential| credential.must_change);
        match (rotation, key) {
            (Rotation::Continued(session), _) => self.tokens(&session, &account, next, must_change),
            (Rotation::Repeated(session, sealed), Some(key)) => {
                self.tokens(&session, &account, key.open(spent, sealed), must_change)
            }
            (Rotation::Repeated(..), None) | (Rotation::Ended, _) => Err(ended()),
        }
    }

    /// Replaces the caller's own password after a check of the current one.
    pub(crate) async fn change_password(
        &self,
        caller: &Caller,
        current: String,
        password: String,
    ) -> Result<(), ServiceError> {
        let Principal::User { id, session, .. } = caller.principal else {
            return Err(ServiceError::new(Code::Forbidden, "only a person has a password of their own"));
        };
        password_rules::check_length(&password)?;
        let mut attempt = self.admit_password_change(caller, id).await?;
        let credential = self.store.credential(id)?;
        let is_unchanged = normalize_password(&password) == normalize_password(&current);
        let must_change = credential.as_ref().is_some_and(|credential| credential.must_change);
        let phc = credential.map(|credential| credential.phc);
        if !attempt.check(current, phc).await?.is_right() {
            attempt.fail().await?;
            let violation = vitae_server_common::FieldViolation::new(
                "/current_password",
                "expected the current password",
            );
            return Err(ServiceError::invalid(Code::ValidationFailed, vec![violation]));
        }
        drop(attempt);
        if must_change && is_unchanged {
            return Err(password_rules::password_error("expected another password than the generated one"));
        }
        let owner = self.owner(caller, id).await?.ok_or_else(|| ServiceError::not_found("user", id))?;
        let phc = self.hash_new(password, owner).await?;
        self.store.set_password(caller, id, phc, Some(session)).await.map(drop)
    }

    /// Returns the e-mail and name of a person; `None` if there is no such person or they are deleted.
    pub(crate) async fn owner(
        &self,
        caller: &Caller,
        id: UserId,
    ) -> Result<Option<PasswordOwner>, ServiceError> {
        let request = Arc::new(caller.as_system()).attach(GetUserRequest { id: id.to_string() });
        match self.users.clone().get_user(request).await.map(tonic::Response::into_inner) {
            Ok(user) => Ok(user.deleted_at.is_none().then(|| user.into())),
            Err(status) if status.code() == tonic::Code::NotFound => Ok(None),
            Err(status) => Err(ServiceError::from(&status)),
        }
    }

    /// Returns the account of an e-mail or id; `None` if there is none or the person is deleted.
    pub(crate) async fn resolve(&self, caller: &Caller, by: By) -> Result<Option<Account>, ServiceError> {
        let request = Arc::new(caller.as_system()).attach(ResolveAccountRequest { by: Some(by) });
        match self.users.clone().resolve_account(request).await {
            Ok(account) => Ok(Some(account.into_inner())),
            Err(status) if status.code() == tonic::Code::NotFound => Ok(None),
            Err(status) => Err(ServiceError::from(&status)),
        }
    }

    fn tokens(
        &self,
        session: &SessionRow,
        account: &Account,
        refresh: RefreshToken,
        must_change: bool,
    ) -> Result<Tokens, ServiceError> {
        let role = match account.role() {
            Role::Admin => vitae_contracts_core::Role::Admin,
            Role::Editor => vitae_contracts_core::Role::Editor,
            Role::Viewer => vitae_contracts_core::Role::Viewer,
            Role::Member => vitae_contracts_core::Role::Member,
            Role::Unspecified => return Err(internal("the users service returned no role")),
        };
        let mut claims = Claims::new(session.user, session.id, role, account.version, self.clock.now());
        claims.pcr = must_change;
        Ok(Tokens {
            access_token: self.key.sign(&claims).map_err(internal)?,
            expires_in: limits::ACCESS_TOKEN_SECONDS.cast_signed(),
            refresh_token: refresh.text,
            user_id: session.user.to_string(),
            session_id: session.id.to_string(),
            password_change_required: must_change,
            device_token: String::new(),
        })
    }
}

/// Parses the key of an exchange; `None` if it is empty.
pub(crate) fn exchange_key(text: &str) -> Result<Option<ExchangeKey>, ServiceError> {
    if text.is_empty() {
        return Ok(None);
    }
    ExchangeKey::parse(text).map(Some).ok_or_else(|| {
        let violation =
            vitae_server_common::FieldViolation::new("/exchange_key", "expected 43 characters of base64url");
        ServiceError::invalid(Code::ValidationFailed, vec![violation])
    })
}

pub(crate) fn internal(error: impl std::fmt::Display) -> ServiceError {
    tracing::error!(%error, "a login could not be handled");
    ServiceError::new(Code::Internal, "the auth service failed")
}
