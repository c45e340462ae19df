//! `login`, `logout` and `auth status`.

use std::fs;

use vitae_server_testkit::{ADMIN, PASSWORD, Stack};

use crate::cli::{Cli, admin, stack, wait};

#[test]
fn login_is_stored_used_and_ended() {
    let stack = stack();
    let cli = Cli::new(&stack.url());
    cli.run(&["auth", "status"]).ends(4).says("not logged in").says("vitae login");
    cli.run(&["users", "list"]).ends(4).says("vitae login");
    cli.input(
        &["login", "--email", ADMIN, "--password-stdin", "--insecure-storage"],
        &format!("{PASSWORD}\r\n"),
    )
    .ends(0)
    .says("admin@localhost")
    .prints("");
    let config = fs::read_to_string(cli.config().join("config.toml")).unwrap();
    let expected = format!(
        "current = \"default\"\n\n[profiles.default]\naccount = \"{ADMIN}\"\nserver = \"{}\"\nstore = \"file\"\n",
        stack.url()
    );
    assert_eq!(config, expected);
    let status = cli.json(&["auth", "status"]);
    assert_eq!((&status["logged_in"], &status["store"]), (&true.into(), &"file".into()));
    assert_eq!(status["server"]["source"], "environment");
    assert_eq!(status["renewable"], true);
    assert_eq!(cli.run(&["users", "list"]).ends(0).cells()[2], ADMIN);
    cli.run(&["logout"]).ends(0).prints("").says("logged out");
    cli.run(&["auth", "status"]).ends(4);
    cli.run(&["users", "list"]).ends(4);
    cli.run(&["logout"]).ends(0).says("not logged in");
}

#[test]
fn known_device_logs_in_while_the_account_is_attacked() {
    let (stack, cli) = admin();
    cli.run(&["logout"]).ends(0);
    let login = ["login", "--email", ADMIN, "--password-stdin", "--insecure-storage"];
    let stranger = Cli::new(&stack.url());
    let is_throttled = || stranger.input(&login, "wrong password").code == Some(8);
    // Starting the process takes longer than the first login delays.
    assert!((0..40).any(|_| is_throttled()), "guessing goes on and on");
    stranger.input(&login, PASSWORD).ends(8).says("try again in");
    cli.input(&login, PASSWORD).ends(0);
}

#[cfg(unix)]
#[test]
fn login_file_is_private() {
    use std::os::unix::fs::PermissionsExt as _;
    let (_stack, cli) = admin();
    let server = fs::read_dir(cli.config().join("logins")).unwrap().next().unwrap().unwrap().path();
    let file = fs::read_dir(server).unwrap().next().unwrap().unwrap().path();
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    cli.run(&["users", "list"]).ends(1).says("others can read").says("chmod 600");
}

#[test]
fn missing_input_is_named_by_its_flag() {
    let stack = stack();
    let cli = Cli::new(&stack.url());
    cli.run(&["login"]).ends(2).says("--email");
    cli.run(&["login", "--email", ADMIN]).ends(2).says("--password-stdin");
    cli.input(&["login", "--email", ADMIN, "--password-stdin"], "\n").ends(2).says("no password");
    let hashes = stack.hash_count();
    cli.run(&["login", "--email", ADMIN, "--password", PASSWORD.split(' ').next().unwrap()]).ends(2);
    assert_eq!(stack.hash_count(), hashes, "no password was tried");
}

#[test]
fn wrong_password_is_rejected() {
    let stack = stack();
    let cli = Cli::new(&stack.url());
    for email in [ADMIN, "nobody@example.com"] {
        cli.input(&["login", "--email", email, "--password-stdin", "--insecure-storage"], "wrong password")
            .ends(4)
            .says(&format!("cannot log in at {} as {email}: e-mail or password is wrong", stack.url()))
            .says("next: ")
            .says("this address is from VITAE_SERVER")
            .says("request: ");
    }
    assert!(!cli.config().join("config.toml").exists());
    cli.run(&["auth", "status"]).ends(4);
}

#[test]
fn environment_token_is_used_and_not_stored() {
    let (stack, cli) = admin();
    let token = cli.token();
    let other = Cli::new(&stack.url());
    other.with("VITAE_TOKEN", &token, &["users", "list"]).ends(0);
    let status = other.with("VITAE_TOKEN", &token, &["auth", "status", "-o", "json"]).ends(0).json();
    assert_eq!((&status["store"], &status["renewable"]), (&"environment".into(), &false.into()));
    other.with("VITAE_TOKEN", &token, &["logout"]).ends(2).says("unset VITAE_TOKEN");
    assert!(!other.config().exists());

    for damaged in ["not a token", "a.b.c"] {
        other.with("VITAE_TOKEN", damaged, &["users", "list"]).says("VITAE_TOKEN");
    }
    stack.advance(std::time::Duration::from_hours(1));
    other.with("VITAE_TOKEN", &token, &["users", "list"]).ends(4).says("VITAE_TOKEN");
    // claims: {"exp": 1}
    let old = "e30.eyJleHAiOjF9.c2ln";
    other.with("VITAE_TOKEN", old, &["auth", "status"]).ends(4).says("has expired");
}

#[test]
fn expired_access_token_is_refreshed() {
    let (stack, cli) = admin();
    let before = cli.token();
    stack.advance(std::time::Duration::from_hours(1));
    cli.run(&["users", "list"]).ends(0);
    assert_ne!(cli.token(), before);
}

#[test]
fn logout_without_server_keeps_the_login_without_local() {
    let (mut stack, cli) = admin();
    wait(stack.kill());
    cli.run(&["logout"]).ends(9).says("--local");
    cli.run(&["auth", "status"]).ends(0);
    cli.run(&["logout", "--local"]).ends(0);
    cli.run(&["auth", "status"]).ends(4);
}

#[test]
fn profiles_separate_logins() {
    let (one, cli) = admin();
    let two = stack();
    cli.run(&["--profile", "two", "users", "list"]).ends(4).says("no profile").says("--profile two");
    let login = ["login", "--profile", "two", "--server", &two.url(), "--email", ADMIN];
    let login = [&login[..], &["--password-stdin", "--insecure-storage"]].concat();
    cli.input(&login, PASSWORD).ends(0);
    let source = |name: &str, value: &str, arguments: &[&str]| {
        let mut command = cli.command(&[arguments, &["auth", "status", "-o", "json"]].concat());
        command.env_remove("VITAE_SERVER").env(name, value);
        let status = cli.finish(command, "").json();
        [&status["server"]["value"], &status["server"]["source"], &status["profile"]["source"]]
            .map(|value| value.as_str().unwrap().to_owned())
    };
    assert_eq!(source("X", "", &[]), [&one.url(), "profile", "config"]);
    assert_eq!(source("X", "", &["--profile", "two"]), [&two.url(), "profile", "flag"]);
    assert_eq!(source("VITAE_PROFILE", "two", &[]), [&two.url(), "profile", "environment"]);
    assert_eq!(source("VITAE_SERVER", &two.url(), &[]), [&two.url(), "environment", "server"]);
    assert_eq!(source("VITAE_SERVER", &two.url(), &["--server", &one.url()]), [&one.url(), "flag", "config"]);
    cli.run(&["login", "--profile", "../x", "--email", ADMIN, "--password-stdin"]).ends(2);
}

#[test]
fn profile_flag_wins_over_the_environment() {
    let (one, cli) = admin();
    let two = stack();
    let login = ["login", "--profile", "two", "--server", &two.url(), "--email", ADMIN];
    cli.input(&[&login[..], &["--password-stdin", "--insecure-storage"]].concat(), PASSWORD).ends(0);
    // `Cli` sets VITAE_SERVER to the first server.
    let status = |token: &str, arguments: &[&str]| {
        let arguments = [arguments, &["auth", "status", "-o", "json"]].concat();
        cli.with("VITAE_TOKEN", token, &arguments).json()
    };
    let named = status("e30.e30.c2ln", &["--profile", "two"]);
    assert_eq!((&named["server"]["value"], &named["store"]), (&two.url().into(), &"file".into()));
    let given = status("e30.e30.c2ln", &["--profile", "two", "--server", &one.url()]);
    assert_eq!((&given["server"]["value"], &given["store"]), (&one.url().into(), &"environment".into()));
    let unnamed = status("e30.e30.c2ln", &[]);
    assert_eq!((&unnamed["server"]["value"], &unnamed["store"]), (&one.url().into(), &"environment".into()));
    cli.with("VITAE_TOKEN", "e30.e30.c2ln", &["--profile", "two", "users", "list"]).ends(0);
    // A profile without a server uses VITAE_SERVER.
    let login = ["login", "--profile", "new", "--email", ADMIN, "--password-stdin", "--insecure-storage"];
    cli.input(&login, PASSWORD).ends(0).says(&one.url());
}

/// A stack whose administrator's password must be changed.
fn with_generated_password() -> (Stack, Cli) {
    let stack = wait(Stack::start_with_generated_password());
    let cli = Cli::new(&stack.url());
    (stack, cli)
}

const NEW: &str = "another horse battery staple";

#[test]
fn generated_password_is_changed_by_a_command() {
    let (_stack, cli) = with_generated_password();
    let login = ["login", "--email", ADMIN, "--password-stdin", "--insecure-storage"];
    cli.input(&login, PASSWORD)
        .ends(5)
        .says("logged in at")
        .says("the generated first password of admin@localhost must be changed")
        .says("vitae auth password");
    cli.run(&["users", "list"])
        .ends(5)
        .says("generated first password")
        .says("next: change the password with");
    let doctor = cli.run(&["doctor"]);
    assert!(doctor.stdout.contains("generated first password"), "{}", doctor.stdout);
    let change = ["auth", "password", "--password-stdin"];
    cli.run(&["auth", "password"]).ends(2).says("--password-stdin");
    cli.input(&change, &format!("{PASSWORD}\n")).ends(2).says("two lines");
    cli.input(&change, &format!("{PASSWORD}\npassword1\n")).ends(7).says("several unrelated words");
    cli.input(&change, &format!("wrong\n{NEW}\n")).ends(7).says("current password");
    cli.input(&change, &format!("{PASSWORD}\r\n{NEW}\r\n")).ends(0).says("password changed").prints("");
    cli.run(&["users", "list"]).ends(0);
    cli.input(&login, NEW).ends(0);
    let me =
        cli.input(&[&change[..], &["-o", "json"]].concat(), &format!("{NEW}\n{PASSWORD}")).ends(0).json();
    assert_eq!(me["email"], ADMIN);
}

#[test]
fn logout_works_before_the_password_change() {
    let (_stack, cli) = with_generated_password();
    cli.input(&["login", "--email", ADMIN, "--password-stdin", "--insecure-storage"], PASSWORD).ends(5);
    cli.run(&["logout"]).ends(0).says("logged out");
    cli.input(&["auth", "password", "--password-stdin"], "one\ntwo\n").ends(4).says("vitae login");
}
