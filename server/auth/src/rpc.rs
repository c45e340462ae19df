//! `vitae.auth.v1.Auth`: decode, call, encode.

use tonic::{Request, Response, Status};
use vitae_contracts_core::{Code, Role, SessionId, UserId, quoted};
use vitae_contracts_services::auth::v1::auth_server::Auth as Rpc;
use vitae_contracts_services::auth::v1::{
    ChangePasswordRequest, ChangePasswordResponse, CreateCredentialRequest, CreateCredentialResponse,
    GetKeysRequest, Keys, ListSessionsRequest, ListSessionsResponse, LoginRequest, LogoutRequest,
    LogoutResponse, RefreshRequest, ReportDenialsRequest, ReportDenialsResponse, ResolveSessionRequest,
    RevokeSessionsRequest, RevokeSessionsResponse, Session, SetPasswordRequest, SetPasswordResponse, Tokens,
};
use vitae_server_common::{Caller, KeySet, ServiceError, timestamp_to_proto};

use crate::password_rules::{self, PasswordOwner};
use crate::store::{FirstPassword, SessionRow};
use crate::{Auth, logins, refresh_token};

type RpcResult<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl Rpc for Auth {
    async fn login(&self, request: Request<LoginRequest>) -> RpcResult<Tokens> {
        let (caller, message) = Caller::take(request)?;
        Ok(Response::new(Self::login(self, &caller, message).await?))
    }

    async fn refresh(&self, request: Request<RefreshRequest>) -> RpcResult<Tokens> {
        let (caller, message) = Caller::take(request)?;
        let key = logins::exchange_key(&message.exchange_key)?;
        Ok(Response::new(Self::refresh(self, &caller, &message.refresh_token, key).await?))
    }

    async fn logout(&self, request: Request<LogoutRequest>) -> RpcResult<LogoutResponse> {
        let (caller, message) = Caller::take(request)?;
        if refresh_token::is_plausible(&message.refresh_token) {
            self.store.log_out(&caller, refresh_token::hash(&message.refresh_token)).await?;
        }
        Ok(Response::new(LogoutResponse {}))
    }

    async fn create_credential(
        &self,
        request: Request<CreateCredentialRequest>,
    ) -> RpcResult<CreateCredentialResponse> {
        let (caller, message) = Caller::take(request)?;
        caller.require_role(&[Role::Admin])?;
        if let Some(response) = self.store.repeated(&caller)? {
            return Ok(Response::new(response));
        }
        let user = decode_user(&message.user_id)?;
        let owner = PasswordOwner { email: message.email, name: message.name };
        let phc = self.hash_new(message.password, owner).await?;
        Ok(Response::new(self.store.create_credential(&caller, user, phc, FirstPassword::default()).await?))
    }

    async fn set_password(&self, request: Request<SetPasswordRequest>) -> RpcResult<SetPasswordResponse> {
        let (caller, message) = Caller::take(request)?;
        caller.require_role(&[Role::Admin])?;
        if let Some(response) = self.store.repeated(&caller)? {
            return Ok(Response::new(response));
        }
        let user = decode_user(&message.user_id)?;
        password_rules::check_length(&message.password)?;
        let owner = self.owner(&caller, user).await?.ok_or_else(|| ServiceError::not_found("user", user))?;
        let phc = self.hash_new(message.password, owner).await?;
        Ok(Response::new(self.store.set_password(&caller, user, phc, None).await?))
    }

    async fn change_password(
        &self,
        request: Request<ChangePasswordRequest>,
    ) -> RpcResult<ChangePasswordResponse> {
        let (caller, message) = Caller::take(request)?;
        Self::change_password(self, &caller, message.current_password, message.password).await?;
        Ok(Response::new(ChangePasswordResponse {}))
    }

    async fn list_sessions(&self, request: Request<ListSessionsRequest>) -> RpcResult<ListSessionsResponse> {
        let (caller, message) = Caller::take(request)?;
        caller.require_login()?;
        let user = decode_user(&message.user_id)?;
        require_own(&caller, user)?;
        let sessions = self.store.sessions(user)?;
        Ok(Response::new(ListSessionsResponse { sessions: sessions.iter().map(encode_session).collect() }))
    }

    async fn revoke_sessions(
        &self,
        request: Request<RevokeSessionsRequest>,
    ) -> RpcResult<RevokeSessionsResponse> {
        let (caller, message) = Caller::take(request)?;
        caller.require_login()?;
        let user = decode_user(&message.user_id)?;
        require_own(&caller, user)?;
        let one = match message.session_id.as_str() {
            "" => None,
            text => Some(decode_session(text)?),
        };
        let reason = if caller.user() == Some(user) { "logout" } else { "admin" };
        Ok(Response::new(self.store.revoke(&caller, user, one, reason).await?))
    }

    async fn resolve_session(&self, request: Request<ResolveSessionRequest>) -> RpcResult<Session> {
        let (caller, message) = Caller::take(request)?;
        caller.require_system()?;
        let id = decode_session(&message.session_id)?;
        let session = self.store.session(id)?.ok_or_else(|| ServiceError::not_found("live session", id))?;
        Ok(Response::new(encode_session(&session)))
    }

    async fn report_denials(
        &self,
        request: Request<ReportDenialsRequest>,
    ) -> RpcResult<ReportDenialsResponse> {
        let (caller, message) = Caller::take(request)?;
        caller.require_system()?;
        Ok(Response::new(self.store.record_denials(&caller, message.denials).await?))
    }

    async fn get_keys(&self, _: Request<GetKeysRequest>) -> RpcResult<Keys> {
        let keys = self.store.public_keys()?;
        Ok(Response::new(Keys { jwks: KeySet::publish(keys.iter().map(Vec::as_slice)) }))
    }
}

/// Sessions are for their own person, and for administrators.
fn require_own(caller: &Caller, user: UserId) -> Result<(), ServiceError> {
    if caller.user() == Some(user) { Ok(()) } else { caller.require_role(&[Role::Admin]) }
}

fn decode_user(text: &str) -> Result<UserId, ServiceError> {
    text.parse().map_err(|_| ServiceError::new(Code::NotFound, format!("there is no user {}", quoted(text))))
}

fn decode_session(text: &str) -> Result<SessionId, ServiceError> {
    text.parse()
        .map_err(|_| ServiceError::new(Code::NotFound, format!("there is no session {}", quoted(text))))
}

fn encode_session(row: &SessionRow) -> Session {
    Session {
        id: row.id.to_string(),
        user_id: row.user.to_string(),
        created_at: Some(timestamp_to_proto(row.created_at)),
        last_used_at: Some(timestamp_to_proto(row.last_used_at)),
        expires_at: Some(timestamp_to_proto(row.expires_at)),
        client: row.client.clone(),
        address: row.address.clone(),
    }
}
