//! Error messages and exit codes.

use std::net::TcpListener;

use crate::cli::{Cli, admin};

#[test]
fn unreachable_server_is_named_with_a_next_step() {
    let cli = Cli::new("http://127.0.0.1:1");
    let outcome = cli.with("VITAE_TOKEN", "a.b.c", &["users", "list"]);
    outcome.ends(9).says("http://127.0.0.1:1").says("vitaed serve").says("from VITAE_SERVER");
    let login = ["login", "--email", "a@example.com", "--password-stdin", "--insecure-storage"];
    cli.input(&login, "secret").ends(9).says("http://127.0.0.1:1");
    cli.with("VITAE_TOKEN", "a.b.c", &["users", "list", "--server", "nonsense"])
        .ends(2)
        .says("from the flag");
    cli.with("VITAE_TOKEN", "a.b.c", &["users", "list", "--server", "http://192.0.2.1"]).says("https");
}

#[test]
fn timeout_limits_the_wait_for_a_silent_server() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let cli = Cli::new(&format!("http://{}", silent.local_addr().unwrap()));
    cli.with("VITAE_TOKEN", "a.b.c", &["users", "list", "--timeout", "200ms"]).ends(9).says("next: ");
    cli.run(&["users", "list", "--timeout", "soon"]).ends(2).says("30s");
}

#[test]
fn errors_can_be_json() {
    let (_stack, cli) = admin();
    let error = |arguments: &[&str]| {
        let outcome = cli.run(&[arguments, &["--error-format", "json"]].concat());
        assert_eq!(outcome.stderr.lines().count(), 1, "{}", outcome.stderr);
        let error: serde_json::Value = serde_json::from_str(&outcome.stderr).unwrap();
        assert_eq!(outcome.code.map(i64::from), error["exit_code"].as_i64());
        error
    };
    let missing = error(&["users", "get", "0199c2f0-1b2a-7c3d-8e4f-5a6b7c8d9e0f"]);
    assert_eq!((&missing["code"], &missing["exit_code"]), (&"not_found".into(), &3.into()));
    assert!(missing["request_id"].is_string() && missing["next_step"].is_string());
    let invalid = error(&["users", "create", "--email", "x", "--name", ""]);
    assert_eq!(invalid["errors"].as_array().unwrap().len(), 2);
    assert_eq!(error(&["users", "fly"])["exit_code"], 2);
}

#[test]
fn invalid_arguments_exit_with_usage() {
    let cli = Cli::new("http://127.0.0.1:1");
    for arguments in [
        &["fly"][..],
        &["users", "list", "--colour"],
        &["users", "list", "-o", "xml"],
        &["users", "get"],
        &["users", "get", "\u{1b}[31m@\u{9b}"],
        &["--nonsense\u{1b}]0;x\u{7}"],
    ] {
        let outcome = cli.run(arguments);
        outcome.says("");
        assert!(matches!(outcome.code, Some(2 | 4)), "{arguments:?}");
        assert_eq!(outcome.stdout, "");
    }
}

#[test]
fn help_sends_no_request_and_writes_no_file() {
    let cli = Cli::new("http://127.0.0.1:1");
    assert!(cli.run(&["--help"]).ends(0).stdout.contains("Exit codes: 0 done"));
    assert!(cli.run(&["--version"]).ends(0).stdout.starts_with("vitae 0."));
    assert!(!cli.config().exists());
}
