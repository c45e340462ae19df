//! Password attempts: admission, the check and the recording of the outcome.
//!
//! A rejected attempt computes no hash and reads no account, so its timing is the same for every e-mail.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use vitae_contracts_core::{UserId, subjects};
use vitae_contracts_services::users::v1::resolve_account_request::By;
use vitae_contracts_services::users::v1::{Account, Status};
use vitae_server_common::{Caller, CheckPriority, HashingError, PasswordCheck, ServiceError};

use crate::Auth;
use crate::attempt_counts::CountedAccount;
use crate::attempt_queue::{AccountKey, Admission, Decision, Slot};
use crate::device_token::{self, DeviceToken};
use crate::logins::internal;
use crate::store::throttles::{Device, Failure, KeyedScope};
use crate::throttle::{Budget, GUESSES, Scope, format_wait};

/// Concurrent checks of logins of one account from known devices.
const MAX_CONCURRENT_PER_DEVICE: i64 = 2;
/// `Retry-After` of an attempt that is rejected because too many are waiting.
const BUSY_RETRY_AFTER: Duration = Duration::from_secs(5);

/// An admitted attempt. It counts as running until it is dropped.
pub(crate) struct Attempt {
    auth: Auth,
    caller: Caller,
    queue: CheckPriority,
    failure: Failure,
    counted_account: CountedAccount,
    /// Budgets that are read again right before the check, because other attempts may have failed since.
    client_scopes: Vec<KeyedScope>,
    /// Whether a check has begun that has neither succeeded nor been recorded as failed.
    is_charge_due: Arc<AtomicBool>,
    slot: Option<Slot>,
}

impl Auth {
    /// Returns the account and the token's hash, if a device with this token has logged in to the account.
    pub(crate) async fn known_device(
        &self,
        caller: &Caller,
        email: &str,
        token: &str,
    ) -> Result<Option<([u8; 32], Account)>, ServiceError> {
        let Some(hash) = device_token::hash(token) else { return Ok(None) };
        let Some(device) = self.store.device(hash)? else { return Ok(None) };
        let account = self.resolve(caller, By::Email(email.to_owned())).await?;
        let is_its = |account: &Account| {
            account.status() == Status::Active && account.user_id == device.user.to_string()
        };
        Ok(account.filter(is_its).map(|account| (hash, account)))
    }

    /// Admits a login from a device that has logged in to the account before.
    pub(crate) async fn admit_known_device(
        &self,
        caller: &Caller,
        hash: [u8; 32],
        account: &Account,
    ) -> Result<Attempt, ServiceError> {
        let user = account.user_id.parse().map_err(internal)?;
        let mut key = [0; 16];
        key.copy_from_slice(UserId::as_bytes(&user));
        let entry = self.attempt_queue.enter(key, |others| {
            let budget = self.store.device(hash)?.map(|device| device.budget);
            Ok(self.decision(budget.unwrap_or_default(), others, MAX_CONCURRENT_PER_DEVICE))
        });
        let failure = Failure { device: Some(hash), ..Failure::new(subjects::LOGIN_FAILED, Some(user)) };
        let ((), slot) = self
            .admitted(entry.await?, caller, subjects::LOGIN_THROTTLED, CountedAccount::User(user))
            .await?;
        Ok(self.attempt(caller, CheckPriority::KnownDevice, failure, slot))
    }

    /// Admits a login from an unknown device, whether or not the e-mail has an account.
    pub(crate) async fn admit_unknown_device(
        &self,
        caller: &Caller,
        email: &str,
    ) -> Result<Attempt, ServiceError> {
        let account = self.store.keyed(Scope::account(email));
        let client_scopes: Vec<_> = Scope::of_client(&caller.client_address)
            .into_iter()
            .map(|scope| self.store.keyed(scope))
            .collect();
        let entry = self.attempt_queue.enter(account.key, |others| {
            if let Some(unlock) = self.store.unlock(account.key)?
                && unlock.is_for(&caller.client_address, self.clock.now())
            {
                let is_left = others < unlock.attempts_left;
                return Ok(if is_left { Decision::Admit(Some(account.key)) } else { Decision::Wait });
            }
            if self.passwords.is_busy() {
                return Ok(Decision::Throttle(BUSY_RETRY_AFTER));
            }
            if let Some(wait) = self.store.wait(&client_scopes)? {
                return Ok(Decision::Throttle(wait));
            }
            let decision = self.decision(self.store.budget(&account)?, others, i64::MAX);
            Ok(decision.map(None))
        });
        let entry = entry.await?;
        let counted_account = CountedAccount::Email(email.chars().take(254).collect());
        let (unlock, slot) =
            self.admitted(entry, caller, subjects::LOGIN_THROTTLED, counted_account.clone()).await?;
        let scopes = [vec![account], client_scopes.clone()].concat();
        let failure = Failure { scopes, unlock, ..Failure::new(subjects::LOGIN_FAILED, None) };
        // An unlocked login must not wait behind the attempts that made the unlock necessary.
        let queue = if unlock.is_some() { CheckPriority::KnownDevice } else { CheckPriority::UnknownDevice };
        let mut attempt = self.attempt(caller, queue, failure, slot);
        attempt.counted_account = counted_account;
        if unlock.is_none() {
            attempt.client_scopes = client_scopes;
        }
        Ok(attempt)
    }

    /// Admits an attempt to change one's own password, which checks the current one.
    ///
    /// It has a budget of its own: failed logins from elsewhere do not prevent a person from changing the
    /// password.
    pub(crate) async fn admit_password_change(
        &self,
        caller: &Caller,
        user: UserId,
    ) -> Result<Attempt, ServiceError> {
        let change = self.store.keyed(Scope::password_change(user));
        let entry = self
            .attempt_queue
            .enter(change.key, |others| Ok(self.decision(self.store.budget(&change)?, others, i64::MAX)));
        let subject = subjects::PASSWORD_CHANGE_FAILED;
        let ((), slot) = self.admitted(entry.await?, caller, subject, CountedAccount::User(user)).await?;
        let failure = Failure { scopes: vec![change], ..Failure::new(subject, Some(user)) };
        Ok(self.attempt(caller, CheckPriority::LoggedIn, failure, slot))
    }

    fn decision(&self, budget: Budget, others: i64, most: i64) -> Decision<()> {
        let now = self.clock.now();
        match budget.wait(GUESSES, now) {
            Some(wait) => Decision::Throttle(wait),
            None if others < budget.at_once(GUESSES, now).min(most) => Decision::Admit(()),
            None => Decision::Wait,
        }
    }

    /// Returns the slot of an admitted attempt; counts and rejects any other.
    async fn admitted<T>(
        &self,
        entry: Admission<T>,
        caller: &Caller,
        subject: &'static str,
        counted_account: CountedAccount,
    ) -> Result<(T, Slot), ServiceError> {
        let error = match entry {
            Admission::Admitted(admitted, slot) => return Ok((admitted, slot)),
            Admission::Throttled(wait) => throttled(wait),
            Admission::Full => busy(),
        };
        self.attempt_counts.count(subject, counted_account, &caller.client_address, self.clock.now());
        self.rejection_delay.wait().await;
        Err(error)
    }

    fn attempt(&self, caller: &Caller, queue: CheckPriority, failure: Failure, slot: Slot) -> Attempt {
        Attempt {
            auth: self.clone(),
            caller: caller.clone(),
            queue,
            counted_account: failure.user.map_or(CountedAccount::Others, CountedAccount::User),
            failure,
            client_scopes: Vec::new(),
            is_charge_due: Arc::default(),
            slot: Some(slot),
        }
    }
}

impl Attempt {
    /// Sets the person whose password is checked.
    pub(crate) fn set_user(&mut self, user: Option<UserId>) {
        self.failure.user = user;
    }

    /// Checks the password. The outcome must be recorded before the response is sent.
    pub(crate) async fn check(
        &mut self,
        password: String,
        phc: Option<String>,
    ) -> Result<PasswordCheck, ServiceError> {
        let (store, client_scopes, is_charge_due) =
            (self.auth.store.clone(), self.client_scopes.clone(), Arc::clone(&self.is_charge_due));
        let is_wanted = move || {
            let is_wanted = store.wait(&client_scopes).is_ok_and(|wait| wait.is_none());
            is_charge_due.store(is_wanted, Ordering::Release);
            is_wanted
        };
        let error = match self.auth.passwords.verify(self.queue, password, phc, is_wanted).await {
            Ok(checked) => {
                self.is_charge_due.store(!checked.is_right(), Ordering::Release);
                return Ok(checked);
            }
            Err(HashingError::Cancelled) => {
                self.auth.store.wait(&self.client_scopes)?.map_or_else(busy, throttled)
            }
            Err(HashingError::Busy) => busy(),
            Err(error) => return Err(internal(error)),
        };
        self.count(subjects::LOGIN_THROTTLED);
        // The next attempts need not wait for this one.
        drop(self.slot.take());
        self.auth.rejection_delay.wait().await;
        Err(error)
    }

    /// The unlock by an operator that admitted the attempt.
    pub(crate) fn unlock(&self) -> Option<AccountKey> {
        self.failure.unlock
    }

    /// Returns the device of a successful login with its token: the given one if it is known, else a new one.
    pub(crate) fn device(&self, token: String) -> Result<(Device, String), ServiceError> {
        if let Some(hash) = self.failure.device {
            return Ok((Device::Known(hash), token));
        }
        let token = DeviceToken::generate()?;
        Ok((Device::New(token.hash), token.text))
    }

    /// Charges and records a wrong password; to be called before the response is sent.
    pub(crate) async fn fail(&self) -> Result<(), ServiceError> {
        let has_event = self.auth.store.record_failure(&self.caller, self.failure.clone()).await?;
        self.is_charge_due.store(false, Ordering::Release);
        if !has_event {
            self.count(self.failure.subject);
        }
        Ok(())
    }

    fn count(&self, subject: &'static str) {
        let now = self.auth.clock.now();
        self.auth.attempt_counts.count(
            subject,
            self.counted_account.clone(),
            &self.caller.client_address,
            now,
        );
    }
}

impl Drop for Attempt {
    /// Charges an attempt whose client disconnected while its password was checked.
    fn drop(&mut self) {
        if !self.is_charge_due.swap(false, Ordering::AcqRel) {
            return;
        }
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let failure = Failure { reason: "abandoned", ..self.failure.clone() };
        let (store, caller) = (self.auth.store.clone(), self.caller.clone());
        let slot = self.slot.take();
        runtime.spawn(async move {
            // A failure is logged where it occurs; no request waits for this.
            let _ = store.record_failure(&caller, failure).await;
            drop(slot);
        });
    }
}

fn throttled(wait: Duration) -> ServiceError {
    ServiceError::throttled(format!("too many failed attempts; try again in {}", format_wait(wait)), wait)
}

fn busy() -> ServiceError {
    ServiceError::throttled(
        format!("too many logins at the same time; try again in {}", format_wait(BUSY_RETRY_AFTER)),
        BUSY_RETRY_AFTER,
    )
}
