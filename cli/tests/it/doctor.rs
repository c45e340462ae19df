//! `vitae doctor` and `vitae explain`.

use serde_json::Value;
use vitae_contracts_core::Code;

use crate::cli::{Cli, Outcome, admin};
use crate::scripted_server::{Script, answer};

/// The status of the check with this name.
#[track_caller]
fn check<'a>(report: &'a Value, name: &str) -> (&'a str, &'a str) {
    let found = report.as_array().unwrap().iter().find(|check| check["name"] == name);
    let found = found.unwrap_or_else(|| panic!("no {name} in {report}"));
    (found["status"].as_str().unwrap(), found["detail"].as_str().unwrap())
}

fn parse_report(outcome: &Outcome) -> Value {
    serde_json::from_str(&outcome.stdout).unwrap()
}

#[test]
fn all_checks_pass_on_a_healthy_setup() {
    let (_stack, cli) = admin();
    let outcome = cli.run(&["doctor", "-o", "json"]);
    let report = parse_report(outcome.ends(0));
    for check in report.as_array().unwrap() {
        assert_eq!(check["status"], "ok", "{check}");
    }
    assert!(check(&report, "login").1.contains("admin@localhost"));
    assert!(check(&report, "rights").1.contains("full rights"));
    assert!(check(&report, "services").1.contains("audit ready"));
    assert!(check(&report, "configuration").1.contains("from the environment"));
    let lines = cli.run(&["doctor"]);
    assert!(lines.ends(0).stdout.contains("ok\tclock\twithin "), "{}", lines.stdout);
}

#[test]
fn remaining_checks_run_without_server_or_login() {
    let cli = Cli::new("http://127.0.0.1:1");
    let outcome = cli.run(&["doctor", "-o", "json"]);
    let report = parse_report(outcome.ends(9).says("checks failed").says("next: "));
    assert_eq!(check(&report, "server").0, "failed");
    assert_eq!(check(&report, "clock").0, "skipped");
    assert_eq!(check(&report, "login").0, "failed");
    assert_eq!(check(&report, "store").0, "warning", "there is no keyring here");

    let (_stack, cli) = admin();
    cli.run(&["logout"]).ends(0);
    let outcome = cli.run(&["doctor", "-o", "json"]);
    let report = parse_report(outcome.ends(4).says("vitae login"));
    assert_eq!((check(&report, "server").0, check(&report, "rights").0), ("ok", "skipped"));
    let report = parse_report(cli.with("VITAE_TOKEN", "a.b.c", &["doctor", "-o", "json"]).ends(4));
    assert_eq!((check(&report, "store").1, check(&report, "rights").0), ("VITAE_TOKEN", "failed"));
}

#[test]
fn unusual_servers_are_reported() {
    let live = answer(200, r#"{"status": "live"}"#)
        .replace("connection", "date: Sun, 06 Nov 1994 08:49:37 GMT\r\nconnection");
    let ready = answer(503, "").replace("problem+json", "json").replace(
        "content-length: 0\r\nconnection: close\r\n\r\n",
        "connection: close\r\n\r\n{\"services\": {\"users\": \"unavailable\"}}",
    );
    let version = answer(200, r#"{"info": {"version": "9.0.0"}}"#);
    let script = [live.clone(), live.clone(), live.clone(), live, ready, version];
    let cli = Cli::new(&Script::new(script).url);
    let outcome = cli.run(&["doctor", "-o", "json"]);
    let report = parse_report(outcome.ends(9).says("warning: clock: set the clock"));
    assert!(check(&report, "clock").1.ends_with("ahead of the server's"));
    assert_eq!(check(&report, "services"), ("failed", "users unavailable"));
    assert_eq!(check(&report, "version").0, "warning");

    let cli = Cli::new(&Script::new([answer(200, "{}")]).url);
    cli.run(&["doctor"]).ends(1);
    let cli = Cli::new("nonsense");
    let outcome = cli.run(&["doctor", "-o", "json"]);
    assert_eq!(check(&parse_report(outcome.ends(2)), "configuration").0, "failed");
}

#[test]
fn every_code_is_explained() {
    let cli = Cli::new("http://127.0.0.1:1");
    for code in Code::ALL {
        let explained = cli.run(&["explain", code.as_str(), "-o", "json"]).ends(0).json();
        assert_eq!(explained["exit_code"], code.exit_code(), "{code}");
        assert_eq!(explained["http_status"], code.http_status(), "{code}");
        assert!(explained["next_step"].as_str().is_some_and(|step| step.len() > 3), "{code}");
    }
    let list = cli.json(&["explain"]);
    assert!(list.as_array().unwrap().len() > Code::ALL.len());
    for code in [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 130, 143] {
        let explained = cli.run(&["explain", &code.to_string(), "-o", "json"]).ends(0).json();
        assert_eq!((&explained["exit_code"], &explained["http_status"]), (&code.into(), &Value::Null));
    }
    assert_eq!(cli.json(&["explain", "URN:vitae:problem:LAST_ADMIN"])["code"], "last_admin");
    cli.run(&["explain", "presondition_failed"]).ends(3).says("  precondition_failed\n");
    cli.run(&["explain", "77"]).ends(3).says("lists all");
}
