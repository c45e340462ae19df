//! Logins in a real Secret Service (gnome-keyring), with its own bus and home directory.

use std::env;
use std::process::{Command, Stdio};

use vitae_server_testkit::{ADMIN, PASSWORD};

use crate::cli::{Cli, Outcome, VITAE, stack};

const UNLOCK: &str =
    "printf keyring-password | gnome-keyring-daemon --unlock --components=secrets >/dev/null";

/// Whether the required programs are installed; the tests fail without them unless skipped.
fn is_possible() -> bool {
    if env::var_os("VITAE_SKIP_KEYRING").is_some_and(|value| value == "1") {
        #[expect(clippy::print_stdout, reason = "a skipped test has to be seen")]
        {
            println!("SKIPPED: the keyring tests, by VITAE_SKIP_KEYRING=1");
        }
        return false;
    }
    let path = env::var_os("PATH").unwrap_or_default();
    let is_missing = |program: &&str| !env::split_paths(&path).any(|dir| dir.join(program).exists());
    let missing: Vec<_> =
        ["dbus-run-session", "gnome-keyring-daemon"].into_iter().filter(is_missing).collect();
    assert!(
        missing.is_empty(),
        "{} not found: install dbus and gnome-keyring, or set VITAE_SKIP_KEYRING=1",
        missing.join(" and ")
    );
    true
}

/// Runs a script on its own D-Bus; `vitae` is the binary, `$PASSWORD` the administrator's.
fn on_a_bus(cli: &Cli, script: &str) -> Outcome {
    let mut command = Command::new("dbus-run-session");
    command
        .args(["--", "sh", "-c", &format!("vitae() {{ \"{VITAE}\" \"$@\"; }}\n{script}")])
        .env_clear()
        .env("PATH", env::var_os("PATH").unwrap_or_default())
        .env("HOME", cli.home())
        .env("XDG_RUNTIME_DIR", cli.home())
        .env("VITAE_CONFIG_DIR", cli.config())
        .env("VITAE_SERVER", &cli.url)
        .env("PASSWORD", PASSWORD)
        .env("LOGIN", format!("login --email {ADMIN} --password-stdin"))
        .current_dir(cli.home())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    cli.finish(command, "")
}

#[test]
fn login_is_stored_in_and_removed_from_the_keyring() {
    if !is_possible() {
        return;
    }
    let stack = stack();
    let cli = Cli::new(&stack.url());
    let script = format!(
        "{UNLOCK} && printf '%s' \"$PASSWORD\" | vitae $LOGIN -o ndjson && vitae auth status -o ndjson \
         && vitae users list -o ndjson && vitae logout; vitae auth status -o ndjson"
    );
    let outcome = on_a_bus(&cli, &script);
    let lines: Vec<serde_json::Value> =
        outcome.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 4, "{}{}", outcome.stdout, outcome.stderr);
    assert_eq!(lines[0]["email"], ADMIN);
    assert_eq!((&lines[1]["store"], &lines[1]["logged_in"]), (&"keyring".into(), &true.into()));
    assert_eq!(lines[2]["email"], ADMIN);
    assert_eq!(lines[3]["logged_in"], false);
    outcome.ends(4);
    assert!(!cli.config().join("logins").exists(), "nothing lies in a file");
}

#[test]
fn locked_keyring_is_named() {
    if !is_possible() {
        return;
    }
    let stack = stack();
    let cli = Cli::new(&stack.url());
    on_a_bus(&cli, &format!("{UNLOCK} && printf '%s' \"$PASSWORD\" | vitae $LOGIN")).ends(0);
    // The same keyring, still locked.
    on_a_bus(&cli, "vitae users list").ends(1).says("the keyring is locked").says("unlock");
    let hashes = stack.hash_count();
    let again = on_a_bus(&cli, "printf '%s' \"$PASSWORD\" | vitae $LOGIN");
    again.ends(1).says("locked").says("--insecure-storage");
    assert_eq!(stack.hash_count(), hashes, "the password was not sent");
    on_a_bus(&cli, "printf '%s' \"$PASSWORD\" | vitae $LOGIN --insecure-storage && vitae users list").ends(0);
}

#[test]
fn login_without_keyring_needs_insecure_storage() {
    let stack = stack();
    let cli = Cli::new(&stack.url());
    let hashes = stack.hash_count();
    let mut command = cli.command(&["login", "--email", ADMIN, "--password-stdin"]);
    command.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere").stdin(Stdio::piped());
    let outcome = cli.finish(command, PASSWORD);
    outcome.ends(1).says("no keyring").says("--insecure-storage");
    assert_eq!(stack.hash_count(), hashes, "the password was not sent");
    assert!(!cli.config().join("config.toml").exists());
}

#[test]
fn moved_login_leaves_no_copy() {
    if !is_possible() {
        return;
    }
    let stack = stack();
    let cli = Cli::new(&stack.url());
    let script = format!(
        "{UNLOCK} && enter() {{ printf '%s' \"$PASSWORD\" | vitae $LOGIN \"$@\" --quiet; }} && enter \
         && enter --insecure-storage && vitae profiles list && sed -i s/file/keyring/ config/config.toml && vitae auth status -o ndjson; \
         sed -i s/keyring/file/ config/config.toml && enter && vitae profiles list && ls config/logins/*"
    );
    let outcome = on_a_bus(&cli, &script);
    let lines: Vec<&str> = outcome.stdout.lines().collect();
    assert!(
        lines[0].contains("\tfile\t") && lines[2].contains("\tkeyring\t"),
        "{}{}",
        outcome.stdout,
        outcome.stderr
    );
    assert!(lines[1].contains("\"logged_in\":false"), "the keyring holds nothing: {}", lines[1]);
    assert_eq!(lines.len(), 3, "nothing lies in a file: {}", outcome.stdout);
}

#[test]
fn unresponsive_keyring_times_out() {
    if !is_possible() {
        return;
    }
    let stack = stack();
    let cli = Cli::new(&stack.url());
    // The stopped service accepts requests and never replies.
    let script = format!(
        "{UNLOCK} && printf '%s' \"$PASSWORD\" | vitae $LOGIN --quiet || exit 99
        pid=$(dbus-send --session --print-reply=literal --dest=org.freedesktop.DBus / \
          org.freedesktop.DBus.GetConnectionUnixProcessID string:org.freedesktop.secrets | sed 's/.* //')
        kill -STOP \"$pid\"
        vitae users list; code=$?
        printf '%s' \"$PASSWORD\" | vitae $LOGIN; again=$?
        kill -CONT \"$pid\"
        vitae users list >/dev/null || exit 98
        [ \"$again\" = \"$code\" ] && exit \"$code\""
    );
    let hashes = stack.hash_count();
    on_a_bus(&cli, &script).ends(1).prints("").says("keyring").says("--insecure-storage");
    assert_eq!(stack.hash_count(), hashes + 1, "the second password was not sent");
}
