//! Export and import: streams of independent lines.

use std::time::Duration;

use futures_util::stream;
use serde_json::{Value, json};
use vitae_sdk::{Client, CreateResume, ImportResult, ImportStatus, ResumeId, Role, UserId};
use vitae_server_testkit::{Limits, Stack};

use crate::raw_http::{Response, request, send_bytes};
use crate::test_server::{TestServer, document};

const NDJSON: &str = "application/x-ndjson";

async fn import(server: &TestServer, token: &str, target: &str, body: impl AsRef<[u8]>) -> Response {
    let import = request(format!("POST {target}")).header("content-type", NDJSON);
    import.body(body).bearer(token).send(&server.stack).await
}

/// The results of an import that was answered.
fn results(response: &Response) -> Vec<ImportResult> {
    assert_eq!((response.status, response.header("content-type")), (200, Some(NDJSON)), "{response:?}");
    assert!(response.body.is_empty() || response.body.ends_with(b"\n"));
    response.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Title, tags and text of everything that a client sees, oldest first.
async fn everything(client: &Client) -> Vec<(String, Vec<String>, String)> {
    let mut lines = client.resumes().export().sort("created_at").send().await.unwrap();
    let mut all = Vec::new();
    while let Some(line) = lines.next().await {
        let line = line.unwrap();
        let tags = line.tags.iter().map(|tag| tag.as_str().to_owned()).collect();
        all.push((line.title.into_inner(), tags, line.document.get().to_owned()));
    }
    all.sort();
    all
}

#[tokio::test]
async fn export_can_be_imported_on_another_server() {
    let server = TestServer::start().await;
    let resumes = server.admin.client.resumes();
    for (title, tags, text) in [
        ("Odd numbers", vec!["a", "b"], r#"{"n":1.10,"m":1e2,"big":1180591620717411303424}"#),
        ("Nulls and order", vec![], r#"{"z":null,"basics":{"name":null},"a":[]}"#),
        ("Characters", vec!["é"], r#"{"x":"\ud83d\ude00 😀 \u0000 \u001b"}"#),
        ("Lines", vec![], "{\n\t\"basics\": {\r\n\"name\": \"Ada\"}}"),
    ] {
        resumes.create(&CreateResume::new(title, document(text)).tags(tags)).await.unwrap();
    }
    let gone = server.resume_of(server.admin.id).await.id;
    resumes.delete(gone, None).await.unwrap();

    let export = request("GET /v1/resumes/export").bearer(&server.admin.token).send(&server.stack).await;
    assert_eq!((export.status, export.header("content-type")), (200, Some(NDJSON)));
    let line: Value = serde_json::from_str(export.text().lines().next().unwrap()).unwrap();
    let members: Vec<_> = line.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members, ["document", "id", "owner_id", "revision", "tags", "title"]);

    let other = TestServer::start().await;
    let target = format!("/v1/resumes/import?owner_id={}", other.admin.id);
    let response = import(&other, &other.admin.token, &target, &export.body).await;
    assert!(
        results(&response).iter().all(|result| result.status == ImportStatus::Created),
        "{}",
        response.text()
    );
    assert_eq!(everything(&other.admin.client).await, everything(&server.admin.client).await);
    assert_eq!(other.admin.client.resumes().list().count(true).send().await.unwrap().total, Some(4));
}

#[tokio::test]
async fn bare_documents_get_a_derived_title() {
    let server = TestServer::start().await;
    let lines = [
        (r#"{"basics":{"name":"Ada","label":"Engineer"}}"#, "Ada – Engineer"),
        (r#"{"basics":{"name":" Ada\u001b "}}"#, "Ada"),
        (r#"{"basics":{"label":"Engineer"}}"#, "Engineer"),
        // A document may have these keys, too.
        (r#"{"title":"x","basics":{"name":"Grace"}}"#, "Grace"),
    ];
    let body = lines.map(|(line, _)| line).join("\n");
    let response = import(&server, &server.admin.token, "/v1/resumes/import?tag=New", body).await;
    for (result, (text, title)) in results(&response).into_iter().zip(lines) {
        let resume = server.admin.client.resumes().get(result.id.unwrap()).await.unwrap();
        assert_eq!((resume.title.as_str(), resume.document.get()), (title, text));
        assert_eq!(resume.tags, ["new".into()]);
        assert_eq!(resume.owner.id, server.admin.id);
    }
}

/// Lines of an import with their error code, empty for accepted lines.
fn good_and_bad_lines() -> Vec<(Vec<u8>, &'static str)> {
    let deep = format!("{{\"x\":{}{}}}", "[".repeat(64), "]".repeat(64));
    let large = format!("{{\"x\":\"{}\"}}", "x".repeat(1 << 20));
    let nobodys = json!({"title": "A", "owner_id": UserId::new(), "document": {}}).to_string();
    let cases: &[(&[u8], &str)] = &[
        (b"{}", ""),
        (b"", NO_LINE),
        (b"not json", "malformed_json"),
        (b"{\"x\":1", "malformed_json"),
        (b"{\"x\":1,\"x\":2}", "malformed_json"),
        (b"{\"x\":\"\\ud800\"}", "malformed_json"),
        (b"{\"x\":\"\xff\"}", "malformed_json"),
        (b"\xef\xbb\xbf{}", "malformed_json"),
        (deep.as_bytes(), "malformed_json"),
        (large.as_bytes(), "body_too_large"),
        (b"  \t ", NO_LINE),
        (b"[]", "document_invalid"),
        (b"7", "document_invalid"),
        (b"{\"basics\":1}", "document_invalid"),
        (b"{} {}", "malformed_json"),
        (b"{\"title\":\"A\",\"document\":{},\"x\":1}", "unknown_field"),
        (b"{\"title\":\"\",\"document\":{}}", "validation_failed"),
        (b"{\"title\":\"A\",\"document\":{\"work\":1}}", "document_invalid"),
        (b"{\"title\":\"A\",\"document\":{},\"tags\":[1]}", "validation_failed"),
        (b"{\"title\":\"\\u001b\",\"document\":{}}", "validation_failed"),
        (b"{\"title\":\"A\",\"document\":{},\"owner_id\":\"x\"}", "validation_failed"),
        (nobodys.as_bytes(), "validation_failed"),
        (b"{\"id\":7,\"revision\":\"x\",\"title\":\"A\",\"document\":{}}\r", ""),
        (b"\r", NO_LINE),
        // The last line needs no end.
        (b"{\"last\":true}", ""),
    ];
    cases.iter().map(|(line, code)| (line.to_vec(), *code)).collect()
}

/// An empty line: it is counted, but not imported.
const NO_LINE: &str = "no line";

#[tokio::test]
async fn invalid_lines_are_reported_and_the_others_imported() {
    let server = TestServer::start().await;
    let (lines, expected): (Vec<_>, Vec<_>) = good_and_bad_lines().into_iter().unzip();
    let body = lines.join(&b'\n');
    let found = results(&import(&server, &server.admin.token, "/v1/resumes/import", body).await);
    let expected: Vec<_> = (1_u64..).zip(expected).filter(|(_, code)| *code != NO_LINE).collect();
    let code = |result: &ImportResult| result.problem.as_ref().map(|problem| problem.code.clone());
    let codes: Vec<_> = found.iter().map(|result| (result.line, code(result).unwrap_or_default())).collect();
    let codes: Vec<_> = codes.iter().map(|(line, code)| (*line, code.as_str())).collect();
    assert_eq!(codes, expected);
    for result in &found {
        let created = result.status == ImportStatus::Created;
        assert_eq!(
            (result.id.is_some(), result.problem.is_none()),
            (created, created),
            "line {}",
            result.line
        );
    }
    let all = server.admin.client.resumes().list().count(true).send().await.unwrap();
    assert_eq!(all.total, Some(found.iter().filter(|result| result.id.is_some()).count() as u64));
}

#[tokio::test]
async fn two_thousand_lines_are_imported_and_exported() {
    let server = TestServer::start().await;
    let resumes = server.admin.client.resumes();
    let lines =
        (1..=2000).map(|number| format!(r#"{{"basics":{{"name":"Number {number}"}},"n":{number}.0}}"#));
    let mut results = resumes.import().send(stream::iter(lines)).await.unwrap();
    let mut number = 0;
    while let Some(result) = results.next().await {
        let result = result.unwrap();
        number += 1;
        assert_eq!((result.line, result.status), (number, ImportStatus::Created));
    }
    assert_eq!(number, 2000);
    let all = everything(&server.admin.client).await;
    let mut expected: Vec<_> = (1..=2000)
        .map(|n| {
            (format!("Number {n}"), vec![], format!(r#"{{"basics":{{"name":"Number {n}"}},"n":{n}.0}}"#))
        })
        .collect();
    expected.sort();
    assert!(all == expected, "{} came out", all.len());
}

#[tokio::test]
async fn members_import_and_export_only_their_own() {
    let server = TestServer::start().await;
    let member = server.person(Role::Member).await;
    server.resume_of(server.admin.id).await;
    let own = server.resume_of(member.id).await.id;
    let line = |owner: UserId| format!("{}\n", json!({"title": "A", "owner_id": owner, "document": {}}));
    let body = format!("{}{}{{}}\n", line(server.admin.id), line(member.id));
    let found = results(&import(&server, &member.token, "/v1/resumes/import", body).await);
    let codes: Vec<_> = found.iter().map(|r| r.problem.as_ref().map(|p| p.code.as_str())).collect();
    assert_eq!(codes, [Some("forbidden"), None, None]);
    let target = format!("/v1/resumes/import?owner_id={}", server.admin.id);
    let found = results(&import(&server, &member.token, &target, "{}\n").await);
    assert_eq!(found[0].problem.as_ref().unwrap().code, "forbidden");

    let mut seen: Vec<ResumeId> = Vec::new();
    let mut lines = member.client.resumes().export().send().await.unwrap();
    while let Some(line) = lines.next().await {
        let line = line.unwrap();
        assert_eq!(line.owner_id, member.id);
        seen.push(line.id);
    }
    assert!(seen.contains(&own) && seen.len() == 3, "{seen:?}");
}

#[tokio::test]
async fn repeated_import_creates_no_duplicates() {
    let server = TestServer::start().await;
    let send = async |target: &str, body: &str| {
        let import = request(format!("POST {target}")).header("content-type", NDJSON).key("k");
        let response = import.body(body).bearer(&server.admin.token).send(&server.stack).await;
        results(&response)
    };
    let import = "/v1/resumes/import";
    let first = send(import, "{\"a\":1}\n{\"a\":2}\n").await;
    assert_eq!(send(import, "{\"a\":1}\n{\"a\":2}\n").await, first);
    // What broke off is sent again as a whole, and goes on where it ended.
    let longer = send(import, "{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n").await;
    assert_eq!(longer[..2], first);
    assert_eq!(longer[2].status, ImportStatus::Created);
    let other = send(import, "{\"a\":1}\n{\"b\":2}\n").await;
    assert_eq!(other[0], first[0]);
    assert_eq!(other[1].problem.as_ref().unwrap().code, "idempotency_key_reused");
    let tagged = send("/v1/resumes/import?tag=x", "{\"a\":1}\n").await;
    assert_eq!(
        tagged[0].problem.as_ref().map(|problem| problem.code.as_str()),
        Some("idempotency_key_reused")
    );
    assert_eq!(server.admin.client.resumes().list().count(true).send().await.unwrap().total, Some(3));
}

#[tokio::test]
async fn empty_import_creates_nothing() {
    let server = TestServer::start().await;
    for body in ["", "\n", "\r\n\n  \n"] {
        assert_eq!(results(&import(&server, &server.admin.token, "/v1/resumes/import", body).await), []);
    }
    let stack: &Stack = &server.stack;
    let empty = request("GET /v1/resumes/export").bearer(&server.admin.token).send(stack).await;
    assert_eq!((empty.status, empty.body.len()), (200, 0));
}

#[tokio::test]
async fn import_with_a_stalled_body_is_ended() {
    let limits = Limits { stall: Duration::from_millis(50), ..Limits::default() };
    let server =
        TestServer::from_stack(Stack::start_configured(|config| config.edge.limits = Some(limits)).await)
            .await;
    let head = format!(
        "POST /v1/resumes/import HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: {NDJSON}\r\n\
         authorization: Bearer {}\r\ncontent-length: 1000\r\n\r\n{{}}\n",
        server.admin.token
    );
    let results = results(&send_bytes(&server.stack, head.as_bytes()).await);
    let code = |result: &ImportResult| result.problem.as_ref().map(|problem| problem.code.clone());
    let codes: Vec<_> = results.iter().map(|result| (result.line, code(result))).collect();
    assert_eq!(codes, [(1, None), (2, Some("timeout".to_owned()))]);
}
