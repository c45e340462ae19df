//! `resumes edit`: the text is saved, rejected or kept, and never lost.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use crate::cli::{Cli, Outcome, VITAE, admin, person};
use crate::terminal::Terminal;

const DOCUMENT: &str = "{\n  \"basics\": {\"name\": \"Ada\", \"label\": \"Analyst\"},\n  \"rate\": 1.10\n}";

/// An editor that is a shell script; `$1` is the file, `vitae` the binary.
fn editor(cli: &Cli, script: &str) -> String {
    let text = format!("#!/bin/sh\nset -e\nvitae() {{ \"{VITAE}\" \"$@\"; }}\n{script}\n");
    let path = cli.file("my editor.sh", text);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    format!("'{}' --wait", path.display())
}

/// Edits with a script as the editor, whose second argument is the file.
fn edit(cli: &Cli, id: &str, script: &str, arguments: &[&str]) -> Outcome {
    let arguments = [&["resumes", "edit", id], arguments].concat();
    let mut command = cli.command(&arguments);
    let path = std::env::var_os("PATH").unwrap();
    command.env("EDITOR", editor(cli, &format!("f=\"$2\"\n{script}"))).env("PATH", path);
    cli.finish(command, "")
}

fn export(cli: &Cli, id: &str) -> String {
    cli.run(&["resumes", "export", id]).ends(0).stdout.trim_end().to_owned()
}

/// The drafts on disk.
fn kept(cli: &Cli) -> Vec<PathBuf> {
    let Ok(drafts) = fs::read_dir(cli.config().join("edits")) else { return Vec::new() };
    drafts.map(|draft| draft.unwrap().path().join("document.json")).collect()
}

#[test]
fn edit_is_saved_and_keeps_all_other_bytes() {
    let (_stack, cli) = admin();
    let id = cli.resume("Ada", DOCUMENT);
    let saved = edit(&cli, &id, "sed -i s/Analyst/Programmer/ \"$f\"", &[]);
    saved.ends(0).says("~ /basics/label: \"Analyst\" → \"Programmer\"");
    assert_eq!(saved.cells()[4], "2");
    assert_eq!(export(&cli, &id), DOCUMENT.replace("Analyst", "Programmer"));
    edit(&cli, "Ada", "true", &[]).ends(0).prints("").says("no changes");
    edit(&cli, &id, "touch \"$f\"", &["--quiet"]).ends(0).prints("");
    assert_eq!(cli.json(&["resumes", "get", &id])["revision"], 2);
    assert!(kept(&cli).is_empty());
    cli.run(&["resumes", "edit", &id]).ends(2).says("EDITOR");
    cli.with("EDITOR", "true", &["resumes", "edit", "gone"]).ends(3);
}

#[test]
fn single_line_document_is_formatted_for_editing() {
    let (_stack, cli) = admin();
    let id = cli.resume("Ada", r#"{"basics":{"name":"Ada"},"x":[1.10]}"#);
    edit(&cli, &id, "grep -q '^  \"basics\": {$' \"$f\"", &[]).ends(0).says("no changes");
    edit(&cli, &id, "sed -i s/1.10/1.20/ \"$f\"", &[]).ends(0);
    assert_eq!(
        export(&cli, &id),
        "{\n  \"basics\": {\n    \"name\": \"Ada\"\n  },\n  \"x\": [\n    1.20\n  ]\n}"
    );
}

#[test]
fn killed_editor_keeps_the_text() {
    let (_stack, cli) = admin();
    let id = cli.resume("Ada", DOCUMENT);
    for (end, says) in [("exit 3", "ended with exit code 3"), ("kill -9 $$", "signal 9")] {
        let script = format!("sed -i s/Analyst/Typed/ \"$f\"; {end}");
        let outcome = edit(&cli, &id, &script, &[]);
        outcome.ends(1).says(says).says("your text is kept in ").says("--from");
        let texts = kept(&cli);
        assert!(outcome.stderr.contains(texts[0].to_str().unwrap()), "{}", outcome.stderr);
        assert!(fs::read_to_string(&texts[0]).unwrap().contains("Typed"));
        assert_eq!(fs::metadata(texts[0].parent().unwrap()).unwrap().permissions().mode() & 0o77, 0);
        assert_eq!(export(&cli, &id), DOCUMENT);
        fs::remove_dir_all(cli.config().join("edits")).unwrap();
    }
    let mut command = cli.command(&["resumes", "edit", &id]);
    command.env("EDITOR", "no-such-editor --x").env("PATH", std::env::var_os("PATH").unwrap());
    cli.finish(command, "").ends(1).says("exit code 127");
    let text = kept(&cli)[0].clone();
    fs::write(&text, DOCUMENT.replace("Analyst", "Typed")).unwrap();
    let from = ["--from", text.to_str().unwrap()];
    edit(&cli, &id, "true", &from).ends(0).says("an earlier draft of this resume is in ");
    assert_eq!(export(&cli, &id), DOCUMENT.replace("Analyst", "Typed"));
    assert!(kept(&cli).is_empty(), "saved, so no longer kept");
}

#[test]
fn errors_name_lines_and_the_text_is_kept() {
    let (_stack, cli) = admin();
    let id = cli.resume("Ada", DOCUMENT);
    edit(&cli, &id, "sed -i 's/\"Analyst\"/7/' \"$f\"", &[])
        .ends(7)
        .says("/basics/label: line 2 column 38: expected a string, found a number")
        .says("your text is kept in ");
    edit(&cli, &id, "echo '}' >> \"$f\"", &[]).ends(7).says("line 5");
    edit(&cli, &id, ": > \"$f\"", &[]).ends(7);
    edit(&cli, &id, "rm \"$f\"", &[]).ends(1).says("kept");
    assert_eq!(export(&cli, &id), DOCUMENT);
}

#[test]
fn concurrent_edits_of_different_parts_are_merged() {
    let (stack, cli) = admin();
    let other = person(&stack, vitae_sdk::Role::Editor);
    let id = cli.resume("Ada", DOCUMENT);
    // While the first has the file open, the second saves another part.
    let other_edit = format!(
        "sed -i s/Analyst/Programmer/ \"$f\"\nVITAE_CONFIG_DIR='{}' EDITOR='sed -i s/1.10/1.20/' vitae resumes edit {id} --quiet >/dev/null",
        other.config().display()
    );
    let outcome = edit(&cli, &id, &other_edit, &[]);
    outcome.ends(0).says("revision 2 in the meantime").says("~ /basics/label");
    assert_eq!(outcome.cells()[4], "3");
    assert_eq!(export(&cli, &id), DOCUMENT.replace("Analyst", "Programmer").replace("1.10", "1.20"));
}

#[test]
fn concurrent_edits_of_one_part_conflict_and_keep_both_texts() {
    let (stack, cli) = admin();
    let other = person(&stack, vitae_sdk::Role::Editor);
    let id = cli.resume("Ada", DOCUMENT);
    let other_edit = format!(
        "sed -i s/Analyst/Mine/ \"$f\"\nVITAE_CONFIG_DIR='{}' EDITOR='sed -i s/Analyst/Theirs/' vitae resumes edit {id} --quiet >/dev/null",
        other.config().display()
    );
    let outcome = edit(&cli, &id, &other_edit, &[]);
    outcome.ends(6).says("/basics/label: yours \"Mine\", theirs \"Theirs\"").says("your text is kept in ");
    assert!(export(&cli, &id).contains("Theirs"));
    let text = kept(&cli)[0].clone();
    let typed = fs::read_to_string(&text).unwrap();
    assert!(typed.contains("\"Mine\"") && typed.contains("// "), "{typed}");
    // Continuing with `--from`, the draft is based on the newer revision.
    edit(&cli, &id, "true", &["--from", text.to_str().unwrap()]).ends(0).says("\"Theirs\" → \"Mine\"");
    assert!(export(&cli, &id).contains("Mine"));
}

#[test]
fn text_is_kept_when_the_resume_was_deleted() {
    let (_stack, cli) = admin();
    let id = cli.resume("Ada", DOCUMENT);
    let script = format!("sed -i s/Analyst/Typed/ \"$f\"; vitae resumes delete {id} --yes");
    edit(&cli, &id, &script, &[]).ends(6).says("restore").says("your text is kept in ");
    assert_eq!(kept(&cli).len(), 1);
}

#[test]
fn edit_shows_changes_and_asks_on_a_terminal() {
    let (_stack, cli) = admin();
    let id = cli.resume("Ada", DOCUMENT);
    let run = |script: &str| {
        let editor = editor(&cli, &format!("f=\"$2\"\n{script}"));
        Terminal::with(&cli, 120, &[("VISUAL", &editor)], &["resumes", "edit", &id])
    };
    let mut terminal = run("sed -i s/Analyst/One/ \"$f\"");
    terminal.sees("~ /basics/label").sees("Save \"Ada\"? [Y/n/e(dit)] ").types("n\n");
    let (code, seen) = terminal.ends();
    assert_eq!(code, 1);
    assert!(seen.contains("your text is kept in "), "{seen}");
    assert!(export(&cli, &id).contains("Analyst"));

    // Invalid at first, fixed in the second round, then saved.
    let mut terminal = run(
        "if grep -q Analyst \"$f\"; then sed -i 's/\"Analyst\"/7/' \"$f\"; else sed -i 's/: 7/: \"Two\"/' \"$f\"; fi",
    );
    terminal.sees("line 2 column 38").sees("Edit again? [Y/n] ").types("\n");
    terminal.sees("Save \"Ada\"?").types("\n");
    assert_eq!(terminal.ends().0, 0);
    assert!(export(&cli, &id).contains("Two"));
}
