//! Requests with an idempotency key.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use futures_util::poll;
use vitae_contracts_core::{Code, Role, SessionId, UserId};
use vitae_server_common::store::{DAILY_CHANGES, DailyLimit, idempotent, prune_idempotency_keys, replayed};
use vitae_server_common::{Caller, Clock, IdempotencyKey, Principal, ServiceError};

use crate::notes::{AuthenticationLayer, Notes};

/// A store of notes: their number is how often the change of [`count`](Counted::count) was committed.
struct Counted {
    notes: Notes,
    clock: Clock,
}

impl Counted {
    fn new() -> Self {
        Self { notes: Notes::open(), clock: Clock::system() }
    }

    /// Adds a note and returns the number of notes, idempotently.
    async fn count(&self, caller: &Caller) -> Result<i64, ServiceError> {
        let (caller, now) = (caller.clone(), self.clock.now());
        let change = move |connection: &rusqlite::Connection| {
            idempotent(connection, &caller, now, DailyLimit::default(), || {
                connection.execute("INSERT INTO notes (text) VALUES (hex(randomblob(16)))", [])?;
                Ok(connection.query_row("SELECT count(*) FROM notes", [], |row| row.get(0))?)
            })
        };
        self.notes.store.write(change).await
    }
}

fn person() -> Principal {
    Principal::User { id: UserId::new(), session: SessionId::new(), role: Role::Admin, version: 1 }
}

fn caller(principal: &Principal, repeat: Option<(&str, u8)>) -> Caller {
    let repeat = repeat.map(|(key, digest)| IdempotencyKey { key: key.to_owned(), digest: [digest; 32] });
    Caller { principal: principal.clone(), idempotency_key: repeat, ..Caller::system() }
}

#[tokio::test]
async fn repeated_key_returns_the_first_response() {
    let (counted, ada, grace) = (Counted::new(), person(), person());
    let first = caller(&ada, Some(("key", 1)));
    assert_eq!(counted.count(&first).await, Ok(1));
    assert_eq!(counted.count(&first).await, Ok(1));
    assert_eq!(counted.notes.store.read(|c| replayed(c, &first)), Ok(Some(1_i64)));

    // The same key for another request, then other keys and other people.
    let other = caller(&ada, Some(("key", 2)));
    assert_eq!(counted.count(&other).await.unwrap_err().code, Code::IdempotencyKeyReused);
    let read = counted.notes.store.read(|c| replayed::<i64>(c, &other));
    assert_eq!(read.unwrap_err().code, Code::IdempotencyKeyReused);
    assert_eq!(counted.count(&caller(&ada, Some(("Key", 1)))).await, Ok(2));
    assert_eq!(counted.count(&caller(&grace, Some(("key", 1)))).await, Ok(3));
    assert_eq!(counted.count(&caller(&Principal::System, Some(("key", 1)))).await, Ok(4));
    assert_eq!(counted.notes.texts().len(), 4);
}

#[tokio::test]
async fn requests_without_a_key_are_all_executed() {
    let (counted, ada) = (Counted::new(), person());
    for expected in 1..=3 {
        assert_eq!(counted.count(&caller(&ada, None)).await, Ok(expected));
    }
    assert_eq!(counted.notes.store.read(|c| replayed::<i64>(c, &caller(&ada, None))), Ok(None));
}

#[tokio::test]
async fn parallel_repetitions_in_one_group_are_executed_once() {
    let (counted, ada) = (Counted::new(), person());
    let (gate, stop) = AuthenticationLayer::new();
    let mut held = pin!(counted.notes.store.write(stop));
    assert!(poll!(&mut held).is_pending());
    gate.wait();
    let caller = caller(&ada, Some(("key", 1)));
    let mut repeats = pin!(join_all((0..32).map(|_| counted.count(&caller))));
    assert!(poll!(&mut repeats).is_pending());
    gate.open();
    held.await.unwrap();
    assert_eq!(repeats.await, vec![Ok(1); 32]);
    assert_eq!(counted.notes.texts().len(), 1);
}

#[tokio::test]
async fn error_is_not_stored() {
    let (counted, ada) = (Counted::new(), person());
    let caller = caller(&ada, Some(("key", 1)));
    let attempts = Arc::new(AtomicI64::new(0));
    let attempt = || {
        let (caller, now, attempts) = (caller.clone(), counted.clock.now(), Arc::clone(&attempts));
        counted.notes.store.write(move |connection| {
            idempotent(connection, &caller, now, DailyLimit::default(), || {
                match attempts.fetch_add(1, Ordering::Relaxed) {
                    0 => Err(ServiceError::new(Code::PreconditionFailed, "not yet")),
                    attempt => Ok(attempt),
                }
            })
        })
    };
    assert_eq!(attempt().await.unwrap_err().code, Code::PreconditionFailed);
    assert_eq!(attempt().await, Ok(1));
    assert_eq!(attempt().await, Ok(1));
}

#[tokio::test]
async fn keys_are_stored_for_a_day() {
    let (counted, ada) = (Counted::new(), person());
    let caller = caller(&ada, Some(("key", 1)));
    assert_eq!(counted.count(&caller).await, Ok(1));
    counted.clock.advance(Duration::from_hours(23));
    prune_idempotency_keys(&counted.notes.store, counted.clock.now()).await;
    assert_eq!(counted.count(&caller).await, Ok(1));

    counted.clock.advance(Duration::from_hours(1) + Duration::from_secs(1));
    prune_idempotency_keys(&counted.notes.store, counted.clock.now()).await;
    assert_eq!(counted.count(&caller).await, Ok(2));
}

#[tokio::test]
async fn daily_limit_of_changes_applies_to_members_only() {
    let counted = Counted::new();
    counted.notes.store.write(|c| Ok(c.execute_batch(DAILY_CHANGES)?)).await.unwrap();
    let limit = DailyLimit::new(Some(3));
    let change = async |role: Role, id: UserId, limit: DailyLimit| {
        let principal = Principal::User { id, session: SessionId::new(), role, version: 1 };
        let (caller, now) = (Caller { principal, ..Caller::system() }, counted.clock.now());
        let change = counted.notes.store.write(move |connection| {
            idempotent(connection, &caller, now, limit, || {
                Ok(vitae_contracts_services::users::v1::User::default())
            })
        });
        change.await.map(drop).map_err(|error| error.code)
    };
    let (member, other) = (UserId::new(), UserId::new());
    for role in [Role::Member, Role::Viewer, Role::Member] {
        assert_eq!(change(role, member, limit).await, Ok(()));
    }
    assert_eq!(change(Role::Member, member, limit).await, Err(Code::QuotaExceeded));
    assert_eq!(change(Role::Member, other, limit).await, Ok(()));
    assert_eq!(change(Role::Editor, member, limit).await, Ok(()));
    assert_eq!(change(Role::Member, member, DailyLimit::new(None)).await, Ok(()));
    for _ in 3..6 {
        assert_eq!(change(Role::Member, member, limit.essential()).await, Ok(()));
    }
    assert_eq!(change(Role::Member, member, limit.essential()).await, Err(Code::QuotaExceeded));
    counted.clock.advance(Duration::from_hours(24));
    assert_eq!(change(Role::Member, member, limit).await, Ok(()));
}
