//! Documents: the text is returned unchanged; invalid ones are rejected with every violation.

use serde_json::json;
use vitae_sdk::{CreateResume, IfMatch, ReplaceResume, Untrusted};

use crate::raw_http::request;
use crate::test_server::{TestServer, document, error_code, new_resume};

/// Texts that a reader and writer of JSON would change.
fn texts() -> Vec<(&'static str, String)> {
    let cases = [
        ("empty", "{}"),
        ("odd numbers", r#"{"a":1.10,"b":1e2,"c":1180591620717411303424,"d":-0,"e":0.1E-400,"f":1E+2}"#),
        ("long numbers", r#"{"a":3.14159265358979323846264338327950288,"b":[0.0,-0.0,0e0]}"#),
        ("order of keys", r#"{"z":1,"basics":{"summary":"s","name":"n"},"a":2,"Z":3,"":4}"#),
        ("nulls", r#"{"basics":null,"work":[{"name":null,"endDate":null}],"x":null}"#),
        ("white space", "{ \n\t\"basics\" :{ } ,\r\n  \"x\": [ 1 , 2 ] }"),
        (
            "unknown fields",
            r#"{"x":{"y":[{"z":true}]},"basics":{"pronouns":"she","location":{"planet":"Earth"}}}"#,
        ),
        ("characters and pairs", r#"{"x":"😀 é 名前","y":"\ud83d\ude00 \u00e9","\u006b":"\u0041\/"}"#),
        ("escapes that act", r#"{"x":"\u001b[2J\u0000\u202e","y":"\b\f\n\r\t\"\\"}"#),
        (
            "1.0.0",
            r#"{"basics":{"picture":"p","website":"w"},"work":[{"company":"c","startDate":"2013-12-01"}]}"#,
        ),
        (
            "1.3.1",
            r#"{"$schema":"s","certificates":[{"date":"2020-05"}],"meta":{"version":"v1.3.1","theme":1}}"#,
        ),
    ];
    let mut texts: Vec<_> = cases.into_iter().map(|(name, text)| (name, text.to_owned())).collect();
    texts.push(("deep", format!(r#"{{"x":{}1{}}}"#, "[".repeat(62), "]".repeat(62))));
    texts.push(("large", format!(r#"{{"x":"{}"}}"#, "é".repeat(500_000))));
    texts
}

#[tokio::test]
async fn document_text_is_returned_unchanged() {
    let server = TestServer::start().await;
    let resumes = server.admin.client.resumes();
    for (name, text) in texts() {
        let new = CreateResume::new(name, document(&text));
        let created = resumes.create(&new).await.unwrap_or_else(|error| panic!("{name}: {error:?}"));
        assert_eq!(created.document.get(), text, "{name} created");
        assert_eq!(resumes.get(created.id).await.unwrap().document.get(), text, "{name} read");

        let other = ReplaceResume::new(name, document(r#"{"q":0}"#));
        resumes.replace(created.id, &other, IfMatch::Any).await.unwrap();
        let back = ReplaceResume::new(name, document(&text));
        let replaced = resumes.replace(created.id, &back, IfMatch::Any).await.unwrap();
        assert_eq!(replaced.document.get(), text, "{name} replaced");
        for revision in [1, 3] {
            let revision = resumes.revision(created.id, revision).await.unwrap();
            assert_eq!(revision.document.get(), text, "{name} revision {}", revision.revision);
        }
        let mut lines = resumes.export().title(name).send().await.unwrap();
        let line = lines.next().await.unwrap().unwrap();
        // A line of a stream has no line breaks inside.
        assert_eq!(line.document.get(), text.replace(['\n', '\r'], " "), "{name} exported");
    }
}

#[tokio::test]
async fn merge_patch_changes_only_named_members() {
    let server = TestServer::start().await;
    let resumes = server.admin.client.resumes();
    let stored = r#"{"z":1.10,"basics":{"url":null,"name":"Ada","n":1e2},"a":[1,{"b":2}],"big":1180591620717411303424}"#;
    for (name, patch, expected) in [
        ("nothing", r"{}", stored.to_owned()),
        ("a new key goes last", r#"{"b":7.0}"#, stored.replace("424}", r#"424,"b":7.0}"#)),
        ("a value in its place", r#"{"z":2.50}"#, stored.replace("1.10", "2.50")),
        ("null takes away", r#"{"a":null}"#, stored.replace(r#""a":[1,{"b":2}],"#, "")),
        ("null takes nothing away", r#"{"none":null}"#, stored.to_owned()),
        (
            "inside",
            r#"{"basics":{"name":"Grace","x":1}}"#,
            stored.replace(r#""Ada","n":1e2"#, r#""Grace","n":1e2,"x":1"#),
        ),
        ("a null that was there goes", r#"{"basics":{"url":null}}"#, stored.replace(r#""url":null,"#, "")),
        ("arrays as a whole", r#"{"a":[{"c":null}]}"#, stored.replace(r#"[1,{"b":2}]"#, r#"[{"c":null}]"#)),
        ("an object for a value", r#"{"z":{"y":1,"x":null}}"#, stored.replace("1.10", r#"{"y":1}"#)),
        ("a key by its escape", r#"{"\u007a":0}"#, stored.replace("1.10", "0")),
    ] {
        let new = CreateResume::new("A", document(stored));
        let id = resumes.create(&new).await.unwrap().id;
        let body = format!(r#"{{"document":{patch}}}"#);
        let patch =
            request(format!("PATCH /v1/resumes/{id}")).header("content-type", "application/merge-patch+json");
        let response = patch.body(body).if_match("*").bearer(&server.admin.token).send(&server.stack).await;
        assert_eq!(response.status, 200, "{name}: {response:?}");
        assert_eq!(resumes.get(id).await.unwrap().document.get(), expected, "{name}");
    }
}

#[tokio::test]
async fn patch_of_title_and_tags_keeps_the_document() {
    let server = TestServer::start().await;
    let resumes = server.admin.client.resumes();
    let text = r#"{"n":1.10,"x":null}"#;
    let new = CreateResume::new("A", document(text)).tags(["Rust"]);
    let id = resumes.create(&new).await.unwrap().id;
    for (patch, title, tags) in [
        (json!({"title": "B"}), "B", vec!["rust"]),
        (json!({"tags": ["B", " a ", "b"]}), "B", vec!["a", "b"]),
        (json!({"tags": null}), "B", vec![]),
    ] {
        let patched = resumes.patch(id, &patch, IfMatch::Any).await.unwrap();
        assert_eq!((patched.title.as_str(), patched.document.get()), (title, text), "{patch}");
        assert_eq!(patched.tags.iter().map(Untrusted::as_str).collect::<Vec<_>>(), tags, "{patch}");
    }
    for patch in
        [json!({"title": null}), json!({"document": null}), json!({"document": []}), json!({"tags": "x"})]
    {
        assert_eq!(error_code(resumes.patch(id, &patch, IfMatch::Any).await), "validation_failed", "{patch}");
    }
    assert_eq!(resumes.get(id).await.unwrap().revision, 4);
}

#[tokio::test]
async fn patch_that_makes_the_document_invalid_is_rejected() {
    let server = TestServer::start().await;
    let resumes = server.admin.client.resumes();
    let id = resumes.create(&new_resume("A")).await.unwrap().id;
    let patch = |body: &str| {
        let patch = request(format!("PATCH /v1/resumes/{id}")).json(body).if_match("*");
        patch.bearer(&server.admin.token)
    };
    let wrong = patch(r#"{"document":{"basics":{"name":7},"work":{}}}"#).send(&server.stack).await;
    assert_eq!((wrong.status, wrong.code().as_str()), (422, "document_invalid"));
    assert_eq!(wrong.error_locations(), ["/document/basics/name", "/document/work"]);

    let half = format!(r#"{{"document":{{"a":"{}"}}}}"#, "x".repeat(700_000));
    assert_eq!(patch(&half).send(&server.stack).await.status, 200);
    let more = patch(&half.replace("\"a\"", "\"b\"")).send(&server.stack).await;
    assert_eq!((more.status, more.code().as_str()), (413, "body_too_large"));
    assert_eq!(resumes.get(id).await.unwrap().revision, 2);
}

/// Each is rejected before any RPC.
#[tokio::test]
async fn malformed_bodies_are_rejected_with_their_position() {
    let server = TestServer::start().await;
    let deep = format!(r#"{{"x":{}{}}}"#, "[".repeat(63), "]".repeat(63));
    let innermost = format!("/document/x{}", "/0".repeat(62));
    let cases: &[(&str, &[u8], &str)] = &[
        ("cut", br#"{"x":"#, "/document/x"),
        ("trailing comma", br#"{"x":1,}"#, "/document"),
        ("single quotes", b"{'x':1}", "/document"),
        ("a comment", b"{/**/}", "/document"),
        ("not a number", br#"{"x":NaN}"#, "/document/x"),
        ("leading zero", br#"{"x":01}"#, "/document/x"),
        ("plus", br#"{"x":+1}"#, "/document/x"),
        ("duplicate key", br#"{"x":1,"x":2}"#, "/document/x"),
        ("duplicate key, escaped", br#"{"x":1,"\u0078":2}"#, "/document/x"),
        ("duplicate key, deep", br#"{"a":[{"b":1,"b":1}]}"#, "/document/a/0/b"),
        ("duplicate key with a slash", br#"{"a/b":1,"a\/b":1}"#, "/document/a~1b"),
        ("lone high surrogate", br#"{"x":"\ud800"}"#, "/document/x"),
        ("lone low surrogate", br#"{"x":["\udc00"]}"#, "/document/x/0"),
        ("surrogates in the wrong order", br#"{"x":"\ude00\ud83d"}"#, "/document/x"),
        ("lone surrogate in a key", br#"{"\ud800":1}"#, "/document"),
        ("invalid utf-8", b"{\"x\":\"\xff\"}", "/document/x"),
        ("overlong utf-8", b"{\"x\":\"\xc0\xaf\"}", "/document/x"),
        ("a surrogate in utf-8", b"{\"x\":\"\xed\xa0\x80\"}", "/document/x"),
        ("a raw control character", b"{\"x\":\"\x1b\"}", "/document/x"),
        ("an unknown escape", br#"{"x":"\e"}"#, "/document/x"),
        ("too deep", deep.as_bytes(), &innermost),
    ];
    for (name, text, place) in cases {
        let body = [br#"{"title":"A","document":"#, *text, b"}"].concat();
        let rpcs = server.stack.rpc_count();
        let create = request("POST /v1/resumes").json(body).bearer(&server.admin.token);
        let response = create.send(&server.stack).await;
        assert_eq!((response.status, response.code().as_str()), (400, "malformed_json"), "{name}");
        assert_eq!(response.error_locations(), [*place], "{name}");
        assert_eq!(server.stack.rpc_count(), rpcs, "{name}");
    }
    for (name, body) in [
        ("nothing", ""),
        ("white space", " \n"),
        ("a byte order mark", "\u{feff}{\"title\":\"A\",\"document\":{}}"),
        ("two values", r#"{"title":"A","document":{}}{}"#),
        ("a key twice", r#"{"title":"A","title":"A","document":{}}"#),
    ] {
        let response =
            request("POST /v1/resumes").json(body).bearer(&server.admin.token).send(&server.stack).await;
        assert_eq!((response.status, response.code().as_str()), (400, "malformed_json"), "{name}");
    }
}

#[tokio::test]
async fn invalid_document_is_rejected_with_every_violation() {
    let server = TestServer::start().await;
    for (text, places) in [
        ("[]", vec!["/document"]),
        ("null", vec!["/document"]),
        ("\"text\"", vec!["/document"]),
        ("1", vec!["/document"]),
        (r#"{"basics":[]}"#, vec!["/document/basics"]),
        (r#"{"work":[{"startDate":"Jan 2020"}]}"#, vec!["/document/work/0/startDate"]),
        (
            r#"{"basics":{"name":1,"email":[],"profiles":[7]},"work":[{"startDate":"2020-1"},{"endDate":2020}],
                "skills":"x","languages":[{"fluency":{}}],"meta":[],"education":[{"courses":["a",2]}]}"#,
            vec![
                "/document/basics/email",
                "/document/basics/name",
                "/document/basics/profiles/0",
                "/document/education/0/courses/1",
                "/document/languages/0/fluency",
                "/document/meta",
                "/document/skills",
                "/document/work/0/startDate",
                "/document/work/1/endDate",
            ],
        ),
    ] {
        let id = server.resume_of(server.admin.id).await.id;
        let body = format!(r#"{{"title":"A","document":{text}}}"#);
        let put = format!("PUT /v1/resumes/{id}");
        for line in ["POST /v1/resumes", &put] {
            let send = request(line).json(&body).if_match("*").bearer(&server.admin.token);
            let response = send.send(&server.stack).await;
            assert_eq!(
                (response.status, response.code().as_str()),
                (422, "document_invalid"),
                "{line} {text}"
            );
            assert_eq!(response.error_locations(), places, "{line} {text}");
        }
        assert_eq!(server.admin.client.resumes().get(id).await.unwrap().revision, 1);
    }
}
