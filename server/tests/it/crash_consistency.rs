//! Processes that end between a change and its effect, and events that cannot take effect.

use std::path::Path;

use rusqlite::Connection;
use serde_json::Value;
use vitae_contracts_core::subjects;
use vitae_sdk::{Client, CreateResume, CreateUser, IfMatch, RawValue, UpdateUser, User};

use crate::checker::{inconsistencies, public_inconsistencies, until_quiet};
use crate::raw_http::{Response, send_one};
use crate::system::{ROLES, System};
use crate::vitaed::{PASSWORD, TIMEOUT, logs_in};

const USERS: usize = 0;

fn role(name: &str) -> usize {
    ROLES.iter().position(|role| *role == name).unwrap()
}

/// A person with a login and two resumes.
async fn person(client: &Client, url: &str, name: &str) -> User {
    let email = format!("{name}@example.com");
    let new = CreateUser::new(email, name).password(PASSWORD.to_owned());
    let person = client.users().create(&new).await.unwrap();
    for title in ["First", "Second"] {
        let document = RawValue::from_string("{}".to_owned()).unwrap();
        let resume = CreateResume::new(title, document).owner_id(person.id);
        client.resumes().create(&resume).await.unwrap();
    }
    assert!(logs_in(url, person.email.as_str(), PASSWORD).await);
    person
}

#[tokio::test]
async fn effect_happens_once_when_a_process_ends_before_it() {
    let mut system = System::start().await;
    let client = system.admin().await;
    for consumers in [&["resumes"][..], &["auth"], &["audit"], &["auth", "resumes", "audit"]] {
        let person = person(&client, &system.urls[4], &consumers.concat()).await;
        for change in ["delete", "restore"] {
            for consumer in consumers {
                system.kill(role(consumer)).await;
            }
            match change {
                "delete" => client.users().delete(person.id, None).await.unwrap(),
                _ => drop(client.users().restore(person.id, None).await.unwrap()),
            }
            // The process that would have sent it has ended, too.
            system.kill(USERS).await;
            system.start_role(USERS).await;
            for consumer in consumers {
                system.start_role(role(consumer)).await;
            }
            until_quiet(&system.data()).await;
            assert_eq!(
                public_inconsistencies(&client, &system.data()).await,
                [""; 0],
                "{consumers:?} {change}"
            );
        }
    }
    let data = system.data();
    let _directory = system.stop().await;
    assert_eq!(inconsistencies(&data), [""; 0]);
}

async fn readyz(url: &str) -> Response {
    let request = b"GET /readyz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    send_one(url.strip_prefix("http://").unwrap().parse().unwrap(), request).await
}

/// Waits until `/readyz` names exactly these feeds as having parked events.
async fn until_parked(url: &str, feeds: &[&str]) {
    let mut body = Value::Null;
    let asking = async {
        loop {
            body = serde_json::from_str(&readyz(url).await.body).unwrap();
            let is_named = body["parked_events"].as_object().unwrap().keys().eq(feeds);
            // The roles that were started again follow each other's feeds in their own time.
            if is_named && body["status"] == "ready" {
                return;
            }
        }
    };
    let named = tokio::time::timeout(TIMEOUT, asking).await;
    named.unwrap_or_else(|_| panic!("{feeds:?} are not what is named in {body}"));
}

/// The position and the payload of the newest event of the users' log.
fn newest(data: &Path) -> (i64, Vec<u8>) {
    let log = Connection::open(data.join("users/users.db")).unwrap();
    let sql = "SELECT position, payload FROM event_log ORDER BY position DESC LIMIT 1";
    log.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap()
}

fn put_payload(data: &Path, position: i64, payload: &[u8]) {
    let log = Connection::open(data.join("users/users.db")).unwrap();
    let sql = "UPDATE event_log SET payload = ?2 WHERE position = ?1";
    assert_eq!(log.execute(sql, (position, payload)).unwrap(), 1);
}

#[tokio::test]
async fn unreadable_event_is_parked_and_later_events_take_effect() {
    let mut system = System::start().await;
    let (client, url) = (system.admin().await, system.urls[4].clone());
    let ada = person(&client, &url, "ada").await;
    until_quiet(&system.data()).await;
    // No consumer reads the event before it is damaged.
    for consumer in ["resumes", "audit"] {
        system.kill(role(consumer)).await;
    }
    let rename = UpdateUser::new().name("Ada Lovelace".to_owned());
    client.users().update(ada.id, &rename, IfMatch::Any).await.unwrap();
    system.kill(USERS).await;
    let (position, payload) = newest(&system.data());
    put_payload(&system.data(), position, &[0xff]);
    for name in ["users", "resumes", "audit"] {
        system.start_role(role(name)).await;
    }
    until_parked(&url, &["audit from users", "resumes from users"]).await;
    assert_eq!(readyz(&url).await.status, 200);

    // Everything else goes on, and the record of it, too.
    let bob = person(&client, &url, "bob").await;
    let made = client.resumes().list().owner(bob.id).send().await.unwrap().items;
    assert_eq!(made.len(), 2);
    let recorded = async {
        while client.audit().list().object(made[0].id).send().await.unwrap().items.is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(TIMEOUT, recorded).await.expect("the record of resumes goes on");

    // So does the next change of the same person, and the record has both.
    let rename = UpdateUser::new().name("Countess Lovelace".to_owned());
    client.users().update(ada.id, &rename, IfMatch::Any).await.unwrap();
    until_quiet(&system.data()).await;
    let owned = client.resumes().list().owner(ada.id).send().await.unwrap().items;
    assert!(
        owned.iter().all(|resume| resume
            .owner
            .name
            .as_ref()
            .is_some_and(|n| n.as_str() == "Countess Lovelace"))
    );
    let entries = client.audit().list().object(ada.id).action(subjects::USER_UPDATED).send().await.unwrap();
    let changes: Vec<_> = entries.items.iter().map(|entry| entry.changes.len()).collect();
    assert_eq!(changes, [1, 0], "what the damaged one changed is not known");

    // After a restart they are still named, and nothing is parked again.
    for name in ["users", "resumes", "audit"] {
        system.kill(role(name)).await;
    }
    put_payload(&system.data(), position, &payload);
    for name in ["users", "resumes", "audit"] {
        system.start_role(role(name)).await;
    }
    until_parked(&url, &["audit from users", "resumes from users"]).await;
    system.stop().await;
}
