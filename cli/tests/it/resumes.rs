//! `resumes` commands, except import and export.

use vitae_sdk::Role;

use crate::cli::{admin, person};

const DOCUMENT: &str = "{ \"basics\": {\"name\": \"Ada\"},\n  \"x_rate\": 1.10, \"big\": 1e30 }";

#[test]
fn resume_is_created_updated_deleted_and_restored() {
    let (_stack, cli) = admin();
    let file = cli.file("ada.json", format!("\u{feff}{DOCUMENT}\n"));
    let create = ["resumes", "create", "--title", "Ada – Analyst", "--tag", "London", "--tag", "b", "--file"];
    let created = cli.run(&[&create[..], &[file.to_str().unwrap()]].concat());
    let id = created.ends(0).ids()[0].to_owned();
    assert_eq!(created.cells()[1..5], ["Ada – Analyst", "Administrator", "b,london", "1"]);
    cli.run(&["resumes", "export", &id]).ends(0).prints(&format!("{DOCUMENT}\n"));
    assert!(cli.run(&["resumes", "get", "Ada – Analyst", "-o", "json"]).ends(0).stdout.contains(DOCUMENT));

    let updated = cli.run(&["resumes", "update", "Ada – Analyst", "--title", "Ada King", "--no-tags"]);
    assert_eq!(updated.ends(0).cells()[1..5], ["Ada King", "Administrator", "", "2"]);
    cli.run(&["resumes", "export", &id]).prints(&format!("{DOCUMENT}\n"));
    cli.input(&["resumes", "update", &id, "--tag", "c", "--file", "-"], "{\"a\":1}").ends(0);
    cli.run(&["resumes", "export", &id]).prints("{\"a\":1}\n");
    let now = cli.json(&["resumes", "get", &id]);
    assert_eq!(
        (&now["title"], &now["tags"][0], &now["revision"]),
        (&"Ada King".into(), &"c".into(), &3.into())
    );

    cli.run(&["resumes", "delete", "Ada King"]).ends(2).says("--yes");
    cli.run(&["resumes", "delete", "Ada King", "--yes"]).ends(0).says("resumes restore");
    cli.run(&["resumes", "list"]).ends(0).prints("");
    cli.run(&["resumes", "update", &id, "--title", "X"]).ends(6).says("restore");
    assert_eq!(cli.run(&["resumes", "list", "--deleted", "include"]).ids(), [&id]);
    assert_eq!(cli.run(&["resumes", "restore", "Ada King"]).ends(0).ids(), [&id]);

    let history = cli.run(&["resumes", "history", &id]);
    let kinds: Vec<_> = history.ends(0).stdout.lines().map(|line| line.split('\t').nth(1).unwrap()).collect();
    assert_eq!(kinds, ["restored", "deleted", "updated", "updated", "created"]);
    assert!(history.stdout.lines().all(|line| line.split('\t').nth(2) == Some("Administrator")));
    let oldest = cli.run(&["resumes", "history", &id, "--sort", "revision", "--limit", "1"]);
    assert!(oldest.ends(0).stdout.contains("created"), "{}", oldest.stdout);
    let first = cli.json(&["resumes", "get", &id, "--revision", "1"]);
    assert_eq!((&first["title"], &first["kind"]), (&"Ada – Analyst".into(), &"created".into()));
    cli.run(&["resumes", "get", &id, "--revision", "99"]).ends(3).says("revision 99");
}

#[test]
fn deleted_resume_is_purged() {
    let (_stack, cli) = admin();
    let id = cli.run(&["resumes", "create", "--title", "Draft"]).ends(0).ids()[0].to_owned();
    // A title finds only deleted resumes; by id the server rejects the purge.
    cli.run(&["resumes", "purge", "Draft", "--yes"]).ends(3);
    cli.run(&["resumes", "purge", &id, "--yes"]).ends(6).says("delete it first");
    cli.run(&["resumes", "delete", &id, "--yes"]).ends(0);
    cli.run(&["resumes", "purge", "Draft"]).ends(2).says("--yes");
    let purged = cli.run(&["resumes", "purge", "Draft", "--yes", "--fields", "id,title"]);
    purged.ends(0).prints(&format!("{id}\tDraft\n")).says("purged");
    cli.run(&["resumes", "list", "--deleted", "include"]).ends(0).prints("");
    cli.run(&["resumes", "get", &id]).ends(3);
}

#[test]
fn document_is_empty_without_a_file() {
    let (_stack, cli) = admin();
    let id = cli.run(&["resumes", "create", "--title", "Draft"]).ends(0).ids()[0].to_owned();
    cli.run(&["resumes", "export", &id]).prints("{}\n");
}

#[test]
fn lists_are_filtered() {
    let (stack, cli) = admin();
    let member = person(&stack, Role::Member);
    let theirs = member.resume("Theirs", "{}");
    let ours = cli.resume("Ours", "{}");
    cli.run(&["resumes", "update", &ours, "--tag", "reviewed"]).ends(0);
    let ids = |arguments: &[&str]| {
        let outcome = cli.run(&[&["resumes", "list"], arguments].concat());
        outcome.ends(0).ids().iter().map(|id| (*id).to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(ids(&["--owner", "member@example.com"]), [theirs.as_str()]);
    assert_eq!(ids(&["--tag", "reviewed"]), [ours.as_str()]);
    assert_eq!(ids(&["--title", "Theirs"]), [theirs.as_str()]);
    assert_eq!(ids(&["--q", "the member"]), [theirs.as_str()]);
    assert_eq!(ids(&["--sort", "title"]), [ours.as_str(), &theirs]);
    assert_eq!(ids(&["--sort", "-title", "--limit", "1"]), [theirs.as_str()]);
    assert_eq!(member.run(&["resumes", "list"]).ends(0).ids(), [theirs.as_str()]);
    member.run(&["resumes", "get", &ours]).ends(3);
    member.run(&["resumes", "create", "--title", "X", "--owner", "admin@localhost"]).ends(5);
}

#[test]
fn stale_if_match_names_the_newer_revision() {
    let (stack, cli) = admin();
    let editor = person(&stack, Role::Editor);
    let id = cli.resume("Ours", "{}");
    editor.run(&["resumes", "update", &id, "--title", "Edited", "--if-match", "1"]).ends(0);
    cli.run(&["resumes", "update", &id, "--title", "Mine", "--if-match", "1"])
        .ends(6)
        .says("revision 2 by The editor")
        .says("newer than revision 1")
        .says("--if-match 2");
    cli.input(&["resumes", "update", &id, "--file", "-", "--if-match", "1"], "{}").ends(6).says("newer than");
    cli.run(&["resumes", "update", &id, "--title", "Mine"]).ends(0);
    cli.run(&["resumes", "update", &id]).ends(2).says("--title");
}

#[test]
fn ambiguous_title_is_rejected() {
    let (_stack, cli) = admin();
    let (one, two) = (cli.resume("Same", "{}"), cli.resume("Same", "{}"));
    cli.run(&["resumes", "get", "Same"]).ends(7).says(&one).says(&two).says("use the id of one of these");
    cli.run(&["resumes", "get", "Other"]).ends(3).says("\"Other\"");
    cli.run(&["resumes", "get", ""]).ends(2);
}

#[test]
fn invalid_document_is_rejected_with_all_errors() {
    let (_stack, cli) = admin();
    let create = ["resumes", "create", "--title", "X", "--file", "-"];
    cli.input(&create, r#"{"basics": [], "work": [{"startDate": "Jan 2020"}]}"#)
        .ends(7)
        .says("/document/basics: ")
        .says("/document/work/0/startDate: ");
    for (document, says) in [
        ("", "empty"),
        ("{\"a\": 1,\n \"a\": 2}", "line 2"),
        ("[]", "not a JSON object"),
        ("{\"a\": \"\\ud800\"}", "well-formed"),
        (&format!("{}1{}", "{\"a\":".repeat(65), "}".repeat(65)), "well-formed"),
        (&format!("{{\"a\": \"{}\"}}", "x".repeat(1 << 20)), "larger than"),
    ] {
        cli.input(&create, document).ends(7).says(says).says("standard input");
    }
    cli.run(&["resumes", "create", "--title", "X", "--file", "gone.json"]).ends(7).says("gone.json");
    cli.run(&["resumes", "list"]).prints("");
}

#[test]
fn piped_document_is_created() {
    let (_stack, cli) = admin();
    let create = ["resumes", "create", "--title", "Piped"];
    let id = cli.input(&create, &format!("{DOCUMENT}\n")).ends(0).ids()[0].to_owned();
    cli.run(&["resumes", "export", &id]).prints(&format!("{DOCUMENT}\n"));
    // A redirected file is read as well; an empty input is no document.
    let file = cli.file("ada.json", DOCUMENT);
    let mut command = cli.command(&create);
    command.stdin(std::fs::File::open(file).unwrap());
    let id = cli.finish(command, "").ends(0).ids()[0].to_owned();
    cli.run(&["resumes", "export", &id]).prints(&format!("{DOCUMENT}\n"));
    let id = cli.input(&create, "").ends(0).ids()[0].to_owned();
    cli.run(&["resumes", "export", &id]).prints("{}\n");
    cli.input(&create, "not JSON").ends(7).says("standard input").says("/dev/null");
    assert_eq!(cli.json(&["resumes", "list"]).as_array().unwrap().len(), 3);
}

#[test]
fn tags_are_added_and_removed_one_by_one() {
    let (_stack, cli) = admin();
    let id = cli.resume("Tagged", "{}");
    let update = |arguments: &[&str]| cli.run(&[&["resumes", "update", &id], arguments].concat());
    let tags = || cli.json(&["resumes", "get", &id])["tags"].to_string();
    update(&["--tag", "London", "--tag", "draft"]).ends(0);
    update(&["--add-tag", "Reviewed", "--remove-tag", "DRAFT", "--remove-tag", "absent"]).ends(0);
    assert_eq!(tags(), r#"["london","reviewed"]"#);
    update(&["--add-tag", "paris", "--if-match", "3"]).ends(0);
    assert_eq!(tags(), r#"["london","paris","reviewed"]"#);
    update(&["--add-tag", "late", "--if-match", "3"]).ends(6);
    // `--tag` names the tags that it removes.
    update(&["--tag", "only"]).ends(0).says("removed the tags london, paris, reviewed").says("--add-tag");
    assert_eq!(tags(), r#"["only"]"#);
    update(&["--add-tag", "x", "--tag", "y"]).ends(2);
    update(&["--add-tag", "X", "--remove-tag", "x"]).ends(2).says("both added and removed");
}

#[test]
fn parallel_updates_without_a_revision_all_succeed() {
    let (_stack, cli) = admin();
    let id = cli.resume("Busy", "{}");
    let update = |n: usize| {
        let tag = format!("t{n:02}");
        cli.command(&["resumes", "update", &id, "--add-tag", &tag, "--quiet"]).spawn().unwrap()
    };
    let children: Vec<_> = (0..24).map(update).collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let tags = cli.json(&["resumes", "get", &id])["tags"].as_array().unwrap().len();
    assert_eq!(tags, 24, "no update is lost");
}
