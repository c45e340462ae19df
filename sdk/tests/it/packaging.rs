//! The dependencies of this crate.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

/// The maximum number of crates that the SDK with TLS is built of, including itself.
const CRATES: usize = 95;
/// Crates that need more than a C compiler, or are a second library for the same purpose.
const ABSENT: [&str; 7] =
    ["aws-lc-sys", "aws-lc-rs", "cmake", "openssl-sys", "native-tls", "icu_properties", "h2"];

fn tree(features: &[&str]) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--package", "vitae-sdk", "--edges", "normal,build", "--prefix", "none"])
        .args(["--target", "x86_64-unknown-linux-gnu"])
        .args(features)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let name = |line: &str| line.split(' ').take(2).collect::<Vec<_>>().join(" ");
    text.lines().filter(|line| !line.is_empty()).map(name).collect()
}

#[test]
fn sdk_needs_few_crates_and_no_cmake() {
    for features in
        [&["--no-default-features"][..], &["--no-default-features", "--features=blocking,test-util"]]
    {
        let crates = tree(features);
        assert!(
            crates.len() <= CRATES,
            "{} crates; if ICU has come back: cargo update -p idna_adapter --precise 1.1.0\n{crates:#?}",
            crates.len()
        );
    }
    for crates in [tree(&[]), tree(&["--no-default-features"])] {
        let is_absent = |name: &&String| ABSENT.iter().any(|absent| name.starts_with(&format!("{absent} ")));
        assert_eq!(crates.iter().find(is_absent), None);
    }
}

#[test]
fn pinned_toolchain_is_the_minimum_version() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let manifest: toml::Table = fs::read_to_string(root.join("Cargo.toml")).unwrap().parse().unwrap();
    let pinned: toml::Table = fs::read_to_string(root.join("rust-toolchain.toml")).unwrap().parse().unwrap();
    let promised = manifest["workspace"]["package"]["rust-version"].as_str().unwrap();
    let channel = pinned["toolchain"]["channel"].as_str().unwrap();
    assert!(channel.starts_with(promised), "{promised} is promised, and {channel} checks it");
}

/// Programs may combine this crate with the minimum versions of its dependencies, so these are tested.
#[test]
fn minimum_versions_of_dependencies_are_those_tested() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let read = |file: &str| fs::read_to_string(root.join(file)).unwrap().parse::<toml::Table>().unwrap();
    let (manifest, lock) = (read("Cargo.toml"), read("Cargo.lock"));
    let text = |value: &toml::Value| value.as_str().unwrap().split('+').next().unwrap().to_owned();
    let packages = lock["package"].as_array().unwrap();
    let tested: BTreeSet<_> =
        packages.iter().map(|package| (text(&package["name"]), text(&package["version"]))).collect();
    for package in ["sdk", "contracts/core", "contracts/document", "contracts/gateway"] {
        let own = read(&format!("{package}/Cargo.toml"));
        let names = own["dependencies"].as_table().unwrap().keys();
        for name in names.filter(|name| !name.starts_with("vitae-")) {
            let asked = &manifest["workspace"]["dependencies"][name];
            let least = text(asked.get("version").unwrap_or(asked));
            assert!(
                tested.contains(&(name.clone(), least.clone())),
                "{name} {least} is asked for, and another is tested; write the version of Cargo.lock"
            );
        }
    }
}
