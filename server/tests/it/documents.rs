//! The documents name files, routes, codes, events, metrics and variables that exist, and all of them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use vitae_contracts_core::Code;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
/// Folders with which a path in a document begins.
const FOLDERS: [&str; 9] =
    ["cli/", "contracts/", "docs/", "fuzz/", "scripts/", "sdk/", "server/", "tui/", ".github/"];
/// The ends of other words that are names of files in the repository.
const SOURCES: [&str; 4] = [".rs", ".sql", ".proto", ".md"];
/// Folders that contain no sources.
const SKIPPED: [&str; 3] = ["target", ".git", "node_modules"];
/// Variables of tests only.
const TEST_VARIABLES: [&str; 3] = ["VITAE_FUZZ_STEPS", "VITAE_SHAPE", "VITAE_TEST_PANIC"];

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(ROOT).join(path)).unwrap()
}

/// All files of the repository, relative to its root.
fn files() -> Vec<String> {
    let (mut files, mut open) = (Vec::new(), vec![PathBuf::from(ROOT)]);
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let is_skipped = SKIPPED.iter().any(|name| path.file_name().unwrap() == *name);
            if path.is_dir() && !is_skipped {
                open.push(path);
            } else if path.is_file() {
                files.push(path.strip_prefix(ROOT).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    files
}

/// The documents at the root and in `docs`, with their text outside of code blocks.
fn documents() -> Vec<(String, String)> {
    let is_document = |path: &String| {
        Path::new(path).extension().is_some_and(|end| end == "md")
            && (!path.contains('/') || path.starts_with("docs/"))
    };
    let text = |path: String| {
        let text = read(&path);
        let outside = text.split("```").step_by(2).collect::<String>();
        (path, outside)
    };
    files().into_iter().filter(is_document).map(text).collect()
}

/// The words in the form of code.
fn code_words(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// Whether a path exists; the part from a placeholder such as `<name>` on is not checked.
fn exists(path: &str, files: &[String]) -> bool {
    let known = path.split_once('<').map_or(path, |(known, _)| known);
    let known = known.trim_end_matches(['/', '…']);
    let known =
        if path.contains('<') { known.rsplit_once('/').map_or(known, |(folder, _)| folder) } else { known };
    Path::new(ROOT).join(known).exists() || files.iter().any(|file| file.ends_with(&format!("/{known}")))
}

#[test]
fn paths_in_the_documents_exist() {
    let files = files();
    let mut violations = Vec::new();
    for (document, text) in documents() {
        for word in code_words(&text) {
            let is_path = !word.contains([' ', '*', '{', '(', '|'])
                && (FOLDERS.iter().any(|folder| word.starts_with(folder))
                    || SOURCES.iter().any(|end| word.ends_with(end) && word.len() > end.len()));
            if is_path && document != "CHANGELOG.md" && !exists(word, &files) {
                violations.push(format!("{document}: {word}"));
            }
        }
    }
    assert!(violations.is_empty(), "{violations:#?}");
}

#[test]
fn links_between_documents_resolve() {
    let mut violations = Vec::new();
    for (document, text) in documents() {
        let folder = Path::new(ROOT).join(&document).parent().unwrap().to_owned();
        for link in text.split("](").skip(1).filter_map(|rest| Some(rest.split_once(')')?.0)) {
            let (path, heading) = link.split_once('#').unwrap_or((link, ""));
            if link.contains("://") {
                continue;
            }
            let target = if path.is_empty() { Path::new(ROOT).join(&document) } else { folder.join(path) };
            let headings = |text: String| {
                text.lines().filter(|line| line.starts_with('#')).any(|line| {
                    let title = line.trim_start_matches('#').trim().to_lowercase();
                    let kept = title.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
                    kept.map(|c| if c == ' ' { '-' } else { c }).collect::<String>() == heading
                })
            };
            let is_found = match fs::read_to_string(&target) {
                Ok(text) => heading.is_empty() || headings(text),
                Err(_) => target.is_dir() && heading.is_empty(),
            };
            if !is_found {
                violations.push(format!("{document}: {link}"));
            }
        }
    }
    assert!(violations.is_empty(), "{violations:#?}");
}

#[test]
fn first_documents_are_short() {
    for (document, lines) in [("README.md", 150), ("ARCHITECTURE.md", 200)] {
        let found = read(document).lines().count();
        assert!(found <= lines, "{document} has {found} lines, more than {lines}");
    }
}

/// The first word in the form of code of each row of a document's tables that is accepted.
fn rows(document: &str, is_row: impl Fn(&str) -> bool) -> BTreeSet<String> {
    let text = read(document);
    let words = text.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    words.map(|(word, _)| word.to_owned()).filter(|word| is_row(word)).collect()
}

#[test]
fn every_error_code_is_documented() {
    let known: BTreeSet<String> =
        Code::ALL.iter().map(|code| format!("{code} {} {}", code.http_status(), code.exit_code())).collect();
    let text = read("docs/http-api.md");
    let table = text.split_once("| Code |").unwrap().1.split_once("\n\n").unwrap().0;
    let cells = |line: &str| line.split('|').skip(1).take(3).map(|cell| cell.trim().to_owned()).collect();
    let found: BTreeSet<String> = table
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| {
            let cells: Vec<String> = cells(line);
            cells.join(" ").replace('`', "")
        })
        .collect();
    assert_eq!(found, known);
}

#[test]
fn every_route_is_documented() {
    let source = read("server/gateway/src/router.rs");
    let calls = source.lines().filter_map(|line| line.trim().split_once("(\"/"));
    let routes = calls
        .filter_map(|(method, rest)| Some(format!("{} /{}", method.to_uppercase(), rest.split_once('"')?.0)));
    let known: BTreeSet<String> = routes.filter(|route| !route.contains("ROUTE")).collect();
    assert!(known.len() > 30, "{known:?}");
    assert_eq!(rows("docs/http-api.md", |word| word.contains(" /")), known);
}

#[test]
fn every_subject_is_documented() {
    let subjects = read("contracts/core/src/subjects.rs");
    let known = subjects.lines().filter_map(|line| Some(line.split_once("&str = \"")?.1.split_once('"')?.0));
    let known: BTreeSet<String> = known.map(str::to_owned).collect();
    assert!(known.len() > 10, "{known:?}");
    assert_eq!(rows("docs/events.md", |_| true), known);
}

#[test]
fn every_metric_is_documented() {
    let source: String = read("server/gateway/src/metrics.rs").split_whitespace().collect();
    let source = source.split("#[cfg(test)]").next().unwrap();
    let names = |begin: &str, prefix: &str| -> Vec<String> {
        let parts = source.split(begin).skip(1);
        parts.map(|part| format!("{prefix}{}", part.split_once('"').unwrap().0)).collect()
    };
    let known: BTreeSet<String> =
        [names("help(\"", "vitae_"), names("seconds(\"", "vitae_"), names("Opts::new(\"", "")]
            .concat()
            .into_iter()
            .collect();
    assert!(known.len() > 10, "{known:?}");
    let is_metric =
        |word: &str| known.contains(word) || word.starts_with("vitae_") || word.starts_with("process_");
    assert_eq!(rows("docs/operations.md", is_metric), known);
}

/// The variables of Vitae in a text.
fn variables(text: &str) -> BTreeSet<String> {
    let is_inner = |c: char| c.is_ascii_uppercase() || c == '_';
    let ends =
        text.split("VITAE_").skip(1).map(|rest| rest.split(|c| !is_inner(c)).next().unwrap_or_default());
    ends.filter(|end| !end.is_empty() && !end.ends_with('_')).map(|end| format!("VITAE_{end}")).collect()
}

#[test]
fn every_variable_is_documented() {
    let is_source = |path: &String| {
        Path::new(path).extension().is_some_and(|end| end == "rs")
            && path.contains("src/")
            && !path.contains("/tests")
    };
    let mut known = BTreeSet::new();
    for path in files().into_iter().filter(is_source) {
        let text = read(&path);
        // Only whole string literals are names that a program reads.
        let literals = text.split('"').filter(|part| part.starts_with("VITAE_"));
        known.extend(literals.filter(|part| variables(part).contains(*part)).map(str::to_owned));
    }
    let is_of_a_test = |name: &String| TEST_VARIABLES.contains(&name.as_str());
    known.retain(|name| !is_of_a_test(name));
    assert!(known.len() > 10, "{known:?}");
    assert_eq!(variables(&read("docs/configuration.md")), known);
}
