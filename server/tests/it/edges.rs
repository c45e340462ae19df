//! The allowed dependencies between crates.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use cargo_metadata::{CargoOpt, DependencyKind, Metadata, MetadataCommand, Package};

/// Every crate with the crates of ours that it may depend on.
///
/// A row may be there before its crate; a crate without a row fails.
const ALLOWED: &[(&str, &[&str])] = &[
    ("contracts/core", &[]),
    ("contracts/document", &["contracts/core"]),
    ("contracts/gateway", &["contracts/core", "contracts/document"]),
    ("contracts/services", &["contracts/core"]),
    ("sdk", &["contracts/core", "contracts/document", "contracts/gateway"]),
    ("sdk/workspace", &["sdk", "contracts/core", "contracts/document"]),
    ("tui", &["sdk/workspace", "sdk", "contracts/core", "contracts/document", "contracts/gateway"]),
    ("cli", &["tui", "sdk/workspace", "sdk", "contracts/core", "contracts/document", "contracts/gateway"]),
    ("server/common", &["contracts/core", "contracts/services"]),
    ("server/auth", SERVICE),
    ("server/users", SERVICE),
    ("server/resumes", SERVICE),
    ("server/audit", SERVICE),
    (
        "server/gateway",
        &["contracts/core", "contracts/document", "contracts/gateway", "contracts/services", "server/common"],
    ),
    (
        "server/stack",
        &["server/common", "server/gateway", "server/auth", "server/users", "server/resumes", "server/audit"],
    ),
    ("server/demo", &["contracts/core"]),
    ("server", &["server/stack", "server/demo", "sdk", "tui", "contracts/core"]),
    (
        TESTKIT,
        &[
            "server/stack",
            "sdk",
            "contracts/core",
            "contracts/document",
            "contracts/gateway",
            "contracts/services",
        ],
    ),
];

/// A service knows no other service: they meet through generated clients.
const SERVICE: &[&str] = &["contracts/core", "contracts/document", "contracts/services", "server/common"];

/// Every crate's tests may use it, and nothing else may.
const TESTKIT: &str = "server/testkit";

/// Dependencies that are allowed in tests only, besides the crate's own row and the testkit, with the reasons.
const ALSO_IN_TESTS: &[(&str, &str)] = &[
    // The test of the access table walks the gateway's own list of routes.
    (TESTKIT, "server/gateway"),
    // The demo's documents are checked without a server.
    ("server/demo", "contracts/document"),
    // A service's port is called as a program that knows the protos alone would.
    ("server", "contracts/services"),
    // The bench measures logins against the bare hash.
    (TESTKIT, "argon2"),
];

/// Libraries of others, with the folders that alone may use them.
const CONFINED: &[(&str, &str)] = &[("reqwest", "sdk"), ("argon2", "server/common"), ("rusqlite", "server")];

/// Crates that a program with the SDK must not need to build.
const NOT_IN_THE_SDK: &[&str] =
    &["tonic", "axum", "rusqlite", "libsqlite3-sys", "prost", "argon2", "vitae-server-common"];

/// The workspace as it is on disk, without resolving the crates of others.
pub(crate) fn workspace() -> Metadata {
    MetadataCommand::new()
        .manifest_path(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
        .other_options(["--locked".to_owned(), "--offline".to_owned()])
        .features(CargoOpt::AllFeatures)
        .no_deps()
        .exec()
        .expect("cargo describes the workspace")
}

/// The members with their folders, which are their names in every table here.
pub(crate) fn members(workspace: &Metadata) -> Vec<(String, &Package)> {
    let packages = workspace.workspace_packages();
    packages.into_iter().map(|p| (folder(workspace, p.manifest_path.parent().unwrap()), p)).collect()
}

fn folder(workspace: &Metadata, directory: impl AsRef<Path>) -> String {
    directory.as_ref().strip_prefix(&workspace.workspace_root).unwrap().to_str().unwrap().to_owned()
}

/// Whether the table lets one crate depend on another.
fn is_allowed(from: &str, to: &str, kind: DependencyKind) -> bool {
    let row = ALLOWED.iter().find(|(crate_, _)| *crate_ == from);
    let in_tests = kind == DependencyKind::Development;
    row.is_some_and(|(_, allowed)| allowed.contains(&to))
        // A crate's tests may turn on more of its own features.
        || in_tests && (to == from || to == TESTKIT || ALSO_IN_TESTS.contains(&(from, to)))
}

#[test]
fn every_crate_depends_only_on_crates_in_its_row() {
    let workspace = workspace();
    let mut violations = BTreeSet::new();
    for (from, package) in members(&workspace) {
        if !ALLOWED.iter().any(|(crate_, _)| *crate_ == from) {
            violations.insert(format!("{from} has no row in the table of edges"));
        }
        for dependency in &package.dependencies {
            let Some(path) = &dependency.path else { continue };
            let to = folder(&workspace, path);
            if !is_allowed(&from, &to, dependency.kind) {
                violations.insert(format!("{from} must not depend on {to} ({:?})", dependency.kind));
            }
        }
    }
    assert!(violations.is_empty(), "{violations:#?}");
}

#[test]
fn testkit_is_a_dev_dependency_only() {
    assert!(ALLOWED.iter().all(|(_, allowed)| !allowed.contains(&TESTKIT)));
}

#[test]
fn confined_libraries_are_used_only_in_their_folder() {
    let workspace = workspace();
    let mut violations = BTreeSet::new();
    for (from, package) in members(&workspace) {
        for (library, home) in CONFINED {
            if Path::new(&from).starts_with(home) {
                continue;
            }
            for dependency in package.dependencies.iter().filter(|d| d.name == *library) {
                let in_tests = dependency.kind == DependencyKind::Development;
                if !(in_tests && ALSO_IN_TESTS.contains(&(&from, library))) {
                    violations
                        .insert(format!("{from} must not depend on {library}, which is for {home} alone"));
                }
            }
        }
    }
    assert!(violations.is_empty(), "{violations:#?}");
}

#[test]
fn sdk_programs_build_no_server_crates() {
    for client in ["vitae-sdk", "vitae-cli"] {
        let tree = Command::new(env!("CARGO"))
            .args(["tree", "--locked", "--edges", "normal", "--prefix", "none", "--package", client])
            .current_dir(workspace().workspace_root)
            .output()
            .unwrap();
        assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
        let tree = String::from_utf8(tree.stdout).unwrap();
        let crates: BTreeSet<&str> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
        assert!(crates.contains("reqwest"), "{client}: {crates:?}");
        for absent in NOT_IN_THE_SDK {
            assert!(!crates.contains(absent), "{client} builds {absent}");
        }
    }
}

/// Every source file of the server's crates, their tests left out.
fn sources(directory: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() && !["tests", "benches", "target", "testkit"].contains(&name) {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") && name != "tests.rs" {
            found.push(path);
        }
    }
}

#[test]
fn every_grpc_client_and_server_sets_a_decoding_limit() {
    let mut files = Vec::new();
    sources(&workspace().workspace_root.join("server").into_std_path_buf(), &mut files);
    let (mut stated, mut missing) = (0, Vec::new());
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        for kind in ["Auth", "Users", "Resumes", "Audit", "Feed", "Consumer", "Health"] {
            for end in ["Client::new(", "Server::new("] {
                for (at, _) in text.match_indices(&format!("{kind}{end}")) {
                    let statement = text[at..].split_once([';', '}']).map_or("", |(head, _)| head);
                    if statement.contains(".max_decoding_message_size(") {
                        stated += 1;
                    } else {
                        missing.push(format!("{}: {kind}{end}", file.display()));
                    }
                }
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
    assert!(stated > 10, "only {stated} are found");
}
