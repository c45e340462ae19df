//! `audit list`.

use vitae_sdk::Role;

use crate::cli::{Cli, Outcome, admin, person};

/// More attempts than a change needs to appear in the audit record.
const ATTEMPTS: usize = 500;

fn list(cli: &Cli, arguments: &[&str]) -> Outcome {
    cli.run(&[&["audit", "list"], arguments].concat())
}

/// Waits until the list has this many lines.
#[track_caller]
fn listed(cli: &Cli, lines: usize, arguments: &[&str]) -> Outcome {
    let mut lists = (0..ATTEMPTS).map(|_| list(cli, arguments));
    let found = lists.find(|list| list.ends(0).stdout.lines().count() == lines);
    found.unwrap_or_else(|| panic!("never {lines} lines: {}", list(cli, arguments).stdout))
}

/// One column of the list.
fn column(list: &Outcome, at: usize) -> Vec<&str> {
    list.stdout.lines().map(|line| line.split('\t').nth(at).unwrap()).collect()
}

#[test]
fn changes_are_listed_newest_first_and_filtered() {
    let (_stack, cli) = admin();
    let admin_id = cli.json(&["users", "get", "admin@localhost"])["id"].as_str().unwrap().to_owned();
    let id = cli.resume("Ada", "{}");
    cli.run(&["resumes", "update", &id, "--title", "Ada 2"]).ends(0);
    cli.run(&["resumes", "delete", &id, "--yes"]).ends(0);
    let actions = ["resumes.resume.deleted", "resumes.resume.updated", "resumes.resume.created"];

    let all = listed(&cli, 3, &["--object", &id]);
    assert_eq!(column(&all, 1), actions);
    assert_eq!(column(&all, 2), [&admin_id; 3]);
    assert_eq!(column(&all, 3), [&id; 3]);
    assert!(column(&all, 0).is_sorted_by(|later, earlier| later >= earlier), "{}", all.stdout);
    assert!(all.stdout.lines().all(|line| line.split('\t').nth(4).is_some_and(|id| !id.is_empty())));

    let is = |arguments: &[&str], expected: &[&str]| {
        let found = list(&cli, &[&["--object", &id], arguments].concat());
        assert_eq!(column(found.ends(0), 1), expected, "{arguments:?}");
    };
    is(&["--action", "resumes.resume.updated"], &actions[1..2]);
    is(&["--action", "resumes."], &actions);
    is(&["--action", "users."], &[]);
    is(&["--actor", "admin@localhost"], &actions);
    is(&["--actor", &admin_id, "--since", "1h", "--all"], &actions);
    is(&["--until", "1h"], &[]);
    is(&["--sort", "-sequence"], &actions);
    is(&["--sort", "sequence"], &[actions[2], actions[1], actions[0]]);
    list(&cli, &["--sort", "at"]).ends(7).says("sequence");
    is(&["--since", column(&all, 0)[0], "--until", "9999-01-01T00:00:00Z"], &actions[..1]);

    let first = list(&cli, &["--object", &id, "--limit", "2"]);
    assert_eq!(column(&first, 1), actions[..2]);
    let cursor = first.stderr.split("--cursor ").nth(1).unwrap().split_whitespace().next().unwrap();
    is(&["--cursor", cursor], &actions[2..]);

    let json = list(&cli, &["--object", &id, "-o", "json"]).json();
    assert_eq!(json[1]["changes"][0]["field"], "title");
    assert_eq!(json[1]["changes"][0]["after"], "Ada 2");
    let quiet = list(&cli, &["--object", &id, "--quiet"]);
    assert_eq!(quiet.ids(), [0, 1, 2].map(|at| json[at]["event_id"].as_str().unwrap()));
}

#[test]
fn actions_of_deleted_users_are_listed() {
    let (stack, cli) = admin();
    let id = person(&stack, Role::Editor).resume("Theirs", "{}");
    cli.run(&["users", "delete", "editor@example.com", "--yes"]).ends(0);
    let theirs = listed(&cli, 1, &["--actor", "editor@example.com", "--action", "resumes."]);
    assert_eq!(column(&theirs, 3), [&id]);
}

#[test]
fn errors_have_exit_codes() {
    let (stack, cli) = admin();
    for (arguments, code, says) in [
        (&["--actor", "no@example.com"][..], 3, "no@example.com"),
        (&["--actor", "ada"], 2, "an id or an e-mail address"),
        (&["--object", "ada"], 2, "0199c2f0"),
        (&["--since", "yesterday"], 2, "2h"),
        (&["--cursor", "x"], 7, "cursor"),
        (&["--limit", "2", "--all"], 2, "--all"),
    ] {
        list(&cli, arguments).ends(code).says(says);
    }
    for role in [Role::Member, Role::Viewer, Role::Editor] {
        list(&person(&stack, role), &[]).ends(5).prints("").says("next: ");
    }
}
