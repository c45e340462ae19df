//! The blocking client.

use std::thread;

use serde_json::json;
use vitae_sdk::blocking::Client;
use vitae_sdk::mock::{in_background, page};
use vitae_sdk::{Error, MemoryStore};

use crate::mock::{Reply, login, quick, resume, user};

fn client(url: &str) -> Client {
    let builder = vitae_sdk::Client::builder().base_url(url).retry(quick());
    Client::new(builder.token_store(MemoryStore::holding(login("0", 3600))).build().unwrap()).unwrap()
}

#[test]
fn blocking_calls_work_on_any_thread() {
    let (url, _mock) = in_background(|| Reply::json(&user()));
    let client = client(&url);
    let threads: Vec<_> = (0..8)
        .map(|_| {
            let client = client.clone();
            thread::spawn(move || (0..5).for_each(|_| drop(client.run(client.me().get()).unwrap())))
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
}

#[test]
fn streams_are_iterators() {
    let (url, _mock) = in_background(|| Reply::json(&page(&[resume(1), resume(2)])));
    let client = client(&url);
    let found: Result<Vec<_>, Error> = client.each(client.resumes().list().stream()).collect();
    assert_eq!(found.unwrap().len(), 2);

    let lines = format!("{}\nrubbish\n", json!({"line": 1, "status": "created"}));
    let (url, _mock) = in_background(move || Reply::text(200, "application/x-ndjson", &lines));
    let client = self::client(&url);
    let import = client.run(client.resumes().import().send(futures_util::stream::iter(["{}"]))).unwrap();
    let mut results = client.each(import);
    assert!(results.next().unwrap().is_ok());
    assert!(results.next().unwrap().is_err());
    assert!(results.next().is_none());
}

#[tokio::test]
async fn blocking_call_in_async_code_is_an_error() {
    let client = client("http://127.0.0.1:1");
    let error = client.run(client.me().get()).unwrap_err();
    assert_eq!(error.to_string(), "a blocking call cannot be made on a thread that runs async code");
    assert!(error.next_step().is_some_and(|step| step.starts_with("use the async client")));
    assert!(client.each(client.users().list().stream()).next().unwrap().is_err());
}
