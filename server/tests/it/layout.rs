//! Rules for the files of the workspace: READMEs, names, lengths, versions.

use std::path::{Path, PathBuf};

use cargo_metadata::Metadata;

use crate::edges::{members, workspace};

/// Names that say nothing; `server/common` is a crate's folder, and no module.
const EMPTY_NAMES: &[&str] = &["common", "helper", "helpers", "manager", "misc", "util", "utils"];
/// Lines of a file without its tests.
const LINES: usize = 500;

/// Every Rust file of ours, below the folders of the members.
fn sources(workspace: &Metadata) -> Vec<PathBuf> {
    let mut sources = Vec::new();
    let mut open: Vec<PathBuf> =
        members(workspace).iter().map(|(folder, _)| workspace.workspace_root.join(folder).into()).collect();
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            let is_member = path.join("Cargo.toml").exists();
            if path.is_dir() && !is_member && path.file_name().unwrap() != "target" {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                sources.push(path);
            }
        }
    }
    assert!(sources.len() > 100, "{sources:?}");
    sources
}

fn check(violations: &[String]) {
    assert!(violations.is_empty(), "{violations:#?}");
}

fn without_tests(path: &Path) -> usize {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().take_while(|line| *line != "#[cfg(test)]").count()
}

#[test]
fn every_crate_has_a_readme_and_a_doc_comment() {
    let workspace = workspace();
    let mut violations = Vec::new();
    for (folder, package) in members(&workspace) {
        if !workspace.workspace_root.join(&folder).join("README.md").exists() {
            violations.push(format!("{folder} has no README.md"));
        }
        for target in &package.targets {
            let text = std::fs::read_to_string(&target.src_path).unwrap_or_default();
            if !text.starts_with("//! ") {
                violations.push(format!("{} does not begin with what it is", target.src_path));
            }
        }
    }
    check(&violations);
}

#[test]
fn module_names_are_specific() {
    let workspace = workspace();
    let empty = |path: &Path| {
        let below = path.strip_prefix(&workspace.workspace_root).unwrap();
        let module = below.with_extension("");
        // The folders of the crates themselves stand before `src` and `tests`.
        let inside = module.iter().skip_while(|part| *part != "src" && *part != "tests");
        inside.into_iter().any(|part| EMPTY_NAMES.iter().any(|name| part == *name))
    };
    let violations: Vec<_> =
        sources(&workspace).iter().filter(|p| empty(p)).map(|p| p.display().to_string()).collect();
    check(&violations);
}

#[test]
fn files_have_at_most_500_lines() {
    let sources = sources(&workspace());
    let of_ours =
        sources.iter().filter(|path| !path.iter().any(|part| part == "tests" || part == "generated"));
    let lengths = of_ours.map(|path| (without_tests(path), path)).filter(|(lines, _)| *lines > LINES);
    let violations: Vec<_> =
        lengths.map(|(lines, path)| format!("{}: {lines} lines", path.display())).collect();
    check(&violations);
}

#[test]
fn versions_are_set_only_in_the_root_manifest() {
    let workspace = workspace();
    let mut violations = Vec::new();
    for (folder, package) in members(&workspace) {
        let manifest: toml::Table = std::fs::read_to_string(&package.manifest_path).unwrap().parse().unwrap();
        for field in ["version", "edition", "rust-version", "license", "publish"] {
            if !is_inherited(&manifest["package"][field]) {
                violations.push(format!("{folder}: package.{field}"));
            }
        }
        let targets = manifest.get("target").and_then(toml::Value::as_table);
        let tables = targets.into_iter().flat_map(toml::Table::values).filter_map(toml::Value::as_table);
        for table in tables.chain([&manifest]) {
            for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
                let dependencies = table.get(kind).and_then(toml::Value::as_table).into_iter().flatten();
                let own = dependencies.filter(|(_, value)| !is_inherited(value));
                violations.extend(own.map(|(name, _)| format!("{folder}: {kind}.{name}")));
            }
        }
    }
    check(&violations);
}

/// Whether a value of a manifest is `{ workspace = true, … }`.
fn is_inherited(value: &toml::Value) -> bool {
    value.get("workspace").and_then(toml::Value::as_bool) == Some(true)
}
