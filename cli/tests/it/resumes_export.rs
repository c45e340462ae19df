//! `resumes export`.

use std::fmt::Write as _;
use std::fs;
use std::process::Stdio;

use vitae_sdk::Role;

use crate::cli::{admin, person};

const DOCUMENTS: [&str; 3] = [
    "{\"basics\":{\"name\":\"Ada\"},\r\n\t\"n\":[1.10,1e2,1180591620717411303424],\"x\":null}",
    "{ }",
    "{\"basics\":{\"name\":\"\u{1f469}\u{200d}\u{1f4bb} \u{202e}\u{9b}31m\",\"label\":\"\\u001b[2J\"}}",
];

#[test]
fn exported_documents_keep_their_bytes() {
    let (_stack, cli) = admin();
    let folder = cli.home().join("in");
    for (at, text) in DOCUMENTS.iter().enumerate() {
        cli.file(&format!("in/{at}.json"), format!("{text}\n"));
    }
    cli.run(&["resumes", "import", folder.to_str().unwrap()]).ends(0);
    let exported = cli.run(&["resumes", "export", "--all", "--dir", "out/new", "-o", "json"]);
    let mut back: Vec<String> = Vec::new();
    for row in exported.ends(0).json().as_array().unwrap() {
        back.push(fs::read_to_string(cli.home().join(row["file"].as_str().unwrap())).unwrap());
    }
    let mut expected = DOCUMENTS.map(|text| format!("{text}\n"));
    expected.sort();
    back.sort();
    assert_eq!(back, expected);
    let left = fs::read_dir(cli.home().join("out/new")).unwrap().count();
    assert_eq!(left, 4, "only the documents and the sidecar file are left");
}

#[test]
fn the_largest_resumes_are_listed_and_exported() {
    let (_stack, cli) = admin();
    let long = |count: usize, number: usize| format!("{}{number:04}", "\u{10384}".repeat(count));
    let mut lines = String::new();
    for number in 0..500 {
        let tags: Vec<_> = (0..32).map(|tag| format!("{}{tag:02}", long(44, number))).collect();
        let line = serde_json::json!({"title": long(196, number), "tags": tags, "document": {}});
        writeln!(lines, "{line}").unwrap();
    }
    cli.input(&["resumes", "import", "-"], &lines).ends(0);
    let listed = cli.run(&["resumes", "list", "--limit", "500", "-o", "json"]);
    assert_eq!(listed.ends(0).json().as_array().unwrap().len(), 500);
    let exported = cli.run(&["resumes", "export", "--all"]);
    assert_eq!(exported.ends(0).stdout.lines().count(), 500);
    let files = cli.run(&["resumes", "export", "--all", "--dir", "out", "-o", "name"]);
    assert_eq!(files.ends(0).stdout.lines().count(), 500);
}

#[test]
fn single_export_is_the_exact_document() {
    let (_stack, cli) = admin();
    for document in DOCUMENTS {
        let id = cli.resume("X", document);
        // The exact bytes are intended here, so the escape check of `Cli` is bypassed.
        let output = cli.command(&["resumes", "export", &id]).output().unwrap();
        assert_eq!(output.stdout, format!("{document}\n").as_bytes());
        let inert = cli.run(&["resumes", "export", &id, "-o", "json"]).ends(0).json();
        assert_eq!(inert, serde_json::from_str::<serde_json::Value>(document).unwrap());
    }
}

#[test]
fn exported_lines_can_be_imported() {
    let (_stack, cli) = admin();
    let ids: Vec<String> =
        ["A", "B", "C"].map(|title| cli.resume(title, &format!("{{\n\"t\":\"{title}\"}}"))).into();
    let two = cli.run(&["resumes", "export", &ids[0], "B"]);
    assert_eq!(two.ends(0).stdout.lines().count(), 2);
    assert_eq!(
        cli.run(&["resumes", "export", &ids[0], "B", "-o", "json"]).json().as_array().unwrap().len(),
        2
    );
    let all = cli.run(&["resumes", "export", "--all", "--dir", "-"]);
    assert_eq!(all.ends(0).stdout.lines().count(), 3);
    cli.input(&["resumes", "import", "-", "--tag", "copy"], &all.stdout).ends(0);
    assert_eq!(cli.json(&["resumes", "list", "--tag", "copy"]).as_array().unwrap().len(), 3);
    assert_eq!(cli.run(&["resumes", "export", "--all", "--tag", "copy"]).stdout.lines().count(), 3);
    cli.run(&["resumes", "export", "--all", "--owner", "no@example.com"]).ends(3);
    cli.run(&["resumes", "export"]).ends(2);
    cli.run(&["resumes", "export", &ids[0], "--all"]).ends(2);
    cli.run(&["resumes", "export", &ids[0], "--tag", "x"]).ends(2);
    cli.run(&["resumes", "export", "Nobody"]).ends(3);
}

#[test]
fn export_overwrites_nothing_and_stays_in_its_directory() {
    let (_stack, cli) = admin();
    let id = cli.resume("../../Evil: /etc/x", "{\"a\":1}");
    let export = ["resumes", "export", &id, "--dir", "out"];
    let file = cli.run(&export).ends(0).ids()[0].to_owned();
    assert_eq!(file, format!("out/evil-etc-x-{}.json", &id[28..]));
    let path = cli.home().join(&file);
    fs::write(&path, "mine").unwrap();
    cli.run(&export).ends(6).says(&file).says("--yes");
    assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
    cli.run(&[&export[..], &["--yes"]].concat()).ends(0);
    assert_eq!(fs::read_to_string(&path).unwrap(), "{\"a\":1}\n");
    cli.file("in-the-way", "");
    cli.run(&["resumes", "export", &id, "--dir", "in-the-way"]).ends(1).says("in-the-way");
    let some = cli.run(&["resumes", "export", &id, "Nobody", "--dir", "other"]);
    some.ends(10).says("\"Nobody\"").says("1 written, 1 not written");
}

#[test]
fn exported_folder_restores_titles_tags_and_owners() {
    let (stack, cli) = admin();
    let editor = person(&stack, Role::Editor);
    editor.resume("Same", "{\"basics\":{\"name\":\"Ada\"}}");
    let id = cli.resume("Same", "{\"basics\":{\"name\":\"Ada\"}}");
    cli.run(&["resumes", "update", &id, "--add-tag", "x", "--add-tag", "y"]).ends(0);
    cli.run(&["resumes", "export", "--all", "--dir", "out"]).ends(0).says("2 written");
    let list = ["resumes", "list", "--fields", "title,tags,owner.name", "-o", "tsv"];
    let mut before: Vec<String> = cli.run(&list).stdout.lines().map(str::to_owned).collect();
    cli.run(&["resumes", "import", "out"]).ends(0).says("2 created");
    let mut after: Vec<String> = cli.run(&list).stdout.lines().map(str::to_owned).collect();
    before.extend_from_within(..);
    before.sort();
    after.sort();
    assert_eq!(after, before);

    // On another server the owner's id means nothing.
    let (_other, copy) = admin();
    let folder = cli.home().join("out");
    copy.run(&["resumes", "import", folder.to_str().unwrap()]).ends(0).says("2 created");
    let copies = copy.run(&["resumes", "list", "--fields", "title,owner.name", "-o", "tsv"]).stdout.clone();
    assert_eq!(copies.lines().collect::<Vec<_>>(), ["Same\tAdministrator"; 2]);
}

#[test]
fn closed_pipe_is_no_error() {
    let (_stack, cli) = admin();
    let input = format!("{{\"x\":\"{}\"}}\n", "x".repeat(9000)).repeat(40);
    cli.input(&["resumes", "import", "-", "--quiet"], &input).ends(0);
    for arguments in [
        &["resumes", "export", "--all"][..],
        &["resumes", "list", "--all"],
        &["resumes", "list", "-o", "json"],
        &["--help"],
    ] {
        let mut child = cli.command(arguments).stdout(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]), "{arguments:?}");
    }
}
