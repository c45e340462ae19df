//! Counts of access denied by role, for each person and route, and their reports to the auth service.
//!
//! A rejected request makes no RPC: the counts are reported every ten seconds, and at shutdown.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::Method;
use ring::digest::{SHA256, digest};
use tokio::time::timeout;
use uuid::Uuid;
use vitae_contracts_core::{Code, UserId};
use vitae_contracts_services::auth::v1::auth_client::AuthClient;
use vitae_contracts_services::auth::v1::{Denial, ReportDenialsRequest};
use vitae_contracts_services::events::v1::Context;
use vitae_server_common::message_limits::RESPONSE_BYTES;
use vitae_server_common::{Backend, Caller, IdempotencyKey, ServiceError};

use crate::metrics::MatchedRoute;

/// Interval of reports.
const REPORT_INTERVAL: Duration = Duration::from_secs(10);
/// Deadline of a report.
const REPORT_TIMEOUT: Duration = Duration::from_secs(1);
/// Pairs of person and route that are counted separately between two reports.
const MAX_COUNTED: usize = 1000;

/// Denials since the last report.
#[derive(Default)]
pub(crate) struct Denials {
    counted: Mutex<Counted>,
}

#[derive(Default)]
struct Counted {
    routes: HashMap<(UserId, Method, &'static str), Denial>,
    /// Denials beyond [`MAX_COUNTED`].
    others: i64,
}

impl Denials {
    /// Counts a rejection, if it denied access to a person (403).
    pub(crate) fn record(&self, caller: &Caller, route: &MatchedRoute, code: Code) {
        let Some(user) = caller.user().filter(|_| code.http_status() == 403) else { return };
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (user, route.method.clone(), route.path);
        let is_full = counted.routes.len() >= MAX_COUNTED;
        match counted.routes.get_mut(&key) {
            Some(denial) => denial.count += 1,
            None if is_full => counted.others += 1,
            None => {
                let denial = Denial {
                    context: Some(caller.context()),
                    route: format!("{} {}", route.method, route.path),
                    code: code.as_str().to_owned(),
                    count: 1,
                };
                counted.routes.insert(key, denial);
            }
        }
    }

    fn take(&self) -> Vec<Denial> {
        let Counted { routes, others } =
            std::mem::take(&mut *self.counted.lock().unwrap_or_else(PoisonError::into_inner));
        let mut denials: Vec<_> = routes.into_values().collect();
        if others > 0 {
            let context = Context { actor_kind: "anonymous".to_owned(), ..Context::default() };
            let code = Code::Forbidden.as_str().to_owned();
            denials.push(Denial { context: Some(context), route: String::new(), code, count: others });
        }
        denials
    }
}

/// Reports denials to the auth service.
pub(crate) struct DenialReporter {
    denials: Arc<Denials>,
    auth: AuthClient<Backend>,
    /// The unconfirmed report; it is repeated unchanged, so that it counts once.
    sent: Option<(IdempotencyKey, Vec<Denial>)>,
}

impl DenialReporter {
    pub(crate) fn new(denials: Arc<Denials>, auth: Backend) -> Self {
        let auth = AuthClient::new(auth).max_decoding_message_size(RESPONSE_BYTES);
        Self { denials, auth, sent: None }
    }

    /// Reports for as long as it is polled.
    pub(crate) async fn run(&mut self) {
        let mut due = tokio::time::interval(REPORT_INTERVAL);
        due.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            due.tick().await;
            self.report().await;
        }
    }

    /// Reports the counted denials; a failed report is repeated with the next one.
    pub(crate) async fn report(&mut self) {
        loop {
            let (repeat, denials) = match self.sent.take() {
                Some(sent) => sent,
                None => match self.denials.take() {
                    denials if denials.is_empty() => return,
                    denials => (new_idempotency_key(), denials),
                },
            };
            self.sent = Some((repeat.clone(), denials.clone()));
            let caller = Arc::new(Caller { idempotency_key: Some(repeat), ..Caller::system() });
            let reported = self.auth.report_denials(caller.attach(ReportDenialsRequest { denials }));
            let failed = match timeout(REPORT_TIMEOUT, reported).await {
                Ok(Ok(_)) => {
                    self.sent = None;
                    continue;
                }
                Ok(Err(status)) => ServiceError::from(&status).to_string(),
                Err(_) => "the auth service does not respond".to_owned(),
            };
            tracing::warn!(failed, "denied access could not be reported; trying again later");
            return;
        }
    }
}

fn new_idempotency_key() -> IdempotencyKey {
    let key = Uuid::now_v7().to_string();
    let mut sum = [0; 32];
    sum.copy_from_slice(digest(&SHA256, key.as_bytes()).as_ref());
    IdempotencyKey { key, digest: sum }
}

#[cfg(test)]
mod tests {
    use vitae_contracts_core::{Role, SessionId};
    use vitae_server_common::Principal;

    use super::*;

    #[test]
    fn counts_are_bounded_and_the_rest_is_summed() {
        let denials = Denials::default();
        let route = MatchedRoute { method: Method::GET, path: "/v1/audit" };
        let person = || {
            let principal = Principal::User {
                id: UserId::new(),
                session: SessionId::new(),
                role: Role::Member,
                version: 1,
            };
            Caller { principal, ..Caller::system() }
        };
        let first = person();
        for _ in 0..3 {
            denials.record(&first, &route, Code::Forbidden);
        }
        denials.record(&first, &route, Code::NotFound);
        denials.record(&Caller::system(), &route, Code::Forbidden);
        for _ in 0..MAX_COUNTED + 4 {
            denials.record(&person(), &route, Code::Forbidden);
        }
        denials.record(&first, &route, Code::Forbidden);
        let taken = denials.take();
        assert_eq!(taken.len(), MAX_COUNTED + 1);
        let of_first: Vec<_> =
            taken.iter().filter(|denial| denial.context == Some(first.context())).collect();
        assert_eq!((of_first.len(), of_first[0].count), (1, 4));
        assert_eq!((taken[MAX_COUNTED].route.as_str(), taken[MAX_COUNTED].count), ("", 5));
        assert!(denials.take().is_empty());
    }
}
