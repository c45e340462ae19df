//! The public API: a listing that changes only on purpose, and documentation of every method.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The listing, next to the manifest.
#[cfg(unix)]
const LISTING: &str = "public-api.txt";
/// Set to `1` to update the listing.
#[cfg(unix)]
const BLESS: &str = "VITAE_BLESS";

/// Returns the public items of a package, as rustdoc sees them.
#[cfg(unix)]
fn public_items(package: &str, features: &[&str]) -> Vec<String> {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR"));
    // The JSON output is unstable. Only rustdoc gets the variable: for cargo it would rebuild dependencies.
    let rustdoc = directory.join("rustdoc.sh");
    fs::write(&rustdoc, "#!/bin/sh\nRUSTC_BOOTSTRAP=1 exec rustdoc \"$@\"\n").unwrap();
    fs::set_permissions(&rustdoc, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let output = std::process::Command::new(env!("CARGO"))
        .args(["rustdoc", "--locked", "--lib", "--package", package])
        .args(features)
        .args(["--", "-Z", "unstable-options", "--output-format", "json"])
        .env("RUSTDOC", rustdoc)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let json = directory.join(format!("../doc/{}.json", package.replace('-', "_")));
    let api = public_api::Builder::from_rustdoc_json(json)
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .omit_auto_derived_impls(true)
        .build()
        .unwrap();
    api.items().map(ToString::to_string).collect()
}

/// The crate, and the bodies of requests and responses that it exports.
#[cfg(unix)]
#[test]
fn public_api_matches_the_listing() {
    let mut items = public_items("vitae-sdk", &["--features=keyring,blocking,test-util"]);
    items.extend(public_items("vitae-contracts-gateway", &[]));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(LISTING);
    if std::env::var_os(BLESS).is_some_and(|value| value == "1") {
        fs::write(&path, items.join("\n") + "\n").unwrap();
        return;
    }
    let listing = fs::read_to_string(&path).unwrap();
    let listed: BTreeSet<_> = listing.lines().collect();
    let found: BTreeSet<_> = items.iter().map(String::as_str).collect();
    let removed: Vec<_> = listed.difference(&found).collect();
    let added: Vec<_> = found.difference(&listed).collect();
    assert!(
        removed.is_empty() && added.is_empty(),
        "removed, which breaks programs: {removed:#?}\nadded: {added:#?}\n\
         if this is intended: {BLESS}=1 cargo test -p vitae-sdk --test it public_api"
    );
}

/// A public function in the source.
struct Function {
    /// The path of the file below `src`.
    file: String,
    /// The signature, up to its first line break.
    signature: String,
    docs: String,
}

impl Function {
    fn name(&self) -> &str {
        let (_, rest) = self.signature.split_once("fn ").unwrap();
        rest.split(['(', '<']).next().unwrap()
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
}

/// Returns the public functions of all files, and all documentation.
fn functions() -> (Vec<Function>, String) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut paths, mut found, mut all_docs) = (Vec::new(), Vec::new(), String::new());
    files(&root, &mut paths);
    for path in paths {
        let file = path.strip_prefix(&root).unwrap().display().to_string();
        let mut docs = String::new();
        for line in fs::read_to_string(&path).unwrap().lines().map(str::trim_start) {
            if let Some(doc) = line.strip_prefix("///").or_else(|| line.strip_prefix("//!")) {
                docs.push_str(doc);
                docs.push('\n');
                continue;
            }
            if line.starts_with("#[") {
                continue;
            }
            let docs = std::mem::take(&mut docs);
            all_docs.push_str(&docs);
            if ["pub fn ", "pub async fn ", "pub const fn "].iter().any(|start| line.starts_with(start)) {
                found.push(Function { file: file.clone(), signature: line.to_owned(), docs });
            }
        }
    }
    (found, all_docs)
}

#[test]
fn every_method_has_a_tested_example() {
    let (functions, docs) = functions();
    let code = examples(&docs);
    let lacks = |function: &&Function| examples(&function.docs).is_empty() && !calls(&code, function.name());
    let lacking: Vec<_> = functions.iter().filter(lacks).map(Function::name).collect();
    assert!(lacking.is_empty(), "without an example: {lacking:#?}");
}

#[test]
fn every_call_documents_dropping_its_future() {
    let (functions, _) = functions();
    let is_silent = |function: &&Function| {
        let is_call = function.signature.starts_with("pub async fn") && !function.file.starts_with("mock");
        is_call && !function.docs.to_lowercase().contains("drop")
    };
    let silent: Vec<_> = functions.iter().filter(is_silent).map(Function::name).collect();
    assert!(silent.is_empty(), "nothing about dropped futures: {silent:#?}");
}

/// Whether the code calls or defines a function of this name.
fn calls(code: &str, name: &str) -> bool {
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(name).any(|(at, _)| {
        let (before, after) = (&code[..at], &code[at + name.len()..]);
        !before.ends_with(is_name) && (after.starts_with('(') || after.starts_with("::<"))
    })
}

/// Returns the code blocks of documentation, except `text` blocks.
fn examples(docs: &str) -> String {
    docs.split("```").skip(1).step_by(2).filter(|code| !code.starts_with("text")).collect()
}
