//! Proxies, certificate authorities, retries and traces; only the server is contacted.

use std::io::Write as _;
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned, crypto};
use serde_json::Value;
use vitae_server_testkit::PASSWORD;

use crate::cli::{Cli, admin};
use crate::scripted_server::{Script, answer, problem, request};

const AUTHORITY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../sdk/tests/it/certificates/authority.pem");
const CERTIFICATE: &[u8] = include_bytes!("../../../sdk/tests/it/certificates/server.pem");
const KEY: &[u8] = include_bytes!("../../../sdk/tests/it/certificates/server.key");
const NO_PEOPLE: &str = r#"{"items": [], "next_cursor": null, "prev_cursor": null}"#;

/// Answers every request over TLS with an empty list.
fn encrypted() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let config = ServerConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![CertificateDer::from_pem_slice(CERTIFICATE).unwrap()],
            PrivateKeyDer::from_pem_slice(KEY).unwrap(),
        )
        .unwrap();
    let config = Arc::new(config);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = StreamOwned::new(connection, stream);
            // A client that does not trust the certificate closes the connection in the handshake.
            if request(&mut stream).is_some() {
                let _ = stream.write_all(answer(200, NO_PEOPLE).as_bytes());
                stream.conn.send_close_notify();
                let _ = stream.flush();
            }
        }
    });
    url
}

#[test]
fn ca_cert_is_trusted() {
    let cli = Cli::new(&encrypted());
    let list = |more: &[&str]| cli.with("VITAE_TOKEN", "a.b.c", &[&["users", "list"], more].concat());
    list(&[]).ends(9).says("certificate");
    list(&["--ca-cert", AUTHORITY]).ends(0);
    list(&["--ca-cert", "absent.pem"]).ends(1).says("absent.pem").says("--ca-cert");
    let empty = cli.file("empty.pem", "");
    list(&["--ca-cert", empty.to_str().unwrap()]).ends(2).says("PEM");
    let mut command = cli.command(&["users", "list"]);
    command.env("VITAE_TOKEN", "a.b.c").env("VITAE_CA_CERT", AUTHORITY);
    cli.finish(command, "").ends(0);
}

#[test]
fn proxy_is_not_used_for_loopback() {
    let proxy = Script::new([answer(502, "")]);
    let server = Script::new([answer(200, NO_PEOPLE)]);
    let cli = Cli::new("https://vitae.invalid");
    let run = |arguments: &[&str]| {
        let mut command = cli.command(arguments);
        cli.finish(
            {
                command.env("VITAE_TOKEN", "a.b.c").env("HTTPS_PROXY", &proxy.url);
                command
            },
            "",
        )
    };
    run(&["users", "list", "--timeout", "5s"]).ends(9);
    let asked = proxy.asked();
    assert!(asked[0].starts_with("CONNECT vitae.invalid:443 "), "{asked:?}");
    assert!(!asked.concat().to_ascii_lowercase().contains("authorization"), "{asked:?}");
    run(&["users", "list", "--server", &server.url]).ends(0);
    assert_eq!((proxy.asked().len(), server.asked().len()), (asked.len(), 1));
    run(&["users", "list", "--proxy", "none", "--timeout", "5s"]).ends(9);
    assert_eq!(proxy.asked().len(), asked.len());
    cli.with("VITAE_TOKEN", "a.b.c", &["users", "list", "--proxy", &proxy.url]).ends(9);
    assert!(proxy.asked().len() > asked.len());
    let rejected = run(&["users", "list", "--proxy", "http://ada:c4n4ry@proxy.invalid"]);
    rejected.ends(2).says("HTTPS_PROXY");
    assert!(!rejected.stderr.contains("c4n4ry"));
}

#[test]
fn retries_are_printed_with_reason_and_count() {
    let cut = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{";
    let cli =
        Cli::new(&Script::new([problem(503, "unavailable"), cut.to_owned(), answer(200, NO_PEOPLE)]).url);
    let list = ["users", "list"];
    let verbose = cli.with("VITAE_TOKEN", "a.b.c", &[&list[..], &["-v"]].concat());
    verbose.ends(0).says("limit=50: 503 in ").says("retrying in ").says("503 unavailable");
    verbose.says("(attempt 2)").says("closed the connection").says("(attempt 3): 200 in ");

    let cli = Cli::new(&Script::new([problem(503, "unavailable")]).url);
    let quiet = cli.with("VITAE_TOKEN", "a.b.c", &list);
    quiet.ends(9).says("code: unavailable after 3 attempts, may succeed later\n").says("request: r-1\n");
    assert!(
        !quiet.stderr.contains("retrying"),
        "without a terminal retries are printed only with -v: {}",
        quiet.stderr
    );
    let error = cli.with("VITAE_TOKEN", "a.b.c", &["users", "list", "--error-format", "json"]);
    let error: Value = serde_json::from_str(&error.stderr).unwrap();
    assert_eq!(
        (&error["attempts"], &error["retryable"], &error["code"]),
        (&3.into(), &true.into(), &"unavailable".into())
    );

    let cli = Cli::new(&Script::new([problem(404, "not_found")]).url);
    let error = cli.with("VITAE_TOKEN", "a.b.c", &["users", "list", "--error-format", "json"]);
    let error: Value = serde_json::from_str(&error.stderr).unwrap();
    assert_eq!((&error["attempts"], &error["retryable"]), (&1.into(), &false.into()));
}

#[test]
fn trace_shows_requests_without_secrets() {
    let (_stack, cli) = admin();
    let trace = cli.run(&["users", "list", "--q", "hopper", "--debug"]);
    trace.ends(0).says("> GET /v1/users?").says("> authorization: [redacted]\n").says("> x-request-id: ");
    trace.says("< 200 in ").says("< content-type: application/json");
    assert!(!trace.stderr.contains("hopper"), "what names a person is left out: {}", trace.stderr);
    // The response to a login consists of secrets; `Cli::finish` searches the output for them.
    let login = ["login", "--email", "admin@localhost", "--password-stdin", "--insecure-storage", "--debug"];
    cli.input(&login, PASSWORD).ends(0).says("> POST /v1/auth/login");
    cli.run(&["logout", "--debug"]).ends(0).says("> POST /v1/auth/logout");
}

/// Runs the test below in its own network namespace, where the kernel counts every packet sent,
/// delivered or not.
#[cfg(target_os = "linux")]
#[test]
fn only_the_server_is_contacted() {
    if std::env::var_os("VITAE_SKIP_NETNS").is_some_and(|value| value == "1") {
        #[expect(clippy::print_stdout, reason = "a skipped test has to be seen")]
        {
            println!("SKIPPED: who is contacted, by VITAE_SKIP_NETNS=1");
        }
        return;
    }
    let mut command = Command::new("unshare");
    command
        .args(["--net", "--map-root-user", "sh", "-c"])
        .arg("ip link set lo up && exec \"$0\" --exact --ignored --nocapture network::inside")
        .arg(std::env::current_exe().unwrap())
        .stdin(Stdio::null());
    let output = command.output().unwrap();
    let text =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && text.contains("1 passed"),
        "needs unshare (util-linux) and ip (iproute2), or VITAE_SKIP_NETNS=1: {text}"
    );
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "run by the test above, in a network of its own"]
fn inside() {
    use std::net::{TcpStream, UdpSocket};

    let before = strays();
    let (_stack, cli) = admin();
    let id = cli.resume("Ada", "{}");
    for arguments in [
        &["users", "list"][..],
        &["users", "get", "admin@localhost", "-o", "yaml"],
        &["users", "create", "--email", "a@example.com", "--name", "A"],
        &["resumes", "list", "--all", "--jq", ".[].id"],
        &["resumes", "export", &id],
        &["resumes", "delete", &id, "--yes"],
        &["audit", "list"],
        &["auth", "status"],
        &["doctor"],
        &["explain"],
        &["users", "list", "--debug"],
        &["logout"],
    ] {
        cli.run(arguments).ends(0);
    }
    cli.run(&["users", "list"]).ends(4);
    assert_eq!(strays(), before, "something else was contacted");
    // Control: connections by name, by address and to another local port are counted.
    let _ = TcpStream::connect("192.0.2.1:80");
    assert_eq!(strays(), before + 1);
    let _ = TcpStream::connect("127.0.0.1:1");
    assert_eq!(strays(), before + 2);
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let _ = socket.send_to(b"?", "127.0.0.1:53");
    assert!(strays() > before + 2);
}

/// Packets without a listening receiver: unroutable, rejected, or datagrams such as DNS queries.
#[cfg(target_os = "linux")]
fn strays() -> u64 {
    let counters = std::fs::read_to_string("/proc/net/snmp").unwrap();
    let counted = |kind: &str, name: &str| {
        let mut lines = counters.lines().filter_map(|line| line.strip_prefix(kind)?.strip_prefix(": "));
        let at = lines.next().unwrap().split(' ').position(|found| found == name).unwrap();
        lines.next().unwrap().split(' ').nth(at).unwrap().parse::<u64>().unwrap()
    };
    let six = std::fs::read_to_string("/proc/net/snmp6").unwrap_or_default();
    let six = six.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        let is_counted = matches!(words.next()?, "Ip6OutNoRoutes" | "Udp6OutDatagrams");
        is_counted.then(|| words.next()?.parse::<u64>().ok())?
    });
    counted("Ip", "OutNoRoutes")
        + counted("Tcp", "AttemptFails")
        + counted("Udp", "OutDatagrams")
        + six.sum::<u64>()
}
