//! `vitae api`.

use serde_json::json;

use crate::cli::{Cli, admin};

#[test]
fn requests_are_sent_as_typed() {
    let (_stack, cli) = admin();
    let me = cli.run(&["api", "/v1/me"]).ends(0).json();
    assert_eq!(me["email"], "admin@localhost");
    assert_eq!(cli.run(&["api", "GET", "/v1/me", "--jq", ".email"]).ends(0).stdout, "admin@localhost\n");
    let made = cli.run(&["api", "/v1/users", "-f", "email=a@example.com", "-f", "name=7"]).ends(0).json();
    assert_eq!((&made["name"], &made["version"]), (&"7".into(), &1.into()), "with fields it is POST");
    let person = format!("/v1/users/{}", made["id"].as_str().unwrap());
    let patch = ["api", "-X", "PATCH", &person, "-f", "role=editor"];
    cli.run(&patch).ends(7).says("if-match").says("request: ");
    let patch = [&patch[..], &["-H", "If-Match: \"1\""]].concat();
    assert_eq!(cli.run(&patch).ends(0).json()["role"], "editor");
    let found = cli.run(&["api", "get", "/v1/users", "-f", "role=editor", "-F", "limit=1"]).ends(0).json();
    assert_eq!(found["items"].as_array().unwrap().len(), 1, "for GET they are parameters");
    cli.run(&["api", "DELETE", &person]).ends(0).prints("");
}

#[test]
fn typed_fields_and_files_keep_every_byte() {
    let (_stack, cli) = admin();
    cli.file("ada.json", "{\"rate\": 1.10, \"basics\": {\"name\": \"Ada\"}}\n");
    let create = [
        "api",
        "/v1/resumes",
        "-f",
        "title=Ada",
        "-F",
        "document=@ada.json",
        "-F",
        "tags[]=b",
        "-f",
        "tags[]=1",
    ];
    let made = cli.run(&create).ends(0).json();
    assert_eq!(made["tags"], json!(["1", "b"]));
    cli.run(&["resumes", "export", "Ada"]).prints("{\"rate\": 1.10, \"basics\": {\"name\": \"Ada\"}}\n");
    let body = "{\"title\":\"X\",\"document\":{\"a\":1e2}}";
    cli.input(&["api", "POST", "/v1/resumes", "--input", "-"], body).ends(0);
    cli.run(&["resumes", "export", "X"]).prints("{\"a\":1e2}\n");
    cli.file("in.ndjson", "{\"basics\":{\"name\":\"L\"}}\n{bad}\n");
    let import = [
        "api",
        "/v1/resumes/import",
        "--input",
        "in.ndjson",
        "-H",
        "Content-Type: application/x-ndjson",
        "-f",
        "tag=t",
    ];
    let lines = cli.run(&import).ends(0).stdout.clone();
    assert_eq!(lines.lines().count(), 2, "{lines}");
    let exported = cli.run(&["api", "/v1/resumes/export?tag=t"]).ends(0).stdout.clone();
    assert!(exported.ends_with("\"document\":{\"basics\":{\"name\":\"L\"}}}\n"), "{exported}");
}

#[test]
fn paginate_joins_all_pages() {
    let (_stack, cli) = admin();
    for n in 0..5 {
        cli.resume(&format!("T{n}"), "{}");
    }
    let pages = ["api", "/v1/resumes?limit=2&sort=title", "--paginate"];
    let titles = |outcome: &serde_json::Value| {
        let items = outcome.as_array().unwrap().iter();
        items.map(|item| item["title"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let all = ["T0", "T1", "T2", "T3", "T4"];
    assert_eq!(titles(&cli.run(&pages).ends(0).json()), all);
    let with = |more: &[&str]| cli.run(&[&pages[..], more].concat()).ends(0).stdout.clone();
    assert_eq!(with(&["-o", "ndjson"]).lines().count(), 5);
    assert_eq!(with(&["--jq", "length"]), "5\n", "the filter sees the whole list");
    assert_eq!(with(&["--jq", ".[].title"]), all.map(|title| format!("{title}\n")).concat());
    assert!(with(&["-o", "yaml"]).starts_with("- id: "));
    cli.run(&["api", "/v1/me", "--paginate"]).ends(2).says("--paginate");
    cli.run(&["api", "/v1/users?deleted=only", "--paginate"]).ends(0).prints("[]\n");
}

#[test]
fn error_responses_are_printed_with_their_exit_code() {
    let (_stack, cli) = admin();
    let gone = cli.run(&["api", "/v1/users/0199c2f0-1b2a-7c3d-8e4f-5a6b7c8d9e0f"]);
    assert_eq!(gone.ends(3).json()["code"], "not_found");
    gone.says("error: cannot GET /v1/users/").says("request: ");
    cli.run(&["api", "/v1/users?role=x"]).ends(7);
    cli.run(&["api", "BREW", "/v1/users"]).ends(7).says("GET,HEAD,POST");
    let included = cli.run(&["api", "/v1/me", "-i"]).ends(0).stdout.clone();
    let (head, body) = included.split_once("\n\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200\n") && head.contains("content-type: application/json"), "{head}");
    assert!(body.starts_with("{\"id\""), "{body}");
    for wrong in [
        &["api"][..],
        &["api", "http://evil.example/v1/me"],
        &["api", "/v1/me", "-f", "x"],
        &["api", "/v1/me", "-H", "x"],
        &["api", "/v1/me", "-o", "csv"],
        &["api", "GET", "/v1/me", "-X", "POST"],
        &["api", "/v1/users", "-f", "a=1", "-f", "a[b]=2"],
    ] {
        assert!(matches!(cli.run(wrong).code, Some(2 | 7)), "{wrong:?}");
    }
}

#[test]
fn public_routes_need_no_login() {
    let (stack, _admin) = admin();
    let anonymous = Cli::new(&stack.url());
    assert_eq!(
        anonymous.run(&["api", "/openapi.json", "--jq", ".openapi | type"]).ends(0).stdout,
        "string\n"
    );
    assert_eq!(anonymous.run(&["api", "/v1/me"]).ends(4).json()["status"], 401);
    assert!(!anonymous.config().join("logins").exists());
}
