//! Attempts to show a password: which one is checked at all, and what becomes of it.
//!
//! A rejected attempt costs no hash and no look-up of the account, so it is the same for every e-mail.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use vitae_contracts_core::{UserId, subjects};
use vitae_contracts_services::users::v1::resolve_account_request::By;
use vitae_contracts_services::users::v1::{Account, Status};
use vitae_server_common::{Caller, CheckPriority, HashingError, PasswordCheck, ServiceError};

use crate::Auth;
use crate::device_token::{self, DeviceToken};
use crate::gate::{Entry, Key, Slot, Verdict};
use crate::logins::internal;
use crate::store::throttles::{Device, Failure, Keyed};
use crate::tally::Whose;
use crate::throttle::{Budget, GUESSES, Scope, spoken};

/// Logins of one account from known devices that are checked at the same time.
const DEVICES_AT_ONCE: i64 = 2;
/// When to come back, where too many attempts wait already.
const BUSY: Duration = Duration::from_secs(5);

/// An attempt that was admitted. It counts as under way until it is dropped.
pub(crate) struct Attempt {
    auth: Auth,
    caller: Caller,
    queue: CheckPriority,
    failure: Failure,
    whose: Whose,
    /// What is looked at again when the turn of the check comes: others may have failed by then.
    around: Vec<Keyed>,
    /// Whether a check has begun that did not end with the right password, and is not recorded yet.
    is_owed: Arc<AtomicBool>,
    slot: Option<Slot>,
}

impl Auth {
    /// The account and the token's hash, if the token is of a device that has logged in to it.
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

    /// Admits an attempt from a device that has logged in to the account before.
    pub(crate) async fn admit_device(
        &self,
        caller: &Caller,
        hash: [u8; 32],
        account: &Account,
    ) -> Result<Attempt, ServiceError> {
        let user = account.user_id.parse().map_err(internal)?;
        let mut key = [0; 16];
        key.copy_from_slice(UserId::as_bytes(&user));
        let entry = self.gate.enter(key, |others| {
            let budget = self.store.device(hash)?.map(|device| device.budget);
            Ok(self.verdict(budget.unwrap_or_default(), others, DEVICES_AT_ONCE))
        });
        let failure = Failure { device: Some(hash), ..Failure::new(subjects::LOGIN_FAILED, Some(user)) };
        let ((), slot) =
            self.admitted(entry.await?, caller, subjects::LOGIN_THROTTLED, Whose::User(user)).await?;
        Ok(self.attempt(caller, CheckPriority::KnownDevice, failure, slot))
    }

    /// Admits an attempt from anywhere on the account of an e-mail, whether or not there is one.
    pub(crate) async fn admit_stranger(&self, caller: &Caller, email: &str) -> Result<Attempt, ServiceError> {
        let account = self.store.keyed(Scope::account(email));
        let around: Vec<_> =
            Scope::around(&caller.client_address).into_iter().map(|scope| self.store.keyed(scope)).collect();
        let entry = self.gate.enter(account.key, |others| {
            if let Some(unlock) = self.store.unlock(account.key)?
                && unlock.is_for(&caller.client_address, self.clock.now())
            {
                let is_left = others < unlock.attempts_left;
                return Ok(if is_left { Verdict::Admit(Some(account.key)) } else { Verdict::Wait });
            }
            if self.passwords.is_busy() {
                return Ok(Verdict::Throttle(BUSY));
            }
            if let Some(wait) = self.store.wait(&around)? {
                return Ok(Verdict::Throttle(wait));
            }
            let verdict = self.verdict(self.store.budget(&account)?, others, i64::MAX);
            Ok(verdict.admitting(None))
        });
        let entry = entry.await?;
        let whose = Whose::Email(email.chars().take(254).collect());
        let (unlock, slot) = self.admitted(entry, caller, subjects::LOGIN_THROTTLED, whose.clone()).await?;
        let scopes = [vec![account], around.clone()].concat();
        let failure = Failure { scopes, unlock, ..Failure::new(subjects::LOGIN_FAILED, None) };
        // What the operator admits is not to wait behind those whom it was admitted for.
        let queue = if unlock.is_some() { CheckPriority::KnownDevice } else { CheckPriority::UnknownDevice };
        let mut attempt = self.attempt(caller, queue, failure, slot);
        attempt.whose = whose;
        if unlock.is_none() {
            attempt.around = around;
        }
        Ok(attempt)
    }

    /// Admits an attempt to show one's own password in order to change it.
    ///
    /// It has a budget of its own: strangers who use up that of the logins do not keep a person from
    /// changing the password.
    pub(crate) async fn admit_password_change(
        &self,
        caller: &Caller,
        user: UserId,
    ) -> Result<Attempt, ServiceError> {
        let change = self.store.keyed(Scope::password_change(user));
        let entry = self
            .gate
            .enter(change.key, |others| Ok(self.verdict(self.store.budget(&change)?, others, i64::MAX)));
        let subject = subjects::PASSWORD_CHANGE_FAILED;
        let ((), slot) = self.admitted(entry.await?, caller, subject, Whose::User(user)).await?;
        let failure = Failure { scopes: vec![change], ..Failure::new(subject, Some(user)) };
        Ok(self.attempt(caller, CheckPriority::LoggedIn, failure, slot))
    }

    fn verdict(&self, budget: Budget, others: i64, most: i64) -> Verdict<()> {
        let now = self.clock.now();
        match budget.wait(GUESSES, now) {
            Some(wait) => Verdict::Throttle(wait),
            None if others < budget.at_once(GUESSES, now).min(most) => Verdict::Admit(()),
            None => Verdict::Wait,
        }
    }

    /// The slot of an attempt that was admitted; counts and rejects one that was not.
    async fn admitted<T>(
        &self,
        entry: Entry<T>,
        caller: &Caller,
        subject: &'static str,
        whose: Whose,
    ) -> Result<(T, Slot), ServiceError> {
        let refusal = match entry {
            Entry::Admitted(as_what, slot) => return Ok((as_what, slot)),
            Entry::Throttled(wait) => throttled(wait),
            Entry::Full => busy(),
        };
        self.tally.count(subject, whose, &caller.client_address, self.clock.now());
        self.pace.wait().await;
        Err(refusal)
    }

    fn attempt(&self, caller: &Caller, queue: CheckPriority, failure: Failure, slot: Slot) -> Attempt {
        Attempt {
            auth: self.clone(),
            caller: caller.clone(),
            queue,
            whose: failure.user.map_or(Whose::Others, Whose::User),
            failure,
            around: Vec::new(),
            is_owed: Arc::default(),
            slot: Some(slot),
        }
    }
}

impl Attempt {
    /// Notes whom the attempt is about.
    pub(crate) fn is_tried_on(&mut self, user: Option<UserId>) {
        self.failure.user = user;
    }

    /// Checks the password; nothing is known about the attempt until its outcome is recorded.
    pub(crate) async fn check(
        &mut self,
        password: String,
        phc: Option<String>,
    ) -> Result<PasswordCheck, ServiceError> {
        let (store, around, is_owed) =
            (self.auth.store.clone(), self.around.clone(), Arc::clone(&self.is_owed));
        let is_wanted = move || {
            let is_wanted = store.wait(&around).is_ok_and(|wait| wait.is_none());
            is_owed.store(is_wanted, Ordering::Release);
            is_wanted
        };
        let refusal = match self.auth.passwords.verify(self.queue, password, phc, is_wanted).await {
            Ok(checked) => {
                self.is_owed.store(!checked.is_right(), Ordering::Release);
                return Ok(checked);
            }
            Err(HashingError::Cancelled) => self.auth.store.wait(&self.around)?.map_or_else(busy, throttled),
            Err(HashingError::Busy) => busy(),
            Err(error) => return Err(internal(error)),
        };
        self.count(subjects::LOGIN_THROTTLED);
        // Nobody has to wait for this attempt any more.
        drop(self.slot.take());
        self.auth.pace.wait().await;
        Err(refusal)
    }

    /// The operator's permission that admitted the attempt.
    pub(crate) fn unlock(&self) -> Option<Key> {
        self.failure.unlock
    }

    /// The device of a login that succeeds, with its token: the one that came, or a new one.
    pub(crate) fn device(&self, token: String) -> Result<(Device, String), ServiceError> {
        if let Some(hash) = self.failure.device {
            return Ok((Device::Known(hash), token));
        }
        let token = DeviceToken::generate()?;
        Ok((Device::New(token.hash), token.text))
    }

    /// The password was wrong: charges and records that before anybody is told.
    pub(crate) async fn fail(&self) -> Result<(), ServiceError> {
        let has_event = self.auth.store.record_failure(&self.caller, self.failure.clone()).await?;
        self.is_owed.store(false, Ordering::Release);
        if !has_event {
            self.count(self.failure.subject);
        }
        Ok(())
    }

    fn count(&self, subject: &'static str) {
        let now = self.auth.clock.now();
        self.auth.tally.count(subject, self.whose.clone(), &self.caller.client_address, now);
    }
}

impl Drop for Attempt {
    /// Charges an attempt whose client went away while its password was checked.
    fn drop(&mut self) {
        if !self.is_owed.swap(false, Ordering::AcqRel) {
            return;
        }
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let failure = Failure { reason: "abandoned", ..self.failure.clone() };
        let (store, caller) = (self.auth.store.clone(), self.caller.clone());
        let slot = self.slot.take();
        runtime.spawn(async move {
            // The refusal was logged where it arose; nobody waits for this.
            let _ = store.record_failure(&caller, failure).await;
            drop(slot);
        });
    }
}

fn throttled(wait: Duration) -> ServiceError {
    ServiceError::throttled(format!("too many failed attempts; try again in {}", spoken(wait)), wait)
}

fn busy() -> ServiceError {
    ServiceError::throttled(format!("too many logins at the same time; try again in {}", spoken(BUSY)), BUSY)
}
