//! `apply` and `diff` with manifests.

use serde_json::Value;
use vitae_sdk::Role;

use crate::cli::{Cli, admin, person};

const PEOPLE: &str = "\
kind: user
email: ada@example.com
name: Ada Lovelace
role: editor
---
kind: user
email: bob@example.com
name: Bob
status: disabled
---
kind: resume
owner: ada@example.com
title: Ada – Analyst
tags: [London, b, b]
document:
  zeta: 1
  basics:
    name: Ada
    label: |
      two
      lines
  x: [true, null, 1.5, -3]
";

/// The kind, name and action of each object.
fn actions(cli: &Cli, arguments: &[&str], code: i32) -> Vec<String> {
    let outcome = cli.run(arguments);
    let lines = outcome.ends(code).stdout.lines();
    lines.map(|line| line.split('\t').take(3).collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn apply_is_idempotent() {
    let (_stack, cli) = admin();
    cli.file("all.yaml", PEOPLE);
    let apply = ["apply", "-f", "all.yaml"];
    let dry = [&apply[..], &["--dry-run"]].concat();
    let created =
        ["user ada@example.com created", "user bob@example.com created", "resume Ada – Analyst created"];
    assert_eq!(actions(&cli, &dry, 0), created, "although the owner is still to come");
    assert_eq!(cli.run(&["users", "list"]).stdout.lines().count(), 1, "a dry run writes nothing");
    cli.run(&["diff", "-f", "all.yaml"]).ends(1);
    assert_eq!(actions(&cli, &apply, 0), created);
    let unchanged = created.map(|line| line.replace("created", "unchanged"));
    assert_eq!(actions(&cli, &apply, 0), unchanged);
    assert_eq!(actions(&cli, &dry, 0), unchanged);
    cli.run(&["diff", "-f", "all.yaml"]).ends(0).prints("");
    let resume = cli.json(&["resumes", "get", "Ada – Analyst"]);
    assert_eq!((&resume["revision"], &resume["owner"]["name"]), (&1.into(), &"Ada Lovelace".into()));
    let exported = cli.run(&["resumes", "export", "Ada – Analyst"]).stdout.clone();
    assert!(
        exported.starts_with("{\"zeta\":1,\"basics\":{\"name\":\"Ada\",\"label\":\"two\\nlines\\n\"}"),
        "{exported}"
    );
    let bob = cli.json(&["users", "get", "bob@example.com"]);
    assert_eq!((&bob["status"], &bob["role"]), (&"disabled".into(), &"member".into()));
}

#[test]
fn apply_changes_only_stated_fields() {
    let (_stack, cli) = admin();
    cli.file("all.yaml", PEOPLE);
    cli.run(&["apply", "-f", "all.yaml"]).ends(0);
    let change = "[{\"email\": \"ADA@example.com\", \"role\": \"viewer\"}, {\"email\": \"bob@example.com\", \"status\": \"active\"}]\n\
        {\"kind\": \"Resume\", \"owner\": \"ada@example.com\", \"title\": \"Ada – Analyst\", \"tags\": [\"c\"]}";
    let diff = cli.input(&["diff", "-f", "-"], change);
    diff.ends(1).prints(
        "user\tADA@example.com\tchanged\t/email\t\"ada@example.com\"\t\"ADA@example.com\"\n\
         user\tADA@example.com\tchanged\t/role\t\"editor\"\t\"viewer\"\n\
         user\tbob@example.com\tchanged\t/status\t\"disabled\"\t\"active\"\n\
         resume\tAda – Analyst\tadded\t/tags/1\t\t\"c\"\n"
            .replace(
                "added\t/tags/1\t\t\"c\"",
                "changed\t/tags/0\t\"b\"\t\"c\"\nresume\tAda – Analyst\tremoved\t/tags/1\t\"london\"\t",
            )
            .as_str(),
    );
    cli.input(&["apply", "-f", "-"], change).ends(0).says("3 up to date");
    let ada = cli.json(&["users", "get", "ada@example.com"]);
    assert_eq!(
        (&ada["name"], &ada["role"], &ada["version"]),
        (&"Ada Lovelace".into(), &"viewer".into(), &2.into())
    );
    let resume = cli.json(&["resumes", "get", "Ada – Analyst"]);
    assert_eq!((&resume["tags"], &resume["document"]["zeta"]), (&serde_json::json!(["c"]), &1.into()));
    cli.input(&["diff", "-f", "-"], change).ends(0);
}

#[test]
fn output_of_get_can_be_applied() {
    let (_stack, cli) = admin();
    let id = cli.resume("Ada", "{ \"b\": 1.10,\n  \"a\": {\"x\": null} }");
    for form in ["yaml", "json"] {
        let text = cli.run(&["resumes", "get", &id, "-o", form]).ends(0).stdout.clone();
        let action = if form == "json" { "unchanged" } else { "updated" };
        // YAML does not keep the digits of 1.10.
        assert_eq!(cli.input(&["apply", "-f", "-"], &text).ends(0).cells()[2], action, "{text}");
        cli.input(&["resumes", "update", &id, "--file", "-"], "{ \"b\": 1.10,\n  \"a\": {\"x\": null} }")
            .ends(0);
    }
    let text = cli.run(&["resumes", "get", &id, "-o", "yaml"]).stdout.replace("title: Ada", "title: Ada K");
    cli.input(&["apply", "-f", "-"], &text).ends(0);
    assert_eq!(cli.json(&["resumes", "get", &id])["title"], "Ada K");
    let user = cli.run(&["users", "get", "admin@localhost", "-o", "yaml"]).stdout.clone();
    assert_eq!(cli.input(&["apply", "-f", "-"], &user).ends(0).cells()[2], "unchanged");
    // A removed part of a stated document is removed.
    cli.file("d/doc.json", "{\"b\": 2}");
    cli.file("d/m.yaml", format!("id: {id}\ndocument_file: doc.json\n"));
    cli.file("d/.hidden.yaml", "nonsense");
    std::fs::remove_file(cli.home().join("d/doc.json")).unwrap();
    cli.run(&["apply", "-f", "d"]).ends(7).says("doc.json");
    cli.file("doc.json", "{\"b\": 2}");
    cli.file("m.yaml", format!("id: {id}\ndocument_file: doc.json\n"));
    cli.run(&["diff", "-f", "m.yaml"]).ends(1);
    cli.run(&["apply", "-f", "m.yaml"]).ends(0);
    cli.run(&["resumes", "export", &id]).prints("{\"b\": 2}\n");
}

#[test]
fn explicit_null_is_rejected() {
    let (_stack, cli) = admin();
    let id = cli.resume("Ada", "{\"a\": 1}");
    let stated = format!("{{\"id\": \"{id}\", \"kind\": \"resume\", \"document\": {{\"a\": null}}}}");
    cli.input(&["diff", "-f", "-"], &stated)
        .ends(1)
        .prints("resume\tX\tchanged\t/document/a\t1\tnull\n".replace('X', &id).as_str());
    assert_eq!(cli.input(&["apply", "-f", "-"], &stated).ends(0).cells()[2], "updated");
    cli.run(&["resumes", "export", &id]).prints("{\"a\": null}\n");
}

#[test]
fn invalid_manifest_changes_nothing() {
    let (_stack, cli) = admin();
    let good = "kind: user\nemail: ada@example.com\nname: Ada\n---\n";
    for (bad, says) in [
        ("kind: user\nemial: x@y\n", "unknown field \"emial\""),
        ("kind: user\nname: x\n", "e-mail or an id"),
        ("kind: robot\n", "found \"robot\""),
        ("email: x@y\nname: X\npassword: hunter2hunter2\n", "passwords cannot be applied"),
        ("kind: resume\ntitle: X\ndocument: 7\n", "document: expected an object"),
        ("kind: resume\ntitle: X\ntags: x\n", "tags: expected a list"),
        ("role: boss\nemail: x@y\n", "role: expected one of"),
        ("- 7\n", "expected an object"),
        ("a: [\n", "object"),
    ] {
        let outcome = cli.input(&["apply", "-f", "-"], &format!("{good}{bad}"));
        outcome.ends(7);
        if says != "object" {
            outcome.says(says).says("object 2: ");
        }
        assert!(!outcome.stderr.contains("hunter2"), "{}", outcome.stderr);
    }
    assert_eq!(cli.run(&["users", "list"]).stdout.lines().count(), 1);
    cli.run(&["apply"]).ends(2);
    cli.run(&["apply", "-f", "gone.yaml"]).ends(7).says("gone.yaml");
    cli.run(&["diff", "-f", "gone.yaml"]).ends(7);
}

#[test]
fn apply_continues_after_a_failed_object() {
    let (stack, cli) = admin();
    let first = cli.resume("Same", "{}");
    let second = cli.resume("Same", "{}");
    let gone = cli.resume("Gone", "{}");
    cli.run(&["resumes", "delete", &gone, "--yes"]).ends(0);
    let text = format!(
        "kind: resume\ntitle: Same\ntags: [x]\n---\nid: {gone}\ntitle: X\n---\nkind: user\nemail: new@example.com\n---\nkind: user\nemail: ada@example.com\nname: Ada\n"
    );
    let outcome = cli.input(&["apply", "-f", "-"], &text);
    outcome
        .ends(10)
        .says(&first)
        .says(&second)
        .says("restore")
        .says("needs a name")
        .says("1 up to date, 3 failed")
        .says("3 of 4 objects could not be applied");
    cli.input(&["diff", "-f", "-"], &text).ends(10);
    let one = cli.input(&["diff", "-f", "-"], &format!("id: {gone}\ntitle: X\n"));
    one.ends(6).says("restore");
    let viewer = person(&stack, Role::Viewer);
    viewer.input(&["apply", "-f", "-"], "email: x@example.com\nname: X\n").ends(5);
    let json: Value = cli
        .input(&["apply", "-f", "-", "-o", "json"], "email: ada@example.com\nname: Ada K\n")
        .ends(0)
        .json();
    assert_eq!((&json[0]["action"], &json[0]["changes"][0]["pointer"]), (&"updated".into(), &"/name".into()));
}
