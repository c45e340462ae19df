//! `users` commands, by id and by e-mail.

use vitae_sdk::Role;
use vitae_server_testkit::PASSWORD;

use crate::cli::{Cli, Outcome, admin, person};
use crate::terminal::Terminal;

fn create(cli: &Cli, email: &str, name: &str) -> String {
    cli.json(&["users", "create", "--email", email, "--name", name])["id"].as_str().unwrap().to_owned()
}

#[test]
fn user_is_created_updated_disabled_deleted_and_restored() {
    let (stack, cli) = admin();
    let create = [
        "users",
        "create",
        "--email",
        "ada@example.com",
        "--name",
        "Ada",
        "--role",
        "editor",
        "--password-stdin",
    ];
    let created = cli.input(&create, PASSWORD);
    let id = created.ends(0).ids()[0].to_owned();
    assert_eq!(created.cells()[1..5], ["Ada", "ada@example.com", "editor", "active"]);
    Cli::new(&stack.url()).log_in("ada@example.com");

    for name in ["ada@example.com", "ADA@example.com", &id] {
        assert_eq!(cli.json(&["users", "get", name])["id"], id.as_str(), "{name}");
    }
    let updated = cli.run(&["users", "update", "ada@example.com", "--name", "Ada King", "--role", "viewer"]);
    assert_eq!(updated.ends(0).cells()[1..4], ["Ada King", "ada@example.com", "viewer"]);
    assert_eq!(cli.run(&["users", "disable", "ada@example.com"]).ends(0).cells()[4], "disabled");
    assert_eq!(cli.run(&["users", "list", "--status", "disabled"]).ids(), [&id]);
    assert_eq!(cli.run(&["users", "enable", &id]).ends(0).cells()[4], "active");

    cli.run(&["users", "delete", "ada@example.com"]).ends(2).says("--yes");
    cli.run(&["users", "delete", "ada@example.com", "--yes"]).ends(0).prints("").says("users restore");
    cli.run(&["users", "get", "ada@example.com"]).ends(3);
    assert_eq!(cli.run(&["users", "get", &id]).ends(0).cells()[4], "deleted");
    assert_eq!(cli.run(&["users", "list", "--deleted", "only"]).ids(), [&id]);
    cli.run(&["users", "update", &id, "--name", "X"]).ends(6).says("restore");
    cli.run(&["users", "restore", "ada@example.com"]).ends(0);
    cli.run(&["users", "restore", "ada@example.com"]).ends(3);
    assert_eq!(cli.run(&["users", "get", "ada@example.com"]).ends(0).ids(), [&id]);
}

#[test]
fn deleting_ones_own_account_warns_and_promises_no_undo() {
    let (_stack, cli) = admin();
    let create =
        ["users", "create", "--email", "b@example.com", "--name", "B", "--role", "admin", "--password-stdin"];
    cli.input(&create, PASSWORD).ends(0);
    let delete = ["users", "delete", "admin@localhost"];
    let mut terminal = Terminal::with(&cli, 200, &[], &delete);
    terminal.sees("your own account").sees("only another administrator can restore it").types("n\n");
    assert_eq!(terminal.ends().0, 1);
    let others = ["users", "delete", "b@example.com"];
    let mut terminal = Terminal::with(&cli, 200, &[], &others);
    terminal.sees("Delete B <b@example.com> and their resumes? [y/N]").types("n\n");
    assert_eq!(terminal.ends().0, 1);
    let outcome = cli.run(&["users", "delete", "admin@localhost", "--yes"]);
    outcome.ends(0).prints("").says("another administrator can restore it");
    assert!(!outcome.stderr.contains("undoes it"), "{}", outcome.stderr);
    cli.run(&["users", "list"]).ends(4);
}

#[test]
fn new_password_replaces_the_old_one() {
    let (stack, cli) = admin();
    let viewer = person(&stack, Role::Viewer);
    cli.run(&["users", "set-password", "viewer@example.com"]).ends(2).says("--password-stdin");
    cli.input(&["users", "set-password", "viewer@example.com", "--password-stdin"], "another password")
        .ends(0);
    let login = ["login", "--email", "viewer@example.com", "--password-stdin", "--insecure-storage"];
    viewer.input(&login, PASSWORD).ends(4);
    viewer.input(&login, "another password").ends(0);
    cli.input(&["users", "set-password", "viewer@example.com", "--password-stdin"], "short").ends(7);
}

#[test]
fn lists_are_filtered_sorted_and_paged() {
    let (_stack, cli) = admin();
    let ids: Vec<String> =
        ["Ada", "Bea", "Cyd"].map(|name| create(&cli, &format!("{name}@example.com"), name)).into();
    let list = |arguments: &[&str]| cli.run(&[&["users", "list"], arguments].concat());
    let is = |outcome: &Outcome, expected: &[usize]| {
        let expected: Vec<&str> = expected.iter().map(|at| ids[*at].as_str()).collect();
        assert_eq!(outcome.ends(0).ids(), expected);
    };
    is(&list(&["--q", "example.com", "--sort", "name"]), &[0, 1, 2]);
    is(&list(&["--q", "example.com", "--sort", "-name"]), &[2, 1, 0]);
    is(&list(&["--role", "member", "--sort=-email"]), &[2, 1, 0]);
    is(&list(&["--q", "bea", "--quiet"]), &[1]);
    let first = list(&["--role", "member", "--sort", "name", "--limit", "2"]);
    is(&first, &[0, 1]);
    let cursor = first.stderr.split("--cursor ").nth(1).unwrap().split(' ').next().unwrap();
    is(&list(&["--role", "member", "--sort", "name", "--cursor", cursor]), &[2]);
    is(&list(&["--role", "member", "--sort", "name", "--all"]), &[0, 1, 2]);
    list(&["--role", "king"]).ends(2).says("admin, editor, viewer, member");
    list(&["--sort", "age"]).ends(7).says("sort");
    list(&["--limit", "0"]).ends(2);
    list(&["--limit", "2", "--all"]).ends(2);

    let json = list(&["--role", "member", "-o", "json"]).json();
    assert_eq!(json.as_array().unwrap().len(), 3);
    assert_eq!(list(&["--role", "viewer", "-o", "json"]).json(), serde_json::json!([]));
    let lines = list(&["--role", "member", "-o", "ndjson"]);
    assert!(lines.stdout.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()));
    assert_eq!(lines.stdout.lines().count(), 3);
    list(&["--role", "viewer"]).prints("");
}

#[test]
fn stale_version_is_rejected() {
    let (_stack, cli) = admin();
    let id = create(&cli, "ada@example.com", "Ada");
    cli.run(&["users", "update", &id, "--name", "Ada 2", "--if-match", "1"]).ends(0);
    cli.run(&["users", "update", &id, "--name", "Ada 3", "--if-match", "1"])
        .ends(6)
        .says("version 2")
        .says("newer than version 1")
        .says("--if-match 2");
    cli.run(&["users", "update", &id, "--name", "Ada 3", "--if-match", "2"]).ends(0);
    cli.run(&["users", "update", &id]).ends(2).says("--name");
}

#[test]
fn errors_name_the_object_and_have_exit_codes() {
    let (stack, cli) = admin();
    create(&cli, "ada@example.com", "Ada");
    cli.run(&["users", "create", "--email", "ada@example.com", "--name", "A"])
        .ends(6)
        .says("ada@example.com");
    cli.run(&["users", "create", "--email", "ada", "--name", ""]).ends(7).says("/email").says("/name");
    cli.run(&["users", "get", "ada"]).ends(2).says("an id or an e-mail address");
    cli.run(&["users", "get", "no@example.com"]).ends(3).says("no@example.com");
    cli.run(&["users", "get", "0199c2f0-1b2a-7c3d-8e4f-5a6b7c8d9e0f"])
        .ends(3)
        .says("0199c2f0")
        .says("request: ");
    cli.run(&["users", "disable", "admin@localhost"]).ends(6).says("administrator");
    let viewer = person(&stack, Role::Viewer);
    viewer.run(&["users", "create", "--email", "x@example.com", "--name", "X"]).ends(5).says("next: ");
    viewer.run(&["users", "list"]).ends(0);
    person(&stack, Role::Member).run(&["users", "list"]).ends(5);
}

#[test]
fn parallel_updates_of_a_person_all_succeed() {
    let (stack, cli) = admin();
    let _ = person(&stack, Role::Member);
    let update = |n: usize| {
        let name = format!("Name {n}");
        cli.command(&["users", "update", "member@example.com", "--name", &name, "--quiet"]).spawn().unwrap()
    };
    let children: Vec<_> = (0..12).map(update).collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    assert_eq!(cli.json(&["users", "get", "member@example.com"])["version"], 13);
}
