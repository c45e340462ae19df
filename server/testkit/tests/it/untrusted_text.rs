//! Text with control characters: rejected in displayed fields, kept in documents.

use serde_json::{Value, json};
use vitae_sdk::{CreateResume, IfMatch, Untrusted};

use crate::raw_http::{Request, request};
use crate::test_server::{TestServer, document, new_email, new_resume};

const HOSTILE: &[(&str, &str)] = &[
    ("escape", "\u{1b}[2J"),
    ("bell", "\u{7}"),
    ("line feed", "a\nb"),
    ("carriage return", "a\rb"),
    ("tab", "a\tb"),
    ("nul", "a\0b"),
    ("delete", "a\u{7f}b"),
    ("C1 control", "a\u{9b}31m"),
    ("right to left override", "a\u{202e}b"),
    ("isolate", "a\u{2066}b\u{2069}"),
    ("left to right mark", "a\u{200e}"),
    ("zero width space", "a\u{200b}b"),
    ("zero width joiner", "a\u{200d}b"),
    ("byte order mark", "a\u{feff}b"),
    ("soft hyphen", "a\u{ad}b"),
    ("line separator", "a\u{2028}b"),
    ("tag", "a\u{e0041}"),
    ("private use", "a\u{e000}"),
    ("unassigned", "a\u{378}"),
    ("filler", "\u{3164}"),
];

const HARMLESS: &[&str] = &[
    "O'Brien-Łukasz",
    "名前 🙂",
    "Zoë e\u{301}",
    "עברית العربية",
    "<b>&amp;</b> '; DROP TABLE users; --",
    "%s %n \\u001b",
    "علی\u{200c}رضا",
    "ශ්\u{200d}රී",
    "\u{1f469}\u{200d}\u{1f4bb} \u{1f3f3}\u{fe0f}\u{200d}\u{1f308}",
];

/// Every request that rejects such a text, with the error location.
fn requests_with(server: &TestServer, text: &str) -> Vec<(Request, &'static str)> {
    let resume = |title: &str, tag: &str| json!({"title": title, "tags": [tag], "document": {}});
    let me = format!("PATCH /v1/users/{}", server.admin.id);
    let json = |line: &str, body: Value| request(line).json(body.to_string());
    vec![
        (json("POST /v1/users", json!({"email": new_email(), "name": text})), "/name"),
        (json("POST /v1/users", json!({"email": format!("{text}@example.com"), "name": "A"})), "/email"),
        (json(&me, json!({"name": text})).if_match("*"), "/name"),
        (json(&me, json!({"email": format!("a@{text}")})).if_match("*"), "/email"),
        (json("POST /v1/resumes", resume(text, "a")), "/title"),
        (json("POST /v1/resumes", resume("A", text)), "/tags/0"),
    ]
}

#[tokio::test]
async fn control_characters_in_names_titles_and_tags_are_rejected() {
    let server = TestServer::start().await;
    let resume = server.resume_of(server.admin.id).await.id;
    for (name, text) in HOSTILE {
        let mut cases = requests_with(&server, text);
        for line in [format!("PUT /v1/resumes/{resume}"), format!("PATCH /v1/resumes/{resume}")] {
            let body = json!({"title": text, "tags": ["a"], "document": {}}).to_string();
            cases.push((request(&line).json(body).if_match("*"), "/title"));
            let body = json!({"title": "A", "tags": ["a", text], "document": {}}).to_string();
            cases.push((request(&line).json(body).if_match("*"), "/tags/1"));
        }
        for (request, place) in cases {
            let response = request.clone().bearer(&server.admin.token).send(&server.stack).await;
            assert_eq!(
                (response.status, response.code().as_str()),
                (422, "validation_failed"),
                "{name} {request:?}"
            );
            assert_eq!(response.error_locations(), [place], "{name} {request:?}");
            let problem = response.problem();
            for text in [&problem.detail, &problem.errors[0].message] {
                assert_eq!(
                    *text,
                    Untrusted::from(text.escaped().to_string()),
                    "{name}: a message acts itself"
                );
            }
        }
    }
    assert_eq!(server.admin.client.resumes().get(resume).await.unwrap().revision, 1);
}

#[tokio::test]
async fn harmless_text_is_stored_unchanged() {
    let server = TestServer::start().await;
    for text in HARMLESS {
        assert_eq!(server.user_named(text).await.name.as_str(), *text);
        let resume = server.admin.client.resumes().create(&new_resume(text)).await.unwrap();
        assert_eq!(resume.title.as_str(), *text);
    }
}

#[tokio::test]
async fn documents_keep_control_characters() {
    let server = TestServer::start().await;
    let resumes = server.admin.client.resumes();
    for (name, text) in HOSTILE {
        let text = json!({"basics": {"name": text, "summary": text}, text.to_string(): text}).to_string();
        let new = CreateResume::new("A", document(&text));
        let resume = resumes.create(&new).await.unwrap();
        let patch = json!({"document": {"x": text}});
        resumes.patch(resume.id, &patch, IfMatch::Version(1)).await.unwrap();
        assert_eq!(resumes.revision(resume.id, 1).await.unwrap().document.get(), text, "{name}");
    }
}

#[tokio::test]
async fn control_characters_in_requests_are_escaped_in_responses() {
    let server = TestServer::start().await;
    let get = |line: &str| request(line).bearer(&server.admin.token);
    let user_agent = "\u{1b}]0;title\u{7}";
    for (name, request, status) in [
        ("a word to search for", get("GET /v1/users?q=%1b%5b2J%e2%80%ae"), 200),
        ("a parameter", get("GET /v1/users?%1b%5b2J=1"), 400),
        ("a value", get("GET /v1/users?role=%1b%5b2J"), 400),
        ("an id", get("GET /v1/users/%1b%5b2J"), 404),
        ("a field", request("POST /v1/users").json("{\"\\u001b[2J\":1}").bearer(&server.admin.token), 400),
        ("a user agent", get("GET /v1/me").header("user-agent", user_agent), 400),
    ] {
        let response = request.send(&server.stack).await;
        assert_eq!(response.status, status, "{name}");
        assert!(!response.body.iter().any(u8::is_ascii_control), "{name}: {:?}", response.text());
    }
}
