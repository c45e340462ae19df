//! Shell completion: in bash itself, and in the format of the other shells.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;

use vitae_server_testkit::ADMIN;

use crate::cli::{Cli, VITAE, admin};

/// The candidates for the last, unfinished word.
fn offered(cli: &Cli, shell: &str, words: &[&str]) -> Vec<String> {
    let mut command = cli.command(&[&["--", "vitae"], words].concat());
    command.env("VITAE_COMPLETE", shell).env("_CLAP_COMPLETE_INDEX", words.len().to_string());
    command.env("_CLAP_IFS", "\n").env_remove("VITAE_SERVER");
    let outcome = cli.finish(command, "");
    assert_eq!((outcome.ends(0).stderr.as_str(), ""), ("", ""));
    outcome.stdout.lines().map(str::to_owned).collect()
}

/// The completions that bash shows.
fn in_bash(cli: &Cli, words: &[&str]) -> Vec<String> {
    let script = format!(
        "source <(vitae completions bash); COMP_WORDS=(vitae {}); COMP_CWORD={}; COMP_TYPE=9
         _clap_complete_vitae vitae {} x; printf '%s\\n' \"${{COMPREPLY[@]}}\"",
        words.join(" "),
        words.len(),
        words.last().unwrap(),
    );
    let mut command = Command::new("bash");
    let programs = Path::new(VITAE).parent().unwrap();
    command
        .args(["--norc", "-c", &script])
        .env_clear()
        .env("PATH", format!("{}:/usr/bin:/bin", programs.display()))
        .env("VITAE_CONFIG_DIR", cli.config())
        .env("HOME", cli.home());
    let output = command.output().unwrap();
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn names_fields_and_profiles_are_completed() {
    let (_stack, cli) = admin();
    cli.run(&["users", "create", "--email", "ada@example.com", "--name", "Ada"]).ends(0);
    let ids = ["Ada Lovelace – Analyst", "$(touch owned)", "Plain"].map(|title| cli.resume(title, "{}"));
    cli.run(&["resumes", "update", &ids[2], "--tag", "london"]).ends(0);
    assert_eq!(in_bash(&cli, &["users", "get", "ada"]), ["ada@example.com"]);
    assert_eq!(in_bash(&cli, &["users", "get", "ada@ex"]), ["ada@example.com"]);
    assert_eq!(in_bash(&cli, &["resumes", "get", "Ada"]), ["Ada\\ Lovelace\\ –\\ Analyst"]);
    assert_eq!(offered(&cli, "zsh", &["resumes", "get", "Ada"]), ["Ada Lovelace – Analyst:Administrator"]);
    let all = offered(&cli, "fish", &["resumes", "get", ""]);
    assert!(all.iter().all(|line| !line.starts_with('$')), "nothing that a shell would run: {all:?}");
    assert!(all.contains(&format!("{}\t$(touch owned)", ids[1])), "{all:?}");
    assert_eq!(offered(&cli, "bash", &["resumes", "export", &ids[1][..30]]).len(), 1);
    assert_eq!(offered(&cli, "bash", &["resumes", "list", "--tag", ""]), ["london"]);
    assert_eq!(offered(&cli, "bash", &["resumes", "list", "--owner", ADMIN]), [ADMIN]);
    assert_eq!(
        offered(&cli, "bash", &["resumes", "list", "--fields", "id,own"]),
        ["id,owner.id", "id,owner.name"]
    );
    assert_eq!(offered(&cli, "bash", &["users", "list", "--role", "e"]), ["editor"]);
    assert_eq!(offered(&cli, "bash", &["users", "list", "--sort", "em"]), ["email"]);
    assert_eq!(offered(&cli, "bash", &["audit", "list", "--sort", "s"]), ["sequence"]);
    assert_eq!(offered(&cli, "bash", &["resumes", "history", "--sort", "r"]), ["revision"]);
    assert_eq!(offered(&cli, "bash", &["--profile", "d"]), ["default"]);
    assert_eq!(offered(&cli, "bash", &["users", "res"]), ["restore"]);
    assert_eq!(offered(&cli, "bash", &["explain", "last"]), ["last_admin"]);
    assert_eq!(in_bash(&cli, &["users", "list", "-o", "nd"]), ["ndjson"]);
    assert!(!cli.home().join("owned").exists());
}

#[test]
fn cached_names_are_offered_without_a_server() {
    let (mut stack, cli) = admin();
    cli.run(&["users", "list"]).ends(0);
    let seen = cli.config().join("seen");
    let file = walk(&seen).pop().unwrap();
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    crate::cli::wait(stack.kill());
    assert_eq!(offered(&cli, "bash", &["users", "get", "adm"]), [ADMIN]);
    // Without a time limit a server that never responds would block the shell.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let mut command = cli.command(&["--", "vitae", "users", "get", "adm"]);
    command.env("VITAE_COMPLETE", "bash").env("_CLAP_COMPLETE_INDEX", "3");
    command.env("VITAE_SERVER", url).env("VITAE_TOKEN", "a.b.c");
    cli.finish(command, "").ends(0).prints("");
    cli.run(&["logout", "--local"]).ends(0);
    assert!(!file.exists(), "a logout takes it away");
}

#[test]
fn nothing_is_cached_for_an_environment_token() {
    let (_stack, cli) = admin();
    let other = Cli::new(&cli.url);
    let token = cli.token();
    other.with("VITAE_TOKEN", &token, &["users", "list"]).ends(0);
    let mut command = other.command(&["--", "vitae", "users", "get", "adm"]);
    command.env("VITAE_COMPLETE", "bash").env("_CLAP_COMPLETE_INDEX", "3").env("VITAE_TOKEN", &token);
    other.finish(command, "").ends(0).prints(ADMIN);
    assert!(!other.config().join("seen").exists());
}

#[test]
fn completion_opens_no_keyring() {
    let cli = Cli::new("http://127.0.0.1:1");
    let bus = cli.home().join("bus");
    let listener = UnixListener::bind(&bus).unwrap();
    listener.set_nonblocking(true).unwrap();
    cli.file(
        "config/config.toml",
        "current = \"default\"\n[profiles.default]\nserver = \"http://127.0.0.1:1\"\naccount = \"ada@example.com\"\nstore = \"keyring\"\n",
    );
    let address = format!("unix:path={}", bus.display());
    let mut command = cli.command(&["--", "vitae", "users", "get", ""]);
    command.env("VITAE_COMPLETE", "bash").env("_CLAP_COMPLETE_INDEX", "3");
    command.env("DBUS_SESSION_BUS_ADDRESS", &address).env_remove("VITAE_SERVER");
    assert!(!cli.finish(command, "").ends(0).stdout.contains('@'));
    assert!(listener.accept().is_err(), "the bus was asked");
    // Control: a command does use the keyring on this bus.
    let mut command = cli.command(&["auth", "status"]);
    command.env("DBUS_SESSION_BUS_ADDRESS", &address).env_remove("VITAE_SERVER");
    cli.finish(command, "");
    assert!(listener.accept().is_ok());
}

#[test]
fn every_shell_has_a_script() {
    let cli = Cli::new("http://127.0.0.1:1");
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = cli.run(&["completions", shell]);
        assert!(script.ends(0).stdout.contains("VITAE_COMPLETE"), "{shell}");
        assert!(!offered(&cli, shell, &["us"]).is_empty(), "{shell}");
    }
    cli.run(&["completions", "csh"]).ends(2).says("zsh");
}

fn walk(directory: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}
