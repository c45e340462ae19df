//! Signals end a command with 128 and their number.

use std::io::Read as _;
use std::net::TcpListener;
use std::process::Command;

use crate::cli::Cli;

#[test]
fn signal_ends_a_pending_request() {
    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let cli = Cli::new(&format!("http://{}", silent.local_addr().unwrap()));
        let mut command = cli.command(&["users", "list"]);
        let child = command.env("VITAE_TOKEN", "a.b.c").spawn().unwrap();
        // The request has started when its first byte arrives.
        let (mut connection, _) = silent.accept().unwrap();
        connection.read_exact(&mut [0]).unwrap();
        assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(code));
        assert_eq!(output.stdout, b"");
    }
}
