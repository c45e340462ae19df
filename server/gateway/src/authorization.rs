//! The authorisation of a long-running request.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::time::{Instant, sleep_until};
use vitae_contracts_core::Code;
use vitae_server_common::Verified;

use crate::Gateway;
use crate::error::ApiError;

/// The authorisation of an admitted request, which is checked again while the request runs.
///
/// A request is admitted once, by its head. A body that arrives slowly, or a response that is read
/// slowly, can outlive the login or the token of the request. The authorisation ends with either, and
/// with a change of the role.
#[derive(Clone)]
pub(crate) struct Authorization {
    gateway: Arc<Gateway>,
    verified: Arc<Verified>,
    /// Whether the request changes nothing.
    reads: bool,
    /// When the token expires, in monotonic time.
    expires: Instant,
}

impl Authorization {
    pub(crate) fn new(gateway: &Arc<Gateway>, verified: &Arc<Verified>, reads: bool) -> Self {
        let remaining = verified.claims.exp * 1000 - gateway.clock.now().as_millis();
        let remaining = Duration::from_millis(remaining.max(0).unsigned_abs());
        Self {
            gateway: Arc::clone(gateway),
            verified: Arc::clone(verified),
            reads,
            expires: Instant::now() + remaining,
        }
    }

    /// Returns whether token, login or role are known to have ended; calls no service.
    pub(crate) fn has_ended(&self) -> bool {
        self.has_expired()
            || self.gateway.revocations.wait_for_revocation(&self.verified.claims).now_or_never().is_some()
    }

    /// Returns an error once token, login or role have ended.
    ///
    /// As on admission, calls the services while their feeds are broken; a change is rejected
    /// if they do not respond either.
    pub(crate) async fn require(&self) -> Result<(), ApiError> {
        if self.has_ended() {
            return Err(ended());
        }
        Ok(self.gateway.revocations.require(&self.verified.claims, self.reads).await?)
    }

    /// Waits until token, login or role have ended.
    pub(crate) async fn ended(&self) {
        tokio::select! {
            () = self.gateway.revocations.wait_for_revocation(&self.verified.claims) => {}
            () = sleep_until(self.expires) => {}
        }
    }

    /// Compares with the clock as well: timers do not follow when it is set or the machine sleeps.
    fn has_expired(&self) -> bool {
        self.verified.claims.exp * 1000 <= self.gateway.clock.now().as_millis()
            || self.expires <= Instant::now()
    }
}

/// The error of a request whose authorisation ended before the request.
pub(crate) fn ended() -> ApiError {
    let detail = "the access token expired or was revoked before the request was complete; \
                  refresh it or log in again, then send the rest";
    ApiError::new(Code::InvalidToken, detail)
}
