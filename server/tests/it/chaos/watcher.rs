//! A client that receives all events during the run.

use std::path::Path;

use tokio::sync::watch;
use vitae_sdk::{Client, Event, EventId};

use super::worker::{log_in, new_client};
use crate::ledger::{open, rows};

const SOURCES: [&str; 3] = ["auth", "users", "resumes"];

/// An event stream and the events it received.
pub(super) struct Watcher {
    client: Client,
    /// The received events of each source, in order.
    events: [Vec<EventId>; 3],
    /// The id of the first stream position.
    begins: String,
    /// The id of the last received event.
    pub(super) last_id: watch::Sender<String>,
    /// Number of connections.
    pub(super) connections: u64,
}

impl Watcher {
    /// Connects, and starts at the current position.
    pub(super) async fn begin(url: &str) -> Self {
        let client = new_client(url);
        log_in(&client).await;
        let mut stream = client.events().watch().stream();
        let begins = stream.next().await.unwrap().unwrap().id().to_owned();
        let last_id = watch::Sender::new(begins.clone());
        Self { client, events: Default::default(), begins, last_id, connections: 0 }
    }

    /// Receives events until stopped, across broken connections.
    pub(super) async fn watch(&mut self, stop: &watch::Sender<bool>) {
        let mut stop = stop.subscribe();
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => {}
            () = self.listen() => {}
        }
    }

    async fn listen(&mut self) {
        loop {
            let last = self.last_id.borrow().clone();
            let mut stream = self.client.events().watch().after(last).stream();
            while let Some(event) = stream.next().await {
                match event {
                    Ok(event) => self.note(&event),
                    // The login may have ended with a response that was lost.
                    Err(error) if error.is_unauthenticated() => log_in(&self.client).await,
                    Err(error) => panic!("{error:?}"),
                }
            }
        }
    }

    fn note(&mut self, event: &Event) {
        match event {
            Event::Ready { .. } => self.connections += 1,
            Event::Event { event_id, subject, .. } => {
                let source = SOURCES.iter().position(|source| subject.starts_with(source)).unwrap();
                self.events[source].push(*event_id);
            }
            other => panic!("{other:?}"),
        }
        self.last_id.send_replace(event.id().to_owned());
    }

    pub(super) fn event_count(&self) -> usize {
        self.events.iter().map(Vec::len).sum()
    }

    /// Checks that every event of every log after the start arrived once and in order.
    pub(super) fn check(&self, data: &Path) {
        for ((source, received), begins) in SOURCES.iter().zip(&self.events).zip(self.begins.split('.')) {
            let sql = format!(
                "SELECT event_id FROM event_log WHERE position > {} ORDER BY position",
                begins[1..].parse::<i64>().unwrap()
            );
            let logged = rows(&open(data, source), &sql, |row| Ok(EventId::from_bytes(row.get(0)?)));
            assert!(*received == logged, "{source}: {} received, {} logged", received.len(), logged.len());
        }
    }
}

/// Returns the stream position at the end of all logs.
pub(super) fn end_of_logs(data: &Path) -> String {
    let tail = |source: &&str| -> i64 {
        let sql = "SELECT coalesce(max(position), 0) FROM event_log";
        open(data, source).query_row(sql, [], |row| row.get(0)).unwrap()
    };
    let [auth, users, resumes] = SOURCES.each_ref().map(tail);
    format!("a{auth}.u{users}.r{resumes}")
}
