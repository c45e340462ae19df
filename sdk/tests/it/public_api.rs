//! The public API, read from the source: a listing that changes only on purpose, and an example for each
//! method.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// The listing, next to the manifest.
const LISTING: &str = "public-api.txt";
/// Set to `1` to update the listing.
const BLESS: &str = "VITAE_BLESS";

/// A public item of a file.
struct Item {
    /// The path of the file below `src`.
    file: String,
    /// The `impl` line or other enclosing item; empty at the top level.
    inside: String,
    /// The signature, on one line.
    signature: String,
    docs: String,
}

impl Item {
    /// The name of a function.
    fn function(&self) -> Option<&str> {
        let (_, rest) = self.signature.split_once("fn ")?;
        rest.split(['(', '<']).next()
    }
}

fn files(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push(path);
        }
    }
    found.sort();
}

/// Returns the public items of all files, in order.
fn items() -> Vec<Item> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    files(&root, &mut paths);
    let of_file = |path: PathBuf| {
        let name = path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
        read(&name, &fs::read_to_string(&path).unwrap())
    };
    paths.into_iter().flat_map(of_file).collect()
}

/// Returns the public items of one file. Supports only the formatting of this crate.
fn read(file: &str, text: &str) -> Vec<Item> {
    let text = text.split("#[cfg(test)]\nmod tests").next().unwrap();
    let (mut found, mut docs, mut inside) = (Vec::new(), String::new(), String::new());
    let mut file_docs = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let code = line.trim_start();
        if let Some(doc) = code.strip_prefix("//!") {
            file_docs.push_str(doc);
            file_docs.push('\n');
        } else if let Some(doc) = code.strip_prefix("///") {
            docs.push_str(doc);
            docs.push('\n');
        } else if code.starts_with("pub ") {
            let mut signature = code.to_owned();
            while !signature.ends_with(['{', ';', ',', '}']) {
                signature.push(' ');
                signature.push_str(lines.next().unwrap_or("}").trim());
            }
            let signature = signature.trim_end_matches(['{', ';', ',', ' ']).to_owned();
            if line.starts_with("pub ") {
                inside.clone_from(&signature);
            }
            let top = line.starts_with("pub ");
            let inside = if top { String::new() } else { inside.clone() };
            found.push(Item { file: file.to_owned(), inside, signature, docs: std::mem::take(&mut docs) });
        } else if is_member(&inside, line) {
            let signature = code.split_once(" {").map_or(code, |(head, _)| head);
            let signature = signature.trim_end_matches([';', ',']).to_owned();
            let inside = inside.clone();
            found.push(Item { file: file.to_owned(), inside, signature, docs: std::mem::take(&mut docs) });
        } else {
            if line.starts_with("impl") || line.starts_with("macro_rules!") {
                line.trim_end_matches([' ', '{']).clone_into(&mut inside);
            }
            if !code.starts_with("#[") {
                docs.clear();
            }
        }
    }
    found.push(Item {
        file: file.to_owned(),
        inside: String::new(),
        signature: String::new(),
        docs: file_docs,
    });
    found
}

/// Whether a line is a variant of a public enum or a method of a public trait.
fn is_member(inside: &str, line: &str) -> bool {
    let Some(code) = line.strip_prefix("    ") else { return false };
    let first = code.chars().next().unwrap_or(' ');
    inside.starts_with("pub enum") && first.is_uppercase()
        || inside.starts_with("pub trait") && code.starts_with("fn ")
}

#[test]
fn public_api_matches_the_listing() {
    let mut listing = String::new();
    let mut place = (String::new(), String::new());
    for item in items().iter().filter(|item| !item.signature.is_empty()) {
        let here = (item.file.clone(), item.inside.clone());
        if here != place {
            writeln!(listing, "\n{} {}", here.0, here.1).unwrap();
            place = here;
        }
        writeln!(listing, "    {}", item.signature).unwrap();
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(LISTING);
    if std::env::var_os(BLESS).is_some_and(|value| value == "1") {
        fs::write(&path, listing).unwrap();
        return;
    }
    let known = fs::read_to_string(&path).unwrap();
    let (known, found): (BTreeSet<_>, BTreeSet<_>) = (known.lines().collect(), listing.lines().collect());
    let gone: Vec<_> = known.difference(&found).collect();
    let new: Vec<_> = found.difference(&known).collect();
    assert!(
        gone.is_empty() && new.is_empty(),
        "gone, which breaks programs: {gone:#?}\nnew: {new:#?}\nif it is meant: {BLESS}=1 cargo test -p vitae-sdk --test it surface"
    );
}

#[test]
fn every_method_has_a_tested_example() {
    let items = items();
    let examples: String = items.iter().flat_map(|item| examples(&item.docs)).collect();
    let lacks = |item: &&Item| {
        let Some(name) = item.function() else { return false };
        self::examples(&item.docs).is_empty() && !calls(&examples, name)
    };
    let lacking: Vec<_> =
        items.iter().filter(lacks).map(|item| format!("{}: {}", item.file, item.signature)).collect();
    assert!(lacking.is_empty(), "without an example: {lacking:#?}");
}

#[test]
fn every_call_documents_dropping_its_future() {
    let is_call =
        |item: &&Item| item.signature.starts_with("pub async fn") && !item.file.starts_with("mock/");
    let items = items();
    let silent: Vec<_> =
        items.iter().filter(is_call).filter(|item| !item.docs.to_lowercase().contains("drop")).collect();
    let silent: Vec<_> = silent.iter().map(|item| format!("{}: {}", item.file, item.signature)).collect();
    assert!(silent.is_empty(), "dropped early, and then? {silent:#?}");
}

/// Whether the code calls or defines a function of this name.
fn calls(code: &str, name: &str) -> bool {
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(name).any(|(at, _)| {
        let (before, after) = (&code[..at], &code[at + name.len()..]);
        !before.ends_with(is_name) && (after.starts_with('(') || after.starts_with("::<"))
    })
}

/// Returns the code blocks of a doc comment, except `text` blocks.
fn examples(docs: &str) -> Vec<String> {
    docs.split("```").skip(1).step_by(2).filter(|code| !code.starts_with("text")).map(str::to_owned).collect()
}
