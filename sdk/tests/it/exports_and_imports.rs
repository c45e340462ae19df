//! Exports and imports.

use std::time::Duration;

use futures_util::stream;
use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use vitae_sdk::{Client, Code, ImportStatus, MemoryStore, Problem, Result};

use crate::mock::{Gate, RESUME, Reply, Server, USER, login};

const NDJSON: &str = "application/x-ndjson";

fn line(title: &str, document: &str) -> String {
    format!(
        r#"{{"id":"{RESUME}","title":"{title}","owner_id":"{USER}","tags":[],"revision":1,"document":{document}}}"#
    )
}

async fn export(server: &Server) -> Vec<Result<String>> {
    let mut lines = server.logged_in().resumes().export().send().await.unwrap();
    let mut all = Vec::new();
    while let Some(line) = lines.next().await {
        all.push(line.map(|line| line.document.get().to_owned()));
    }
    all
}

#[tokio::test]
async fn lines_are_joined_from_any_chunks() {
    let documents = [r#"{"n": 1.10, "b": [1e2]}"#, r#"{"é": "\n"}"#, "{}"];
    let whole: String = documents.map(|document| line("t", document) + "\n").concat();
    for size in [1, 2, 3, 7, 100, 1000] {
        let body = whole.clone();
        let server = Server::always(move || {
            let pieces: Vec<_> = body.as_bytes().chunks(size).collect();
            Reply::chunked(NDJSON, &pieces)
        })
        .await;
        let lines: Vec<_> = export(&server).await.into_iter().map(Result::unwrap).collect();
        assert_eq!(lines, documents, "pieces of {size} bytes");
        assert_eq!(server.requests()[0].header("accept"), Some(NDJSON));
    }
}

#[tokio::test]
async fn empty_lines_and_missing_final_newline_are_accepted() {
    let body = format!("\n{}\r\n\n{}", line("a", "1"), line("b", "2"));
    let server = Server::always(move || Reply::text(200, NDJSON, &body)).await;
    let lines: Vec<_> = export(&server).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(lines, ["1", "2"]);
}

#[tokio::test]
async fn truncated_export_is_an_error_after_its_lines() {
    let body = line("a", "1") + "\n" + &line("b", "2");
    let server = Server::always(move || Reply::chunked(NDJSON, &[body.as_bytes()]).cut(1)).await;
    let mut lines = export(&server).await.into_iter();
    assert_eq!(lines.next().unwrap().unwrap(), "1");
    let error = lines.next().unwrap().unwrap_err();
    assert!(error.is_unavailable(), "{error:?}");
    assert!(error.to_string().starts_with("GET /v1/resumes/export: "));
    assert!(lines.next().is_none());
    assert_eq!(server.requests().len(), 1, "what has begun is not repeated");
}

#[tokio::test]
async fn problem_document_as_last_line_is_an_error() {
    let problem = Problem::new(Code::Internal, "the store failed".to_owned(), "r".to_owned());
    let problem = serde_json::to_string(&problem).unwrap();
    let body = format!("{}\n{problem}\n", line("a", "1"));
    let server = Server::always(move || Reply::text(200, NDJSON, &body)).await;
    let mut lines = export(&server).await.into_iter();
    lines.next().unwrap().unwrap();
    let error = lines.next().unwrap().unwrap_err();
    assert_eq!(error.known_code(), Some(Code::Internal));
    assert!(lines.next().is_none());
}

#[tokio::test]
async fn endless_line_is_an_error() {
    let server = Server::always(|| Reply::text(200, NDJSON, &"x".repeat(5 << 20))).await;
    let error = export(&server).await.remove(0).unwrap_err();
    assert!(error.to_string().contains("longer than"), "{error}");
}

#[tokio::test]
async fn import_sends_each_item_as_one_line() {
    let server = Server::always(|| {
        let rejected = Problem::new(Code::DocumentInvalid, "1 error".to_owned(), "r".to_owned());
        let results = [
            json!({"line": 1, "status": "created", "id": RESUME}),
            json!({"line": 2, "status": "refused", "problem": rejected}),
            json!({"line": 3, "status": "merged"}),
        ];
        let body = results.map(|result| format!("{result}\n")).concat();
        Reply::text(200, NDJSON, &body)
    })
    .await;
    let items = ["{\"a\": 1}", "{\r\n  \"b\": 2\n}\n", "{}"];
    let mut results = server.logged_in().resumes().import().send(stream::iter(items)).await.unwrap();
    let mut all = Vec::new();
    while let Some(result) = results.next().await {
        all.push(result.unwrap());
    }
    assert_eq!(all[0].id.unwrap().to_string(), RESUME);
    assert_eq!(all[1].problem.as_ref().unwrap().code, "document_invalid");
    assert_eq!(all[2].status, ImportStatus::Other("merged".to_owned()));
    let sent = &server.requests()[0];
    assert_eq!(sent.body, "{\"a\": 1}\n{    \"b\": 2 }\n{}\n");
    assert_eq!(sent.header("content-type"), Some(NDJSON));
    assert_eq!(sent.header("idempotency-key"), None);

    let resumes = server.logged_in().resumes().with_idempotency_key("k");
    let import = resumes.import().owner(USER.parse().unwrap()).tag("new");
    import.send(stream::iter(["{}"])).await.unwrap();
    assert_eq!(server.lines()[1], format!("POST /v1/resumes/import?owner_id={USER}&tag=new"));
    assert_eq!(server.requests()[1].header("idempotency-key"), Some("k"));
}

#[tokio::test]
async fn import_results_arrive_while_lines_are_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    // Responds to each line as it arrives.
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = BufReader::new(stream);
        let mut number = 0;
        let mut line = String::new();
        while stream.read_line(&mut line).await.unwrap() > 0 {
            if line.starts_with('{') {
                number += 1;
                let head = "HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\n\r\n";
                let head = if number == 1 { head } else { "" };
                let result = json!({"line": number, "status": "created"});
                let text = format!("{head}{result}\n");
                stream.write_all(text.as_bytes()).await.unwrap();
                stream.flush().await.unwrap();
            } else if line == "0\r\n" {
                return;
            }
            line.clear();
        }
    });
    let client =
        Client::builder().base_url(&url).token_store(MemoryStore::holding(login("0", 3600))).build().unwrap();
    let (sender, mut receiver) = mpsc::channel::<String>(1);
    let items = stream::poll_fn(move |context| receiver.poll_recv(context));
    sender.send("{}".to_owned()).await.unwrap();
    let mut results = client.resumes().import().send(items).await.unwrap();
    for number in 1..=3 {
        let result = results.next().await.unwrap().unwrap();
        assert_eq!(result.line, number);
        if number < 3 {
            sender.send("{}".to_owned()).await.unwrap();
        }
    }
    drop(sender);
    assert!(results.next().await.is_none());
}

#[tokio::test]
async fn import_to_a_silent_server_times_out() {
    let gate = Gate::closed();
    let held = gate.clone();
    let server = Server::always(move || Reply::text(200, NDJSON, "").behind(&held)).await;
    let client = server.logged_in().with_timeout(Duration::from_millis(50));
    let error = client.resumes().import().send(stream::iter(["{}"])).await.unwrap_err();
    assert!(error.is_timeout(), "{error:?}");
}

#[tokio::test]
async fn rejected_import_is_an_error() {
    let server = Server::always(|| Reply::problem(Code::Forbidden)).await;
    let import = server.logged_in().resumes().import().send(stream::iter(["{}"])).await;
    assert!(import.unwrap_err().is_forbidden());
}
