//! `resumes import` from files, folders and pipes.

use crate::cli::{Cli, admin, wait};

const ADA: &str = r#"{"basics": {"name": "Ada", "label": "Analyst"}}"#;

fn titles(cli: &Cli) -> Vec<String> {
    let list = cli.json(&["resumes", "list", "--sort", "title"]);
    list.as_array().unwrap().iter().map(|resume| resume["title"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn folder_is_imported_and_rejects_are_named() {
    let (_stack, cli) = admin();
    cli.file("cvs/a.json", ADA);
    cli.file("cvs/b.json", r#"{"basics": [], "work": 1}"#);
    cli.file("cvs/c.json", "{\n  \"a\": nope }");
    cli.file("cvs/deep/d e\u{1b}.json", "{}");
    cli.file(
        "cvs/deep/list.ndjson",
        "{\"basics\":{\"name\":\"L1\"}}\n\n{bad}\n{\"basics\":{\"name\":\"L4\"}}\n",
    );
    cli.file("cvs/notes.txt", "not one");
    cli.file("cvs/.hidden/x.json", ADA);
    let outcome = cli.run(&["resumes", "import", "cvs", "--tag", "2026"]);
    outcome
        .ends(10)
        .says("cvs/b.json: ")
        .says("  /document/basics: expected an object, found an array")
        .says("  /document/work: ")
        .says("cvs/c.json: the document is not well-formed JSON")
        .says("line 2")
        .says("cvs/deep/list.ndjson:3: ")
        .says("4 created, 3 rejected");
    let rows: Vec<Vec<&str>> = outcome.stdout.lines().map(|line| line.split('\t').collect()).collect();
    let files: Vec<_> = rows.iter().map(|row| (row[0], row[2])).collect();
    assert_eq!(
        files,
        [
            ("cvs/a.json", "Ada – Analyst"),
            ("cvs/deep/d e\\u{1b}.json", "d e"),
            ("cvs/deep/list.ndjson:1", "L1"),
            ("cvs/deep/list.ndjson:4", "L4"),
        ]
    );
    assert_eq!(cli.json(&["resumes", "list", "--tag", "2026"]).as_array().unwrap().len(), 4);
}

#[test]
fn single_failing_document_fails_the_command() {
    let (_stack, cli) = admin();
    cli.file("bad.json", r#"{"basics": []}"#);
    cli.run(&["resumes", "import", "bad.json"])
        .ends(7)
        .prints("")
        .says("bad.json: ")
        .says("/document/basics");
    cli.run(&["resumes", "import", "gone.json"]).ends(7).says("gone.json");
    std::fs::create_dir(cli.home().join("empty")).unwrap();
    cli.run(&["resumes", "import", "empty"]).ends(7).says("empty");
    cli.file("big.json", format!("{{\"a\": \"{}\"}}", "x".repeat(1 << 20)));
    cli.run(&["resumes", "import", "big.json"]).ends(7).says("larger than");
    cli.run(&["resumes", "import"]).ends(2);
    let failure = cli.run(&["resumes", "import", "bad.json", "--error-format", "json"]);
    let failure: serde_json::Value = serde_json::from_str(&failure.ends(7).stderr).unwrap();
    assert_eq!((&failure["file"], &failure["exit_code"]), (&"bad.json".into(), &7.into()));
    assert_eq!(failure["code"], "document_invalid");
    assert_eq!(failure["errors"][0]["pointer"], "/document/basics");
}

#[test]
fn stdin_holds_one_document_or_many() {
    let (_stack, cli) = admin();
    let import = |input: &str| cli.input(&["resumes", "import", "-"], input);
    let pretty = "{\n  \"basics\": {\n    \"name\": \"Pretty\"\n  }\n}\n";
    assert_eq!(import(pretty).ends(0).cells()[2], "Pretty");
    assert_eq!(import("{\"basics\":{\"name\":\"One\"}}").ends(0).cells()[2], "One");
    assert_eq!(import("\n{}\n{\"basics\":{\"name\":\"Two\"}}\n").ends(0).stdout.lines().count(), 2);
    import("{broken}\n{}\n").ends(10).says("standard input:1: ").says("1 created, 1 rejected");
    import("{\n\"a\": 1,,\n}").ends(7).says("standard input: ").says("line 2");
    import("").ends(7);
    let export = r#"{"id":"0199c2f0-1b2a-7c3d-8e4f-5a6b7c8d9e0f","title":"Z Export","tags":["q"],"revision":7,"document":{"a":1.10}}"#;
    let id = import(export).ends(0).cells()[1].to_owned();
    cli.run(&["resumes", "export", &id]).prints("{\"a\":1.10}\n");
    assert_eq!(cli.json(&["resumes", "get", &id])["tags"][0], "q");
    assert_eq!(titles(&cli).last().unwrap(), "Z Export");
}

#[test]
fn flags_set_owner_tags_and_title() {
    let (stack, cli) = admin();
    let _ = wait(stack.client_as(vitae_sdk::Role::Member));
    let import =
        ["resumes", "import", "-", "--owner", "member@example.com", "--title", "Given", "--tag", "t"];
    let id = cli.input(&import, ADA).ends(0).cells()[1].to_owned();
    let resume = cli.json(&["resumes", "get", &id]);
    assert_eq!((&resume["title"], &resume["tags"][0]), (&"Given".into(), &"t".into()));
    assert_eq!(resume["owner"]["name"], "The member");
    cli.input(&["resumes", "import", "-", "--owner", "no@example.com"], ADA).ends(3);
}

#[test]
fn pre_1_0_document_is_imported_with_a_warning() {
    let (_stack, cli) = admin();
    let old = r#"{"basics": {"picture": "p"}, "work": [{"company": "Acme"}]}"#;
    cli.file("old.json", old);
    let id = {
        let outcome = cli.run(&["resumes", "import", "old.json"]);
        outcome.ends(0).says("warning: old.json: /basics/picture and 1 more").cells()[1].to_owned()
    };
    cli.run(&["resumes", "export", &id]).prints(&format!("{old}\n"));
    let quiet = cli.run(&["resumes", "import", "old.json", "--quiet"]);
    assert_eq!(quiet.ends(0).stderr, "");
}

#[test]
fn many_documents_are_imported_in_order() {
    let (_stack, cli) = admin();
    let documents: Vec<String> =
        (0..100).map(|n| format!("{{\"basics\":{{\"name\":\"N{n:03}\"}}}}")).collect();
    let input = documents.join("\n");
    let outcome = cli.input(&["resumes", "import", "-", "-o", "ndjson"], &input);
    for (at, line) in outcome.ends(0).stdout.lines().enumerate() {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!((&row["line"], &row["title"]), (&(at + 1).into(), &format!("N{at:03}").into()));
    }
    assert_eq!(cli.run(&["resumes", "list", "--all"]).stdout.lines().count(), 100);
    assert_eq!(cli.run(&["resumes", "list"]).says("--all").stdout.lines().count(), 50);
}

#[test]
fn import_without_server_stops_at_once() {
    let (mut stack, cli) = admin();
    let input = "{}\n".repeat(1000);
    wait(stack.kill());
    let outcome = cli.input(&["resumes", "import", "-"], &input);
    outcome.ends(9).says("standard input:1: ").says("0 created");
    assert!(outcome.stderr.lines().count() < 10, "{}", outcome.stderr);
}
