//! Login, refresh, logout.

use std::sync::Arc;

use vitae_contracts_core::{Code, UserId, limits};
use vitae_contracts_services::auth::v1::Tokens;
use vitae_contracts_services::users::v1::resolve_account_request::By;
use vitae_contracts_services::users::v1::{Account, ResolveAccountRequest, Role, Status};
use vitae_server_common::{Caller, Claims, Principal, Refusal};

use crate::Auth;
use crate::refresh_token::{self, ExchangeKey, RefreshToken};
use crate::store::{Proven, Rotation, Seal, SessionRow};

impl Auth {
    /// Opens a session for the person of this e-mail and password.
    ///
    /// Whoever may not log in, for whatever reason, costs the same hash, the same write,
    /// and gets the same answer.
    pub(crate) async fn login(
        &self,
        caller: &Caller,
        email: String,
        password: String,
    ) -> Result<Tokens, Refusal> {
        let account = self.resolve(caller, By::Email(email)).await?;
        let known = account.as_ref().and_then(|account| account.user_id.parse::<UserId>().ok());
        let may_log_in = account.as_ref().is_some_and(|account| account.status() == Status::Active);
        let phc = match known.filter(|_| may_log_in) {
            Some(id) => self.store.password(id)?,
            None => None,
        };
        let right = self.passwords.verify(password, phc.clone()).await.map_err(internal)?;
        if let (Some(account), Some(user), Some(phc), true) = (account, known, phc, right) {
            let token = RefreshToken::generate()?;
            let proven = Proven { user, version: account.version, phc };
            if let Some(session) = self.store.open_session(caller, proven, token.hash).await? {
                return self.tokens(&session, &account, token);
            }
        }
        self.store.record_failure(caller, known).await?;
        Err(Refusal::new(Code::InvalidCredentials, "e-mail or password is wrong"))
    }

    /// Spends a refresh token for the next pair; one that was spent ends its session.
    ///
    /// The same token with the same key is the same exchange again: its answer was lost.
    pub(crate) async fn refresh(
        &self,
        caller: &Caller,
        token: &str,
        key: Option<ExchangeKey>,
    ) -> Result<Tokens, Refusal> {
        let ended = || Refusal::new(Code::InvalidRefreshToken, "the login has ended; log in again");
        if !refresh_token::may_be(token) {
            return Err(ended());
        }
        let spent = refresh_token::hash(token);
        let user = self.store.user_of(spent)?.ok_or_else(ended)?;
        let account = self.resolve(caller, By::UserId(user.to_string())).await?;
        let account = account.filter(|account| account.status() == Status::Active).ok_or_else(ended)?;
        let next = RefreshToken::generate()?;
        let seal = key.as_ref().map(|key| Seal { key: key.hash(), bought: key.seal(spent, &next) });
        match (self.store.rotate(caller, spent, next.hash, seal).await?, key) {
            (Rotation::Continued(session), _) => self.tokens(&session, &account, next),
            (Rotation::Repeated(session, sealed), Some(key)) => {
                self.tokens(&session, &account, key.open(spent, sealed))
            }
            (Rotation::Repeated(..), None) | (Rotation::Ended, _) => Err(ended()),
        }
    }

    /// Replaces the caller's own password, which they must know.
    pub(crate) async fn change_password(
        &self,
        caller: &Caller,
        current: String,
        password: String,
    ) -> Result<(), Refusal> {
        let Principal::User { id, session, .. } = caller.principal else {
            return Err(Refusal::new(Code::Forbidden, "only a person has a password of their own"));
        };
        check_password(&password)?;
        let phc = self.store.password(id)?;
        if !self.passwords.verify(current, phc).await.map_err(internal)? {
            let fault = vitae_server_common::Fault::new("/current_password", "expected the current password");
            return Err(Refusal::invalid(Code::ValidationFailed, vec![fault]));
        }
        let phc = self.hash(password).await?;
        self.store.set_password(caller, id, phc, Some(session)).await.map(drop)
    }

    /// The PHC string of a password that was checked.
    pub(crate) async fn hash(&self, password: String) -> Result<String, Refusal> {
        self.passwords.hash(password).await.map_err(internal)
    }

    /// Whom an e-mail or id belongs to; `None` for nobody, and for deleted people.
    pub(crate) async fn resolve(&self, caller: &Caller, by: By) -> Result<Option<Account>, Refusal> {
        let request = Arc::new(caller.as_system()).attach(ResolveAccountRequest { by: Some(by) });
        match self.users.clone().resolve_account(request).await {
            Ok(account) => Ok(Some(account.into_inner())),
            Err(status) if status.code() == tonic::Code::NotFound => Ok(None),
            Err(status) => Err(Refusal::from(&status)),
        }
    }

    fn tokens(
        &self,
        session: &SessionRow,
        account: &Account,
        refresh: RefreshToken,
    ) -> Result<Tokens, Refusal> {
        let role = match account.role() {
            Role::Admin => vitae_contracts_core::Role::Admin,
            Role::Editor => vitae_contracts_core::Role::Editor,
            Role::Viewer => vitae_contracts_core::Role::Viewer,
            Role::Member => vitae_contracts_core::Role::Member,
            Role::Unspecified => return Err(internal("the users service told no role")),
        };
        let claims = Claims::new(session.user, session.id, role, account.version, self.clock.now());
        Ok(Tokens {
            access_token: self.key.sign(&claims).map_err(internal)?,
            expires_in: limits::ACCESS_TOKEN_SECONDS.cast_signed(),
            refresh_token: refresh.text,
            user_id: session.user.to_string(),
            session_id: session.id.to_string(),
        })
    }
}

/// Refuses passwords that are too short or too long, without showing them.
pub(crate) fn check_password(password: &str) -> Result<(), Refusal> {
    limits::check_password(password).map_err(|message| {
        let fault = vitae_server_common::Fault::new("/password", message);
        Refusal::invalid(Code::ValidationFailed, vec![fault])
    })
}

/// The key of an exchange; none is none.
pub(crate) fn exchange_key(text: &str) -> Result<Option<ExchangeKey>, Refusal> {
    if text.is_empty() {
        return Ok(None);
    }
    ExchangeKey::parse(text).map(Some).ok_or_else(|| {
        let fault = vitae_server_common::Fault::new("/exchange_key", "expected 43 characters of base64url");
        Refusal::invalid(Code::ValidationFailed, vec![fault])
    })
}

fn internal(error: impl std::fmt::Display) -> Refusal {
    tracing::error!(%error, "a login could not be handled");
    Refusal::new(Code::Internal, "the auth service failed")
}
