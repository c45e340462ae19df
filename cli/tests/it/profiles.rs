//! Several servers and accounts, and the selection of one for a command.

use std::fs;
use std::process::Stdio;

use serde_json::Value;
use vitae_sdk::Role;
use vitae_server_testkit::{ADMIN, PASSWORD};

use crate::cli::{Cli, Outcome, admin, person, stack, wait};

fn log_in_as(cli: &Cli, email: &str) -> Outcome {
    cli.input(&["login", "--email", email, "--password-stdin", "--insecure-storage"], PASSWORD)
}

/// The profile names; a star marks the current one.
fn names(cli: &Cli) -> Vec<String> {
    let list = cli.json(&["profiles", "list"]);
    let name = |profile: &Value| {
        let star = if profile["current"] == true { "*" } else { "" };
        format!("{star}{}", profile["name"].as_str().unwrap())
    };
    list.as_array().unwrap().iter().map(name).collect()
}

#[test]
fn second_account_gets_its_own_profile() {
    let (stack, cli) = admin();
    let _ = wait(stack.client_as(Role::Viewer));
    cli.run(&["auth", "switch"]).ends(3).says("vitae login");
    log_in_as(&cli, "viewer@example.com").ends(0).says("auth switch");
    assert_eq!(names(&cli), ["default", "*viewer@example.com"]);
    cli.run(&["users", "create", "--email", "a@b", "--name", "A"]).ends(5);
    cli.run(&["auth", "switch"]).ends(0).prints("").says("admin@localhost");
    assert_eq!(names(&cli), ["*default", "viewer@example.com"]);
    cli.run(&["users", "create", "--email", "a@b", "--name", "A"]).ends(0);
    cli.run(&["auth", "switch", "Viewer@example.com"]).ends(0);
    assert_eq!(names(&cli), ["default", "*viewer@example.com"]);
    // Logging in again creates no other profile.
    log_in_as(&cli, ADMIN).ends(0);
    log_in_as(&cli, "viewer@example.com").ends(0);
    assert_eq!(names(&cli), ["default", "*viewer@example.com"]);
    cli.run(&["auth", "switch", "nobody"]).ends(3).says("nobody").says("default: admin@localhost");
    cli.with("VITAE_PROFILE", "default", &["auth", "switch", "viewer@example.com"])
        .says("VITAE_PROFILE is set");
}

#[test]
fn ambiguous_switch_lists_the_logins() {
    let (stack, cli) = admin();
    for role in [Role::Viewer, Role::Editor] {
        let email = format!("{}@example.com", role.as_str());
        let _ = wait(stack.client_as(role));
        log_in_as(&cli, &email).ends(0);
    }
    cli.run(&["auth", "switch"]).ends(2).says("default: admin@localhost").says("viewer@example.com");
}

#[test]
fn server_flag_selects_its_login() {
    let (_one, cli) = admin();
    let two = stack();
    let login = ["login", "--server", &two.url(), "--email", ADMIN, "--password-stdin", "--insecure-storage"];
    cli.input(&login, PASSWORD).ends(0);
    assert_eq!(names(&cli), ["*admin@localhost", "default"]);
    // VITAE_SERVER is the first server.
    let status = cli.json(&["auth", "status"]);
    assert_eq!(
        (&status["profile"]["value"], &status["profile"]["source"]),
        (&"default".into(), &"server".into())
    );
    cli.run(&["users", "list"]).ends(0);
    cli.run(&["users", "list", "--server", &two.url()]).ends(0);
    let status = cli.json(&["auth", "status", "--server", &two.url()]);
    assert_eq!(status["profile"]["value"], "admin@localhost");
}

#[test]
fn profiles_are_added_used_and_removed() {
    let (stack, cli) = admin();
    cli.run(&["profiles", "add", "stage", "--server", "https://stage.example"])
        .ends(0)
        .says("--profile stage");
    cli.run(&["profiles", "add", "stage", "--server", "https://stage.example"]).ends(0);
    cli.run(&["profiles", "add", "stage", "--server", "https://other.example"]).ends(6).says("remove stage");
    cli.run(&["profiles", "add", "../x", "--server", "https://stage.example"]).ends(2);
    cli.run(&["profiles", "add", "y", "--server", "nonsense"]).ends(2);
    cli.run(&["profiles", "use", "gone"]).ends(3).says("stage: https://stage.example");
    cli.run(&["profiles", "use", "stage"]).ends(0).says("not logged in there");
    assert_eq!(names(&cli), ["default", "*stage"]);
    let list = cli.run(&["profiles", "list"]);
    assert_eq!(list.ends(0).stdout.lines().nth(1), Some("stage\tyes\thttps://stage.example\t\t\t\tno\tno"));
    let careful = ["--colour", "purple", "--protected", "--read-only"];
    let add = ["profiles", "add", "prod", "--server", "https://vitae.example"];
    cli.run(&[&add[..], &careful].concat()).ends(0);
    cli.run(&[&add[..], &["--colour", "pink"]].concat()).ends(2).says("purple");
    cli.run(&add).ends(6).says("remove prod");
    let prod = cli.json(&["profiles", "list", "--jq", ".[] | select(.name == \"prod\")"]);
    assert_eq!(prod["colour"], "purple");
    assert_eq!((prod["protected"].as_bool(), prod["read_only"].as_bool()), (Some(true), Some(true)));
    cli.run(&["profiles", "remove", "prod"]).ends(0);
    cli.run(&["profiles", "remove", "stage"]).ends(0);
    cli.run(&["profiles", "remove", "stage"]).ends(3);
    cli.run(&["profiles", "remove", "default"]).ends(2).says("--yes");
    let sessions = || wait(async { stack.log_in(ADMIN).await.me().sessions().await.unwrap().len() });
    let before = sessions();
    cli.run(&["profiles", "remove", "default", "--yes"]).ends(0).says("logged out");
    assert_eq!(sessions(), before, "one ended, one came to count");
    assert!(names(&cli).is_empty());
    cli.run(&["auth", "status"]).ends(4);
}

#[test]
fn profile_of_an_unreachable_server_can_be_removed() {
    let (mut stack, cli) = admin();
    wait(stack.kill());
    cli.run(&["profiles", "remove", "default", "--yes"]).ends(9).says("--local");
    assert_eq!(names(&cli), ["*default"]);
    cli.run(&["profiles", "remove", "default", "--yes", "--local"]).ends(0);
    assert!(names(&cli).is_empty());
}

#[test]
fn printed_token_works() {
    let (stack, cli) = admin();
    // The token has expired by the local clock.
    let before = cli.token();
    cli.age_login();
    // `Cli` would report a token in the output.
    let output = cli.command(&["auth", "token"]).output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
    let token = String::from_utf8(output.stdout).unwrap();
    assert_eq!(token, format!("{}\n", cli.token()), "the token alone");
    assert_ne!(token.trim_end(), before, "renewed");
    let other = Cli::new(&stack.url());
    other.with("VITAE_TOKEN", token.trim_end(), &["users", "list"]).ends(0);
    let output = cli.command(&["auth", "token", "-o", "json"]).output().unwrap();
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&json["access_token"], &json["token_type"]), (&token.trim_end().into(), &"Bearer".into()));
    assert!(json["expires_at"].is_string());
    other.run(&["auth", "token"]).ends(4).prints("").says("vitae login");
    other.with("VITAE_TOKEN", "e30.eyJleHAiOjF9.c2ln", &["auth", "token"]).ends(4).says("has expired");
}

#[test]
fn auth_explain_lists_all_sources() {
    let (_stack, cli) = admin();
    let winners = |cli: &Cli, arguments: &[&str], token: &str| {
        let arguments = [&["auth", "explain", "-o", "json"], arguments].concat();
        let all = cli.with("VITAE_TOKEN", token, &arguments).ends(0).json();
        let wins = all.as_array().unwrap().iter().filter(|candidate| candidate["wins"] == true);
        let name = |key: &Value| key.as_str().unwrap().to_owned();
        wins.map(|one| format!("{} {}", name(&one["setting"]), name(&one["source"]))).collect::<Vec<_>>()
    };
    let expected =
        ["server environment", "profile config", "account profile", "token profile", "store profile"];
    assert_eq!(winners(&cli, &[], ""), expected);
    assert_eq!(
        winners(&cli, &["--server", "http://127.0.0.1:9", "--profile", "default"], "e30.e30.c2ln"),
        ["server flag", "profile flag", "account environment", "token environment", "store environment"]
    );
    let anonymous = Cli::new("http://127.0.0.1:9");
    assert_eq!(winners(&anonymous, &[], ""), ["server environment", "profile default", "store default"]);
    let lines = cli.run(&["auth", "explain"]).ends(0).stdout.clone();
    assert!(lines.contains("server\tflag\t\tno\t--server is not given\n"), "{lines}");
    assert!(lines.contains("\tno\tthe environment takes precedence\n"), "{lines}");
}

#[test]
fn login_warns_about_an_environment_token() {
    let (stack, cli) = admin();
    let other = Cli::new(&stack.url());
    let mut command = other.command(&["login", "--email", ADMIN, "--password-stdin", "--insecure-storage"]);
    command.env("VITAE_TOKEN", cli.token()).stdin(Stdio::piped());
    other.finish(command, PASSWORD).ends(0).says("warning: VITAE_TOKEN is set").says("unset VITAE_TOKEN");
    other.run(&["users", "list"]).ends(0);
}

#[test]
fn concurrent_config_changes_are_all_kept() {
    let cli = Cli::new("http://127.0.0.1:9");
    let names: Vec<String> = (0..16).map(|n| format!("p{n:02}")).collect();
    let add = |name: &String| cli.command(&["profiles", "add", name]).spawn().unwrap();
    let children: Vec<_> = names.iter().map(add).collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let list = cli.json(&["profiles", "list"]);
    let kept: Vec<_> = list.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(kept, names);
    let left = fs::read_dir(cli.config()).unwrap().map(|entry| entry.unwrap().file_name());
    let left: Vec<_> = left.filter(|name| name != "config.toml" && name != "config.lock").collect();
    assert!(left.is_empty(), "{left:?}");
}

#[cfg(unix)]
#[test]
fn config_symlink_is_preserved() {
    let cli = Cli::new("http://127.0.0.1:9");
    let file = cli.file("dotfiles/vitae.toml", "");
    fs::create_dir_all(cli.config()).unwrap();
    std::os::unix::fs::symlink(&file, cli.config().join("config.toml")).unwrap();
    cli.run(&["profiles", "add", "one"]).ends(0);
    assert!(fs::read_to_string(&file).unwrap().contains("[profiles.one]"));
    assert!(fs::symlink_metadata(cli.config().join("config.toml")).unwrap().is_symlink());
}

#[test]
fn accounts_on_one_machine_have_separate_logins() {
    let (stack, one) = admin();
    let two = person(&stack, Role::Viewer);
    one.run(&["users", "create", "--email", "a@b", "--name", "A"]).ends(0);
    two.run(&["users", "create", "--email", "c@d", "--name", "C"]).ends(5);
}
