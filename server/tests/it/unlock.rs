//! `vitaed unlock` while a server runs.

use std::time::Duration;

use tokio::process::Command;

use crate::vitaed::{PASSWORD, client_of, lines, logs_in, program, run, start};

const ADMIN: &str = "admin@localhost";

fn unlock(data: &std::path::Path, arguments: &[&str]) -> Command {
    let mut command = program();
    command.arg("unlock").args(arguments).arg("--data").arg(data);
    command
}

#[tokio::test]
async fn account_under_attack_is_unlocked_for_one_login() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let server = start(&data).await;
    let url = server.url();
    let guess = async || {
        let wrong = "a wrong password".to_owned().into();
        client_of(&url).auth().login(ADMIN, &wrong).await.unwrap_err()
    };
    assert_eq!(guess().await.code(), Some("invalid_credentials"));
    // As twenty guesses would leave it, which take half an hour.
    let file = rusqlite::Connection::open(data.join("auth/auth.db")).unwrap();
    let sql = "UPDATE throttles SET full_at = failed_at + 20 * 18 * 60 * 1000 WHERE kind = 1";
    assert_eq!(file.execute(sql, []).unwrap(), 1);
    assert!(guess().await.retry_after() > Some(Duration::from_mins(10)));
    assert!(!logs_in(&url, ADMIN, PASSWORD).await);

    let output = run(&mut unlock(&data, &[ADMIN])).await;
    assert!(output.status.success(), "{:?}", lines(&output.stderr));
    assert!(lines(&output.stderr)[0].contains(ADMIN));
    assert!(logs_in(&url, ADMIN, PASSWORD).await);
    assert!(!logs_in(&url, ADMIN, PASSWORD).await, "one login, and no more");
    server.stop().await;
}

#[tokio::test]
async fn invalid_unlock_requests_are_explained() {
    let directory = tempfile::tempdir().unwrap();
    for (arguments, part) in [
        (&["ada@example.com"][..], "auth.db does not exist"),
        (&["not-an-address"], "expected an e-mail address"),
    ] {
        let output = run(&mut unlock(directory.path(), arguments)).await;
        let lines = lines(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{lines:?}");
        assert!(lines[0].starts_with("vitaed: ") && lines[0].contains(part), "{lines:?}");
    }
    let output = run(&mut unlock(directory.path(), &["ada@example.com", "--address", "here"])).await;
    assert_eq!(output.status.code(), Some(2));
    assert!(std::fs::read_dir(directory.path()).unwrap().next().is_none(), "nothing is created");
}
