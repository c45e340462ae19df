//! Every output format: lists, single objects and changed objects.

use serde_json::{Value, json};

use crate::cli::{Cli, admin};

/// Three people whose names need quoting in one format or another.
const NAMES: [&str; 3] = ["=HYPERLINK(\"http://x\")", "Ada, \"the\" first", "no"];

fn people(cli: &Cli) -> Vec<String> {
    let add = |(at, name): (usize, &&str)| {
        let email = format!("p{at}@example.com");
        cli.json(&["users", "create", "--email", &email, "--name", name])["id"].as_str().unwrap().to_owned()
    };
    NAMES.iter().enumerate().map(add).collect()
}

const LIST: [&str; 6] = ["users", "list", "--role", "member", "--sort", "email"];

fn list(cli: &Cli, more: &[&str]) -> String {
    cli.run(&[&LIST, more].concat()).ends(0).stdout.clone()
}

#[test]
fn list_is_one_document_in_every_format() {
    let (_stack, cli) = admin();
    let ids = people(&cli);
    let objects: Vec<Value> = serde_json::from_str(&list(&cli, &["-o", "json"])).unwrap();
    assert_eq!(objects.iter().map(|user| user["name"].as_str().unwrap()).collect::<Vec<_>>(), NAMES);

    let lines = list(&cli, &["-o", "ndjson"]);
    let parsed: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(parsed, objects);

    let yaml: Vec<Value> = serde_saphyr::from_str(&list(&cli, &["-o", "yaml"])).unwrap();
    assert_eq!(yaml, objects);

    let text = list(&cli, &["-o", "csv"]);
    assert!(text.ends_with("\r\n"), "{text:?}");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    assert_eq!(
        header,
        [
            "id",
            "email",
            "name",
            "role",
            "status",
            "version",
            "created_at",
            "updated_at",
            "deleted_at",
            "external_id",
            "labels"
        ]
    );
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let names: Vec<&str> = rows.iter().map(|row| &row[2]).collect();
    assert_eq!(names, ["'=HYPERLINK(\"http://x\")", NAMES[1], NAMES[2]], "no spreadsheet runs it");

    assert_eq!(list(&cli, &["-o", "tsv"]), list(&cli, &[]), "off a terminal a table is tsv");
    assert_eq!(list(&cli, &["-o", "name"]).lines().collect::<Vec<_>>(), ids);
}

#[test]
fn empty_list_is_an_empty_document() {
    let (_stack, cli) = admin();
    for (form, nothing) in [
        ("json", "[]\n"),
        ("ndjson", ""),
        ("yaml", "[]\n"),
        ("csv", "id,name\r\n"),
        ("tsv", ""),
        ("table", ""),
    ] {
        assert_eq!(list(&cli, &["-o", form, "--fields", "id,name"]), nothing, "{form}");
    }
    assert_eq!(list(&cli, &["-o", "name"]), "");
    assert_eq!(list(&cli, &["--jq", "length"]), "0\n");
    assert_eq!(list(&cli, &["--jq", ".[].id"]), "");
}

#[test]
fn all_pages_form_one_list_in_every_format() {
    let (_stack, cli) = admin();
    let id = cli.resume("Many", "{}");
    // 501 lines are two pages.
    for number in 1..=9 {
        let lines = format!("{{\"title\": \"R{number}\", \"document\": {{}}}}\n").repeat(56);
        cli.input(&["resumes", "import", "-", "--quiet", "-o", "name"], &lines).ends(0);
    }
    let all = ["resumes", "list", "--all", "--fields", "id,title"];
    let run = |more: &[&str]| cli.run(&[&all, more].concat()).ends(0).stdout.clone();
    assert_eq!(serde_json::from_str::<Vec<Value>>(&run(&["-o", "json"])).unwrap().len(), 505);
    assert_eq!(serde_saphyr::from_str::<Vec<Value>>(&run(&["-o", "yaml"])).unwrap().len(), 505);
    assert_eq!(run(&["-o", "csv"]).matches("id,title").count(), 1);
    assert_eq!(run(&["--jq", "length"]), "505\n");
    assert_eq!(run(&["--jq", ".[] | select(.title == \"Many\") | .id"]), format!("{id}\n"));
    assert_eq!(run(&["--jq", "[.[].title] | unique | length", "-o", "json"]), "10\n");
}

#[test]
fn fields_are_selected_and_ordered_in_every_format() {
    let (_stack, cli) = admin();
    let id = cli.resume("Ada", r#"{"basics": {"name": "Ada L", "n": 1.10}, "work": [{"name": "X"}]}"#);
    let fields = "title,owner.name,document.basics.n,document.work.0.name";
    let get = |more: &[&str]| cli.run(&[&["resumes", "get", &id, "--fields", fields], more].concat());
    get(&[]).ends(0).prints("Ada\tAdministrator\t1.10\tX\n");
    get(&["-o", "csv"]).ends(0).prints(&format!("{fields}\r\nAda,Administrator,1.10,X\r\n"));
    let json = get(&["-o", "ndjson"]);
    json.ends(0).prints(
        "{\"title\":\"Ada\",\"owner\":{\"name\":\"Administrator\"},\"document\":{\"basics\":{\"n\":1.10},\"work\":[{\"name\": \"X\"}]}}\n",
    );
    get(&["--jq", ".document.basics.n"]).ends(0).prints("1.10\n");
    get(&["-o", "name"]).ends(2).says("use only one of -o name and --fields");
    for (command, unknown) in [
        (&["users", "list", "--fields", "id,nmae"][..], "nmae"),
        (&["users", "create", "--email", "x@example.com", "--name", "X", "--fields", "title"], "title"),
        (&["resumes", "list", "--fields", "document"], "document"),
        (&["logout", "--fields", "id"], "has no output fields"),
    ] {
        let outcome = cli.run(command);
        outcome.ends(2).says(unknown);
        assert_eq!(outcome.stdout, "");
    }
    cli.run(&["users", "list", "--fields", "x"]).says("  email\n").says("  updated_at\n");
    cli.run(&["users", "get", "x@example.com"]).ends(3);
}

#[test]
fn jq_prints_strings_plain_and_other_values_as_json() {
    let (_stack, cli) = admin();
    people(&cli);
    assert_eq!(list(&cli, &["--jq", ".[].name"]).lines().collect::<Vec<_>>(), NAMES);
    assert_eq!(
        list(&cli, &["--jq", ".[0] | {name}", "-o", "ndjson"]),
        format!("{}\n", json!({"name": NAMES[0]}))
    );
    assert_eq!(list(&cli, &["--jq", ".[2].name", "-o", "json"]), "\"no\"\n");
    assert_eq!(
        list(&cli, &["--jq", "map(.email) | @tsv"]),
        "p0@example.com\tp1@example.com\tp2@example.com\n"
    );
    let all = |more: &[&str]| cli.run(&[&LIST, more].concat());
    all(&["--jq", ".["]).ends(2).says("at its end").says("next: ");
    all(&["--jq", "nonsense"]).ends(2).says("nonsense");
    all(&["--jq", ".", "-o", "csv"]).ends(2).says("-o ndjson");
    all(&["--jq", ".[].name.x"]).ends(1).says("--jq failed");
    // The filter is parsed before any request is sent.
    cli.run(&["users", "create", "--email", "y@example.com", "--name", "Y", "--jq", "("]).ends(2);
    cli.run(&["users", "get", "y@example.com"]).ends(3);
}

#[test]
fn changed_objects_are_printed_in_the_requested_format() {
    let (_stack, cli) = admin();
    let created = cli.run(&["users", "create", "--email", "a@example.com", "--name", "A", "-o", "name"]);
    let id = created.ends(0).stdout.trim().to_owned();
    assert_eq!(cli.run(&["users", "disable", &id, "--jq", ".status"]).ends(0).stdout, "disabled\n");
    let deleted = cli.json(&["users", "delete", &id, "--yes"]);
    assert_eq!(deleted["id"], id.as_str());
    assert!(deleted["deleted_at"].is_string());
    let restored = cli.run(&["users", "restore", &id, "-o", "yaml", "--fields", "id,deleted_at"]);
    restored.ends(0).prints(&format!("id: {id}\ndeleted_at: null\n"));
    let resume = cli.resume("R", "{}");
    let deleted = cli.run(&["resumes", "delete", &resume, "--yes", "--fields", "id,title"]);
    deleted.ends(0).prints(&format!("{resume}\tR\n"));
    cli.run(&["resumes", "restore", &resume, "-o", "name"]).ends(0).prints(&format!("{resume}\n"));
    let status = cli.run(&["auth", "status", "-o", "yaml", "--fields", "logged_in,server.source"]);
    status.ends(0).prints("logged_in: true\nserver:\n  source: environment\n");
}

#[test]
fn document_is_printed_in_the_requested_format() {
    let (_stack, cli) = admin();
    let text = "{\"basics\": {\"name\": \"Ada\"},\n \"level\": 1.10}";
    let id = cli.resume("Ada", text);
    let export =
        |more: &[&str]| cli.run(&[&["resumes", "export", &id], more].concat()).ends(0).stdout.clone();
    assert_eq!(export(&[]), format!("{text}\n"));
    assert_eq!(export(&["-o", "yaml"]), "basics:\n  name: Ada\nlevel: 1.1\n");
    assert_eq!(export(&["--jq", ".basics.name"]), "Ada\n");
    assert_eq!(export(&["--fields", "title,document.basics.name"]), "Ada\tAda\n");
    assert_eq!(export(&["-o", "name"]), format!("{id}\n"));
    let all = cli.run(&["resumes", "export", "--all", "-o", "csv", "--fields", "title,document.basics.name"]);
    all.ends(0).prints("title,document.basics.name\r\nAda,Ada\r\n");
}
