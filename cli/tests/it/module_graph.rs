//! The imports between the files of `src`: no large circles.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The maximum number of files that import each other in a circle.
const MAX_CIRCLE: usize = 4;

/// Reads all modules below a folder: the module path of each file, with its source text.
fn modules(folder: &Path, path: &str, all: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let file: PathBuf = entry.unwrap().path();
        let stem = file.file_stem().unwrap().to_str().unwrap();
        let module = if stem == "main" { "crate".to_owned() } else { format!("{path}::{stem}") };
        if file.is_dir() {
            modules(&file, &module, all);
        } else {
            let text = fs::read_to_string(&file).unwrap();
            let text = text.split("#[cfg(test)]\nmod ").next().unwrap().to_owned();
            all.insert(module, text);
        }
    }
}

/// Expands `a::{b, c::{d}}` into `a::b` and `a::c::d`.
fn expand(prefix: &str, tree: &str, paths: &mut Vec<String>) {
    let (mut depth, mut start) = (0, 0);
    for (at, c) in tree.char_indices().chain([(tree.len(), ',')]) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                let item = tree[start..at].trim();
                match item.split_once('{') {
                    Some((head, rest)) => {
                        expand(&format!("{prefix}{head}"), rest.trim_end_matches('}'), paths);
                    }
                    None if !item.is_empty() => paths.push(format!("{prefix}{item}")),
                    None => {}
                }
                start = at + 1;
            }
            _ => {}
        }
    }
}

/// The absolute paths that a module imports or names with `crate::`, `super::` or `self::`.
fn imports(module: &str, text: &str) -> Vec<String> {
    let mut paths = Vec::new();
    for statement in text.split("use ").skip(1) {
        if let Some((tree, _)) = statement.split_once(';')
            && ["crate::", "super::", "self::"].iter().any(|start| tree.starts_with(start))
        {
            expand("", &tree.replace('\n', " "), &mut paths);
        }
    }
    for start in ["crate::", "super::", "self::"] {
        for (at, _) in text.match_indices(start) {
            let path: String =
                text[at..].chars().take_while(|c| c.is_alphanumeric() || matches!(c, '_' | ':')).collect();
            if !text[..at].ends_with("::") {
                paths.push(path);
            }
        }
    }
    let parent = module.rsplit_once("::").map_or("crate", |(parent, _)| parent);
    let absolute = |path: String| match path.split_once("::") {
        Some(("super", rest)) => format!("{parent}::{rest}"),
        Some(("self", rest)) => format!("{module}::{rest}"),
        _ => path,
    };
    paths.into_iter().map(absolute).collect()
}

/// The imported files of each file: the longest module on each path.
fn edges(all: &BTreeMap<String, String>) -> BTreeMap<&str, BTreeSet<&str>> {
    let target = |path: &str| {
        let mut path = path;
        loop {
            if let Some((module, _)) = all.get_key_value(path) {
                return Some(module.as_str());
            }
            path = path.rsplit_once("::")?.0;
        }
    };
    all.iter()
        .map(|(module, text)| {
            let targets = imports(module, text);
            let targets = targets.iter().filter_map(|path| target(path));
            let targets = targets.filter(|target| *target != module && *target != "crate");
            (module.as_str(), targets.collect())
        })
        .collect()
}

fn reachable<'a>(from: &'a str, edges: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> BTreeSet<&'a str> {
    let (mut found, mut open) = (BTreeSet::new(), vec![from]);
    while let Some(module) = open.pop() {
        for target in edges.get(module).into_iter().flatten() {
            if found.insert(*target) {
                open.push(target);
            }
        }
    }
    found
}

#[test]
fn no_large_import_circles() {
    let mut all = BTreeMap::new();
    modules(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), "crate", &mut all);
    assert!(all.len() > 80, "only {} modules found", all.len());
    let edges = edges(&all);
    let reach: BTreeMap<&str, BTreeSet<&str>> =
        edges.keys().map(|module| (*module, reachable(module, &edges))).collect();
    let circles: BTreeSet<Vec<&str>> = reach
        .iter()
        .filter(|(module, targets)| targets.contains(*module))
        .map(|(module, targets)| {
            let circle = targets.iter().filter(|target| reach[*target].contains(module));
            circle.copied().collect()
        })
        .collect();
    let large: Vec<_> = circles.iter().filter(|circle| circle.len() > MAX_CIRCLE).collect();
    assert!(large.is_empty(), "{large:#?}");
}
