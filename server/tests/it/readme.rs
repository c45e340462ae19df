//! The commands of the README and of the operations guide, typed into one shell on a terminal.
#![cfg(unix)]

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::shell::{PROMPT, Shell};
use crate::vitaed::{PASSWORD, Vitaed, program};

/// The documents with tested commands, in the order in which they are typed.
const DOCUMENTS: [&str; 2] =
    [include_str!("../../../README.md"), include_str!("../../../docs/operations.md")];
/// The line before each block that this test runs.
const TESTED: &str = "<!-- tested: server/tests/it/readme.rs -->\n```sh\n";
/// The addresses in the documents of the demo and of one's own server.
const DEMO: &str = "127.0.0.1:7979";
const OWN: &str = "127.0.0.1:7878";

/// The commands of the tested blocks; a here-document belongs to its command.
fn commands() -> Vec<String> {
    let mut commands: Vec<String> = Vec::new();
    for block in DOCUMENTS.iter().flat_map(|text| text.split(TESTED).skip(1)) {
        let mut in_document = false;
        for line in block.split("\n```").next().unwrap().lines() {
            if in_document {
                let command = commands.last_mut().unwrap();
                command.push('\n');
                command.push_str(line);
                in_document = line != "END";
            } else {
                commands.push(line.to_owned());
                in_document = line.ends_with("<<'END'");
            }
        }
    }
    commands
}

/// The program `vitae`; a test of the whole workspace has built it already.
pub(crate) fn vitae() -> PathBuf {
    let program = Path::new(env!("CARGO_BIN_EXE_vitaed")).with_file_name("vitae");
    if !program.exists() {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--quiet", "--locked", "--package", "vitae-cli"]);
        cargo.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
        assert!(cargo.status().unwrap().success(), "vitae can be built");
    }
    program
}

fn write_script(file: &Path, script: &str) {
    fs::write(file, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(file, fs::Permissions::from_mode(0o755)).unwrap();
}

/// Makes a directory of programs: both of ours, and a `cargo` that installs nothing.
fn programs(directory: &Path) -> String {
    fs::create_dir(directory).unwrap();
    // A test machine has no keyring.
    let vitae = format!(
        "[ \"$1\" = login ] && set -- \"$@\" --insecure-storage\nexec '{}' \"$@\"",
        vitae().display()
    );
    write_script(&directory.join("vitae"), &vitae);
    write_script(&directory.join("vitaed"), &format!("exec '{}' \"$@\"", env!("CARGO_BIN_EXE_vitaed")));
    write_script(&directory.join("cargo"), "true");
    format!("{}:{}", directory.display(), std::env::var("PATH").unwrap())
}

fn free_address() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

/// Ends the server in the background of the shell, also when the test fails.
struct BackgroundServer(String);

impl Drop for BackgroundServer {
    fn drop(&mut self) {
        drop(Command::new("kill").args(["-KILL", &self.0]).status());
    }
}

/// Starts the server in the background; returns its process and the password that it shows.
fn serve(shell: &mut Shell, command: &str) -> (BackgroundServer, String) {
    shell.send(&format!("{command}\n"));
    let password = shell.until(" (shown once)").rsplit_once("password ").unwrap().1.to_owned();
    shell.expect("vitaed ready on");
    shell.send("echo process-$!-of-the-server\n");
    shell.expect("\nprocess-");
    let server = BackgroundServer(shell.until("-of-the-server"));
    shell.expect(PROMPT);
    (server, password)
}

#[tokio::test]
async fn commands_of_the_documents_work_in_one_shell() {
    let directory = tempfile::tempdir().unwrap();
    let mut demo =
        Vitaed::spawn(program().args(["demo", "--headless"]).env("TMPDIR", directory.path())).await;
    let demo_login: serde_json::Value = serde_json::from_str(&demo.stdout_line().await).unwrap();
    let (demo_address, own_address) = (demo.address.to_string(), free_address());
    let home = directory.path().join("home");
    fs::create_dir(&home).unwrap();
    let path = programs(&directory.path().join("bin"));
    let variables = [("PATH", path.as_str()), ("TERM", "dumb"), ("LC_ALL", "C.UTF-8"), ("EDITOR", "true")];
    let mut shell = Shell::start(&home, &variables);
    shell.expect(PROMPT);

    let mut server = None;
    for command in commands() {
        let command = command.replace(DEMO, &demo_address).replace(OWN, &own_address);
        if command.starts_with("vitaed serve &") {
            let command = command.replace("serve", &format!("serve --listen {own_address}"));
            server = Some(serve(&mut shell, &command));
            continue;
        }
        shell.send(&format!("{command}\n"));
        if command.starts_with("vitae login") {
            if let Some((_, password)) = &server {
                shell.expect(&format!("Password of admin@localhost at http://{own_address}"));
                shell.send(&format!("{password}\n"));
                for question in ["New password", "New password again"] {
                    shell.expect(question);
                    shell.send(&format!("{PASSWORD}\n"));
                }
            } else {
                shell.expect(&format!("Password of admin@localhost at http://{demo_address}"));
                shell.send(&format!("{}\n", demo_login["password"].as_str().unwrap()));
            }
        }
        let output = shell.until(PROMPT);
        assert!(output.ends_with("status=0 "), "{command}: {output}");
        shell.expect(PROMPT);
    }

    assert!(server.is_some(), "the README starts a server");
    shell.send("vitae users list && vitae resumes list --all -o ndjson | wc -l\n");
    let output = shell.until(PROMPT);
    for part in ["ada@example.com", "grace@example.com", "\n60\r"] {
        assert!(output.contains(part), "no {part:?} in {output}");
    }
    demo.stop().await;
}
