//! The command tree: its golden file, and the global flags on every command.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::Value;
use vitae_server_testkit::PASSWORD;

use crate::cli::{Cli, Outcome, admin};

/// Global output flags that every command must accept.
const OUTPUT_FLAGS: &[&[&str]] = &[
    &["-o", "table"],
    &["-o", "json"],
    &["-o", "ndjson", "-v"],
    &["-o", "yaml", "--debug"],
    &["-o", "csv", "--error-format", "json", "--debug"],
    &["-o", "tsv", "--quiet"],
    &["-o", "name"],
    &["--jq", "."],
];

fn docs() -> Vec<Value> {
    let cli = Cli::new("http://127.0.0.1:1");
    let docs = cli.run(&["docs", "--format", "json"]).ends(0).json();
    docs.as_array().unwrap().clone()
}

fn texts<'a>(value: &'a Value, name: &str) -> Vec<&'a str> {
    value[name].as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}

/// The command tree as text, one line per argument.
fn outline(docs: &[Value]) -> String {
    let mut text = String::new();
    for command in docs {
        let _ = writeln!(text, "{}", command["usage"].as_str().unwrap());
        for argument in command["arguments"].as_array().unwrap() {
            let part = |name: &str, mark: &str| match &argument[name] {
                Value::String(part) => format!("{mark}{part}"),
                _ => String::new(),
            };
            let values = texts(argument, "values").join("|");
            let values = if values.is_empty() { part("value", " ") } else { format!(" {values}") };
            let (short, default) = (part("short", " -"), part("default", " = "));
            let _ = writeln!(text, "    {}{short}{values}{default}", argument["name"].as_str().unwrap());
        }
        let codes: Vec<&str> =
            command["exit_codes"].as_object().unwrap().keys().map(String::as_str).collect();
        let _ = writeln!(
            text,
            "    fields: {}\n    exit codes: {}",
            texts(command, "fields").join(" "),
            codes.join(" ")
        );
    }
    text
}

/// Scripts rely on the tree: accept a change only if it is intended.
#[test]
fn command_tree_matches_the_golden_file() {
    insta::assert_snapshot!("command_tree", outline(&docs()));
}

/// Arguments for a run of the command; `None` for one that does not end or writes no object.
fn arguments(cli: &Cli, command: &str, at: usize) -> Option<Vec<String>> {
    let email = format!("p{at}@example.com");
    let person = || {
        cli.json(&["users", "create", "--email", &email, "--name", "P"])["id"].as_str().unwrap().to_owned()
    };
    let resume = || cli.resume("R", r#"{"basics": {"name": "R"}}"#);
    let deleted = |noun: &str, id: String| {
        cli.run(&[noun, "delete", &id, "--yes"]).ends(0);
        vec![id]
    };
    let words =
        |text: &str| text.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    Some(match command {
        // Covered elsewhere: these start or end the login, do not end, or write no objects.
        "" | "auth login" | "login" | "auth logout" | "logout" | "auth password" | "events watch"
        | "completions" | "man" | "resumes edit" | "api" | "console" => return None,
        "auth status" | "auth explain" | "auth token" | "profiles list" | "users list" | "resumes list"
        | "users export" | "audit list" | "doctor" | "explain" | "docs" => Vec::new(),
        "auth switch" | "profiles use" => words("default"),
        "profiles add" => vec![format!("p{at}"), "--server".to_owned(), cli.url.clone()],
        "profiles remove" => {
            let name = format!("p{at}");
            cli.run(&["profiles", "add", &name, "--server", &cli.url]).ends(0);
            vec![name]
        }
        "users create" => words(&format!("--email {email} --name P")),
        "users update" => [vec![person()], words("--name Q")].concat(),
        "users get" | "users disable" | "users enable" => vec![person()],
        "users set-password" => vec![person(), "--password-stdin".to_owned()],
        "users delete" => vec![person(), "--yes".to_owned()],
        "users restore" => deleted("users", person()),
        "resumes create" => words("--title R"),
        "resumes update" => [vec![resume()], words("--title S")].concat(),
        "resumes get" | "resumes history" | "resumes export" => vec![resume()],
        "resumes delete" => vec![resume(), "--yes".to_owned()],
        "resumes restore" => deleted("resumes", resume()),
        "resumes purge" => [deleted("resumes", resume()), words("--yes")].concat(),
        "resumes diff" => {
            let id = resume();
            cli.run(&["resumes", "update", &id, "--title", "S"]).ends(0);
            vec![id, "1".to_owned(), "2".to_owned()]
        }
        "resumes lint" => {
            cli.file("old.json", r#"{"basics": {"website": "x"}}"#);
            words("old.json")
        }
        "apply" | "diff" => {
            let name = if command == "diff" { "Q" } else { "P" };
            let who = person();
            cli.file("m.yaml", format!("id: {who}\nemail: {email}\nname: {name}\n"));
            words("-f m.yaml")
        }
        "users import" => {
            cli.file("people.csv", format!("email,name\n{email},P\n"));
            words("people.csv")
        }
        "resumes import" => {
            cli.file("in.json", "{}");
            words("in.json")
        }
        other => panic!("say above how `vitae {other}` is tried"),
    })
}

#[test]
fn every_command_writes_every_format_without_secrets() {
    let (_stack, cli) = admin();
    cli.resume("One", "{}");
    for (at, command) in docs().iter().enumerate() {
        let name = command["command"].as_str().unwrap();
        for (also, manner) in OUTPUT_FLAGS.iter().enumerate() {
            let Some(arguments) = arguments(&cli, name, at * OUTPUT_FLAGS.len() + also) else { continue };
            let words: Vec<&str> = name
                .split(' ')
                .chain(arguments.iter().map(String::as_str))
                .chain(manner.iter().copied())
                .collect();
            // Only `auth token` writes a secret.
            let outcome = match name {
                "auth token" => token(&cli, &words),
                // It would read the input as its document.
                "resumes create" => cli.run(&words),
                _ => cli.input(&words, PASSWORD),
            };
            assert!(matches!(outcome.code, Some(0 | 1)), "{words:?}: {}", outcome.stderr);
            let is_comparison = matches!(name, "diff" | "resumes diff" | "resumes lint");
            assert!(outcome.code == Some(0) || is_comparison, "{words:?}: {}", outcome.stderr);
            is_in_form(&outcome, manner, command, &words);
        }
    }
}

/// Runs a command whose standard output is a secret.
fn token(cli: &Cli, words: &[&str]) -> Outcome {
    let output = cli.command(words).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let outcome =
        Outcome { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) };
    assert!(!outcome.stderr.contains("eyJ"), "{}", outcome.stderr);
    outcome
}

#[track_caller]
fn is_in_form(outcome: &Outcome, manner: &[&str], command: &Value, words: &[&str]) {
    let text = &outcome.stdout;
    let value = match manner[..2] {
        ["-o", "json"] | ["--jq", _] => serde_json::from_str(text).ok(),
        ["-o", "ndjson"] => {
            text.lines().map(|line| serde_json::from_str::<Value>(line).ok()).collect::<Option<Value>>()
        }
        ["-o", "yaml"] => serde_saphyr::from_str(text).ok(),
        ["-o", "csv"] => {
            let mut reader = csv::Reader::from_reader(text.as_bytes());
            assert!(reader.headers().unwrap().len() > 1 || command["fields"].as_array().unwrap().is_empty());
            assert!(reader.records().all(|record| record.is_ok()), "{words:?}: {text}");
            return;
        }
        _ => {
            assert!(!text.is_empty(), "{words:?} writes nothing");
            return;
        }
    };
    let value = value.unwrap_or_else(|| panic!("{words:?} does not write its form: {text}"));
    // An export is the document itself, with arbitrary fields.
    let object = value.get(0).unwrap_or(&value);
    if words[..2] != ["resumes", "export"] && object.is_object() {
        let known: BTreeSet<&str> = texts(command, "fields").into_iter().collect();
        let found = leaves(object, "", &known);
        let missing: Vec<_> = known.iter().filter(|field| !found.contains(**field)).collect();
        let unknown: Vec<_> = found.iter().filter(|field| !known.contains(field.as_str())).collect();
        let is_kind_of_one = missing.iter().all(|field| field.ends_with(".*"));
        assert!(
            unknown.is_empty() && is_kind_of_one,
            "{words:?}: {unknown:?} not documented, {missing:?} missing"
        );
    }
}

/// The field names of an object; null stands for any nested fields.
fn leaves(object: &Value, prefix: &str, known: &BTreeSet<&str>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (name, value) in object.as_object().unwrap() {
        let path = format!("{prefix}{name}");
        let open = format!("{path}.*");
        let below = format!("{path}.");
        match value {
            _ if known.contains(open.as_str()) => drop(found.insert(open)),
            Value::Object(_) if !known.contains(path.as_str()) => found.extend(leaves(value, &below, known)),
            Value::Null if !known.contains(path.as_str()) => {
                found.extend(
                    known.iter().filter(|field| field.starts_with(&below)).map(|field| (*field).to_owned()),
                );
            }
            _ => drop(found.insert(path)),
        }
    }
    found
}

#[test]
fn every_example_parses() {
    let cli = Cli::new("http://127.0.0.1:1");
    for command in docs() {
        for example in texts(&command, "examples") {
            // Only the part before shell operators.
            let own = example.split(" | ").find(|part| part.starts_with("vitae ")).unwrap_or_default();
            let own = own.split([';', '<', '>', '#']).next().unwrap();
            let Some(words) = shlex(own) else { continue };
            if words.is_empty() {
                continue;
            }
            let words: Vec<&str> = words[1..].iter().map(String::as_str).chain(["--help"]).collect();
            cli.run(&words).ends(0);
        }
    }
}

/// Splits a line into words as a shell does; only quoting is supported.
fn shlex(line: &str) -> Option<Vec<String>> {
    let (mut words, mut quote, mut word) = (Vec::new(), None, String::new());
    let mut letters = line.trim().chars();
    while let Some(letter) = letters.next() {
        match (quote, letter) {
            (_, '\\') => word.push(letters.next()?),
            (Some(open), letter) if letter == open => quote = None,
            (None, '"' | '\'') => quote = Some(letter),
            (None, ' ') => words.push(std::mem::take(&mut word)),
            (_, letter) => word.push(letter),
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    quote.is_none().then_some(words)
}

#[test]
fn manual_pages_are_written_for_every_command() {
    let cli = Cli::new("http://127.0.0.1:1");
    cli.run(&["man", "--dir", "man1"]).ends(0).says("pages written");
    for command in docs() {
        let name = format!("vitae {}", command["command"].as_str().unwrap());
        let page =
            std::fs::read_to_string(cli.home().join(format!("man1/{}.1", name.trim_end().replace(' ', "-"))));
        assert!(page.unwrap().starts_with(".ie"), "{name}");
    }
    let page = cli.run(&["man", "users", "list"]);
    assert!(page.ends(0).stdout.contains("Exit codes: 0 done"), "{}", page.stdout);
    cli.run(&["man", "users", "fly"]).ends(3).says("users fly");
}

#[test]
fn unknown_command_suggests_the_right_one() {
    let cli = Cli::new("http://127.0.0.1:1");
    for (words, meant) in [
        (&["usrs", "list"][..], "'users'"),
        (&["users", "view", "x"], "'get'"),
        (&["resumes", "ls"], "'list'"),
        (&["whoami"], "'auth status'"),
        (&["users", "list", "--rôle", "admin"], "--help"),
        (&["users", "list", "--roles", "admin"], "'--role'"),
        (&["users", "list", "-o", "jsn"], "'json'"),
    ] {
        cli.run(words).ends(2).says(meant);
    }
    let error = cli.run(&["users", "view", "x", "--error-format", "json"]);
    assert!(error.ends(2).stderr.contains("'get'"), "{}", error.stderr);
}
