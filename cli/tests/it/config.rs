//! Reading and changing `config.toml`.

use std::fs;

use vitae_server_testkit::{ADMIN, PASSWORD};

use crate::cli::{Cli, stack};

#[test]
fn damaged_config_is_named_with_its_line() {
    let cli = Cli::new("http://127.0.0.1:1");
    for (text, line) in [
        ("current = \"a\"\n[profiles.a\n", "config.toml:2"),
        ("current = 7\n", "config.toml:1"),
        ("[profiles.default]\nserver = \"http://127.0.0.1:1\"\nstore = \"pocket\"\n", "config.toml:3"),
    ] {
        cli.file("config/config.toml", text);
        for arguments in [&["users", "list"][..], &["auth", "status"], &["login", "--email", "a@b"]] {
            cli.run(arguments).ends(1).says(line).says("next: ");
        }
        assert_eq!(fs::read_to_string(cli.config().join("config.toml")).unwrap(), text, "left alone");
        cli.run(&["--help"]).ends(0);
    }
    cli.file("config/config.toml", "[profiles.default]\nserver = \"nonsense\"\n");
    let mut command = cli.command(&["users", "list"]);
    command.env_remove("VITAE_SERVER");
    cli.finish(command, "").ends(1).says("from the profile");
}

#[test]
fn login_keeps_the_rest_of_the_config() {
    let stack = stack();
    let cli = Cli::new(&stack.url());
    let text =
        "current = \"other\"\nfuture = 1\n\n[profiles.other]\nserver = \"https://vitae.example\"\nx = true\n";
    cli.file("config/config.toml", text);
    let login = ["login", "--profile", "new", "--email", ADMIN, "--password-stdin", "--insecure-storage"];
    cli.input(&login, PASSWORD).ends(0);
    let text = fs::read_to_string(cli.config().join("config.toml")).unwrap();
    for kept in ["current = \"other\"", "future = 1", "[profiles.other]", "x = true", "[profiles.new]"] {
        assert!(text.contains(kept), "{kept} in {text}");
    }
}

#[test]
fn unwritable_config_is_reported_before_the_login() {
    let stack = stack();
    let cli = Cli::new(&stack.url());
    cli.file("config", "a file where the directory should be");
    let hashes = stack.hash_count();
    let login = ["login", "--email", ADMIN, "--password-stdin", "--insecure-storage"];
    cli.input(&login, PASSWORD).ends(1).says("config").says("VITAE_CONFIG_DIR");
    assert_eq!(stack.hash_count(), hashes);
}
