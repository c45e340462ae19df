//! Interrupted, resumed and repeated imports create nothing twice.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use vitae_sdk::Role;

use crate::cli::{Cli, admin, person, wait};

/// Lines of documents with distinct names; some occur twice on purpose.
fn documents(count: usize) -> String {
    let line = |n: usize| format!("{{\"basics\":{{\"name\":\"N{:04}\"}}}}\n", n - n % 7 % 2);
    (0..count).map(line).collect()
}

/// The number of resumes by title.
fn titles(cli: &Cli) -> BTreeMap<String, usize> {
    let mut titles = BTreeMap::new();
    for line in
        cli.run(&["resumes", "list", "--all", "--fields", "title", "-o", "tsv"]).ends(0).stdout.lines()
    {
        *titles.entry(line.to_owned()).or_default() += 1;
    }
    titles
}

fn expected(input: &str) -> BTreeMap<String, usize> {
    let mut titles = BTreeMap::new();
    for line in input.lines() {
        let document: serde_json::Value = serde_json::from_str(line).unwrap();
        *titles.entry(document["basics"]["name"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    titles
}

/// A pseudo-random number below `below`; a failure prints the seed.
fn next(seed: &mut u64, below: u64) -> u64 {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*seed >> 33) % below
}

#[test]
fn killed_import_creates_each_document_once() {
    let seed = u64::from(std::process::id());
    let mut random = seed;
    let (_stack, cli) = admin();
    let input = documents(400);
    cli.file("all.ndjson", &input);
    let mut kills = 0;
    loop {
        let mut command =
            cli.command(&["resumes", "import", "all.ndjson", "--error-format", "json", "-o", "ndjson"]);
        let mut child = command.stderr(Stdio::null()).spawn().unwrap();
        // With less work than this the import finishes before the kill.
        let lines = next(&mut random, 9) * 50;
        let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
        let count = output.by_ref().take(usize::try_from(lines).unwrap()).count();
        let spins = next(&mut random, 300_000);
        for spin in 0..spins {
            std::hint::black_box(spin);
        }
        if child.try_wait().unwrap().is_none() {
            child.kill().unwrap();
            kills += 1;
        }
        if child.wait().unwrap().success() || kills == 40 {
            break;
        }
        assert!(count <= 400);
    }
    let last = cli.run(&["resumes", "import", "all.ndjson", "-o", "ndjson"]);
    assert_eq!(last.ends(0).stdout.lines().count(), 400, "every row is reported");
    assert_eq!(titles(&cli), expected(&input), "seed {seed}, {kills} kills");
}

#[test]
fn import_resumes_after_server_restart() {
    let (mut stack, cli) = admin();
    let input = documents(120);
    cli.file("all.ndjson", &input);
    let mut child =
        cli.command(&["resumes", "import", "all.ndjson", "--timeout", "2s", "-o", "ndjson"]).spawn().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
    output.next().unwrap().unwrap();
    wait(stack.kill());
    output.for_each(drop);
    let code = child.wait().unwrap().code();
    assert!(matches!(code, Some(0 | 9)), "{code:?}");
    wait(stack.restart());
    cli.run(&["resumes", "import", "all.ndjson"]).ends(0);
    assert_eq!(titles(&cli), expected(&input));
}

#[test]
fn repeated_import_creates_nothing_without_again() {
    let (stack, cli) = admin();
    let input = documents(10);
    cli.file("all.ndjson", &input);
    let first = cli.run(&["resumes", "import", "all.ndjson"]);
    let first = first.ends(0).stdout.clone();
    let again = cli.run(&["resumes", "import", "all.ndjson"]);
    again.ends(0).prints(&first).says("already imported").says("--again");
    // The same bytes under another path are another input only if the titles differ.
    cli.input(&["resumes", "import", "-"], &input).ends(0).says("10 created");
    cli.input(&["resumes", "import", "-"], &input).ends(0).says("already imported");
    cli.run(&["resumes", "import", "all.ndjson", "--again"]).ends(0);
    cli.run(&["resumes", "import", "all.ndjson", "--tag", "other"]).ends(0).says("10 created");
    assert_eq!(titles(&cli).values().sum::<usize>(), 40);
    let other = person(&stack, Role::Editor);
    other.file("all.ndjson", &input);
    fs::create_dir_all(other.config().join("imports")).unwrap();
    for entry in fs::read_dir(cli.config().join("imports")).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, other.config().join("imports").join(path.file_name().unwrap())).unwrap();
    }
    let theirs = other.run(&["resumes", "import", "all.ndjson"]);
    assert_ne!(theirs.ends(0).stdout, first, "another account's journal says nothing");
}

#[test]
fn rejected_rows_are_written_and_counted() {
    let (_stack, cli) = admin();
    let bad = "{\"basics\":[]}";
    let input = format!("{{\"a\":1}}\n{bad}\n{{\"a\":2}}\n{{broken}}\n{bad}\n{{\"a\":3}}\n");
    cli.file("all.ndjson", &input);
    let import = ["resumes", "import", "all.ndjson", "--rejects", "no.ndjson", "--max-errors", "1"];
    cli.run(&import).ends(10).says("stopped after 2 rejected").says("all.ndjson:2: ").says("all.ndjson:4: ");
    let rejects = || fs::read_to_string(cli.home().join("no.ndjson")).unwrap();
    // The same command continues after them.
    let rest = cli.run(&import);
    rest.ends(10).says("3 created, 3 rejected");
    assert_eq!(rejects(), format!("{bad}\n{{broken}}\n{bad}\n"));
    cli.run(&import).ends(10).says("already imported");
    assert_eq!(rejects(), format!("{bad}\n{{broken}}\n{bad}\n"), "none twice");
    // The fixed rejects are an import of their own.
    fs::write(cli.home().join("no.ndjson"), "{\"a\":4}\n{\"a\":5}\n").unwrap();
    cli.run(&["resumes", "import", "no.ndjson"]).ends(0).says("2 created");
    assert_eq!(cli.run(&["resumes", "list"]).stdout.lines().count(), 5);
}

#[test]
fn changed_input_of_an_unfinished_import_is_rejected() {
    let (_stack, cli) = admin();
    cli.file("all.ndjson", "{\"a\":1}\n{\"basics\":[]}\n{\"a\":2}\n");
    cli.run(&["resumes", "import", "all.ndjson", "--max-errors", "0"]).ends(10);
    cli.file("all.ndjson", "{\"a\":1}\n{\"basics\":{}}\n{\"a\":2}\n");
    cli.run(&["resumes", "import", "all.ndjson"]).ends(6).says("changed since").says("--again");
    cli.run(&["resumes", "import", "all.ndjson", "--again"]).ends(0);
}

#[test]
fn server_with_other_data_is_detected() {
    let (_stack, cli) = admin();
    cli.file("all.ndjson", "{\"a\":1}\n{\"basics\":[]}\n{\"a\":2}\n");
    cli.run(&["resumes", "import", "all.ndjson", "--max-errors", "0"]).ends(10);
    let journal = fs::read_dir(cli.config().join("imports")).unwrap().next().unwrap().unwrap().path();
    let text = fs::read_to_string(&journal).unwrap();
    let last = text.lines().rfind(|line| line.contains("\"id\"")).unwrap();
    let id = last.split('"').nth(5).unwrap().to_owned();
    fs::write(&journal, text.replace(&id, "0199c2f0-1b2a-7c3d-8e4f-5a6b7c8d9e0f")).unwrap();
    cli.run(&["resumes", "import", "all.ndjson"]).ends(6).says("--again").says("0199c2f0");
}

#[test]
fn expired_keys_fall_back_to_searching_the_server() {
    let (stack, cli) = admin();
    let input = documents(40);
    cli.file("all.ndjson", &input);
    cli.run(&["resumes", "import", "all.ndjson"]).ends(0);
    // Simulates a kill two days ago, with ten documents created but not recorded.
    let journal = fs::read_dir(cli.config().join("imports")).unwrap().next().unwrap().unwrap().path();
    let text = fs::read_to_string(&journal).unwrap();
    let lines: Vec<&str> = text.lines().take(31).collect();
    let head: serde_json::Value = serde_json::from_str(lines[0]).unwrap();
    let begun = head["begun"].as_str().unwrap();
    let cut = format!("{}\n{{\"n\":30,\"id", lines.join("\n"));
    fs::write(&journal, cut.replace(begun, "2020-01-01T00:00:00.000Z")).unwrap();
    stack.advance(std::time::Duration::from_hours(48));
    cli.run(&["resumes", "import", "all.ndjson"]).ends(0).says("resumed after 30");
    assert_eq!(titles(&cli), expected(&input));
}

#[cfg(unix)]
#[test]
fn interrupted_import_says_how_to_resume() {
    let (_stack, cli) = admin();
    let input = documents(3000);
    cli.file("all.ndjson", &input);
    let mut command = cli.command(&["resumes", "import", "all.ndjson", "-o", "ndjson"]);
    let mut child = command.spawn().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
    output.next().unwrap().unwrap();
    let id = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    output.for_each(drop);
    let ended = child.wait_with_output().unwrap();
    let said = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(130), "{said}");
    assert!(said.contains("to resume the import"), "{said}");
    cli.run(&["resumes", "import", "all.ndjson", "-o", "ndjson"]).ends(0);
    assert_eq!(titles(&cli), expected(&input));
}

#[test]
fn corrected_folder_creates_only_the_rejected_documents() {
    let (_stack, cli) = admin();
    cli.file("cvs/a.json", "{\"basics\":{\"name\":\"A\"}}");
    cli.file("cvs/b.json", "{\"basics\":[]}");
    cli.file("cvs/c.json", "{\"basics\":{\"name\":\"C\"}}");
    // Equal documents keep their number.
    cli.file("cvs/d.ndjson", "{\"basics\":{\"name\":\"D\"}}\n{\"basics\":{\"name\":\"D\"}}\n");
    let import = ["resumes", "import", "cvs"];
    cli.run(&import).ends(10).says("4 created, 1 rejected").says("repeat the command");
    cli.file("cvs/b.json", "{\"basics\":{\"name\":\"B\"}}");
    cli.run(&import).ends(0).says("4 of these were created by an earlier run");
    let each = |count: usize| {
        let names = [("A", count), ("B", count), ("C", count), ("D", 2 * count)];
        names.map(|(name, count)| (name.to_owned(), count)).into_iter().collect::<BTreeMap<_, _>>()
    };
    assert_eq!(titles(&cli), each(1));
    // Another correction, a deleted resume, and `--again`.
    cli.file("cvs/b.json", "{\"basics\":{\"name\":\"B\",\"label\":\"Nurse\"}}");
    cli.run(&["resumes", "delete", "B", "--yes"]).ends(0);
    cli.run(&["resumes", "delete", "A", "--yes"]).ends(0);
    cli.run(&[&import[..], &["--title", "T"]].concat()).ends(0).says("5 created");
    cli.run(&import).ends(0).says("3 of these were created by an earlier run");
    let after = titles(&cli);
    assert_eq!(["A", "B – Nurse", "C", "D", "T"].map(|title| after[title]), [1, 1, 1, 2, 5]);
    cli.run(&[&import[..], &["--again"]].concat()).ends(0);
    assert_eq!(titles(&cli)["C"], 2);
}

#[test]
fn corrected_people_are_created_once() {
    let (_stack, cli) = admin();
    let import = ["users", "import", "people.csv"];
    cli.file("people.csv", "email,name,role\na@example.com,A,member\nnot an address,B,member\n");
    cli.run(&import).ends(10).says("1 created, 1 rejected");
    cli.file("people.csv", "email,name,role\na@example.com,A,member\nb@example.com,B,member\n");
    cli.run(&import).ends(0).says("1 of these were created by an earlier run");
}
