//! The event log under concurrency.

use futures_util::future::join_all;
use rusqlite::Connection;
use vitae_contracts_core::{Code, EventId, Timestamp, subjects};
use vitae_server_common::store::{NewEvent, append};
use vitae_server_common::{Caller, ServiceError};

use crate::notes::Notes;

fn tell(connection: &Connection, number: i64) -> Result<i64, ServiceError> {
    let event = NewEvent {
        id: EventId::new(),
        subject: subjects::USER_UPDATED,
        object_id: [7; 16],
        object_version: number,
        payload: Vec::new(),
    };
    append(connection, &Caller::system(), Timestamp::from_millis(number), &event)?;
    Ok(connection.last_insert_rowid())
}

/// The last position and the number of events.
fn log(connection: &Connection) -> Result<(i64, i64), ServiceError> {
    let sql = "SELECT coalesce(max(position), 0), count(*) FROM event_log";
    Ok(connection.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn positions_increase_in_the_order_of_commits() {
    let notes = Notes::open();
    let mut commits = notes.store.committed();
    let writers = (0..400).map(|number| {
        let store = notes.store.clone();
        tokio::spawn(async move {
            let outcome = store
                .write(move |connection| {
                    let position = tell(connection, number)?;
                    // A failed change rolls back its event, and leaves no gap.
                    if number % 5 == 0 {
                        return Err(ServiceError::new(Code::Deleted, "every fifth"));
                    }
                    Ok(position)
                })
                .await;
            // A confirmed event can be read at once.
            if let Ok(position) = outcome {
                assert!(store.read(log).unwrap().0 >= position);
            }
            outcome.is_ok()
        })
    });
    let writers = join_all(writers);
    let watcher = tokio::spawn({
        let store = notes.store.clone();
        async move {
            // A reader that follows the commits never needs to return to a lower position.
            let mut seen = 0;
            while seen < 320 {
                commits.changed().await.unwrap();
                let (last, count) = store.read(log).unwrap();
                assert_eq!(last, count);
                assert!(last >= seen);
                seen = last;
            }
        }
    });
    let confirmed = writers.await.into_iter().filter(|outcome| *outcome.as_ref().unwrap()).count();
    assert_eq!(confirmed, 320);
    watcher.await.unwrap();
    assert_eq!(notes.store.read(log).unwrap(), (320, 320));
}
