//! `resumes diff` and `resumes lint`.

use crate::cli::{Cli, admin};

#[test]
fn revisions_are_compared() {
    let (_stack, cli) = admin();
    let id = cli.resume("Ada", r#"{"basics":{"name":"Ada"},"work":[{"name":"B"}]}"#);
    cli.run(&["resumes", "diff", &id]).ends(0).prints("").says("one revision");
    let second = r#"{"work":[{"name":"A"},{"name":"B"}],"basics":{"name":"Ada K\u001b"}}"#;
    cli.input(&["resumes", "update", &id, "--file", "-", "--title", "Ada K"], second).ends(0);
    let outcome = cli.run(&["resumes", "diff", &id]);
    outcome.ends(1).prints(
        "changed\t/title\t\"Ada\"\t\"Ada K\"\n\
         changed\t/document/basics/name\t\"Ada\"\t\"Ada K\\u001b\"\n\
         added\t/document/work/0\t\t{\"name\":\"A\"}\n",
    );
    assert_eq!(outcome.stderr, "");
    let json = cli.run(&["resumes", "diff", &id, "2", "1", "-o", "json"]).ends(1).json();
    assert_eq!((&json[0]["change"], &json[0]["after"]), (&"changed".into(), &"Ada".into()));
    assert_eq!((&json[1]["change"], &json[1]["after"]), (&"removed".into(), &serde_json::Value::Null));
    // Layout and key order are not compared.
    cli.input(&["resumes", "update", &id, "--file", "-"], &second.replace(',', ", ")).ends(0);
    cli.run(&["resumes", "diff", &id]).ends(0).prints("");
    cli.run(&["resumes", "diff", &id, "1"]).ends(1);
    cli.run(&["resumes", "diff", &id, "9"]).ends(3);
    cli.run(&["resumes", "diff", "gone"]).ends(3);
    cli.run(&["resumes", "diff", &id, "1", "2", "3"]).ends(2);
    cli.file("config/config.toml", "current = 7\n");
    cli.run(&["resumes", "diff", &id]).ends(10).says("config.toml");
}

#[test]
fn lint_names_lines_without_a_server() {
    let cli = Cli::new("http://127.0.0.1:9");
    cli.file("good.json", r#"{"basics": {"name": "Ada"}}"#);
    cli.file(
        "bad.json",
        "{\n  \"basics\": {\"picture\": \"x\"},\n  \"work\": [\n    {\"startDate\": \"Jan\"}]\n}",
    );
    cli.file("broken.json", "{\n  \"a\": 1,,\n}");
    cli.run(&["resumes", "lint", "good.json"]).ends(0).prints("").says("no errors, no warnings");
    let outcome = cli.run(&["resumes", "lint", "good.json", "bad.json", "broken.json"]);
    let places: Vec<String> = outcome
        .ends(7)
        .stdout
        .lines()
        .map(|line| line.split('\t').take(5).collect::<Vec<_>>().join(" "))
        .collect();
    assert_eq!(
        places,
        [
            "bad.json 2 25 warning /basics/picture",
            "bad.json 4 19 error /work/0/startDate",
            "broken.json 2 10 error ",
        ]
    );
    cli.file("old.json", r#"{"basics": {"picture": "x"}}"#);
    cli.run(&["resumes", "lint", "old.json"]).ends(0);
    cli.run(&["resumes", "lint", "old.json", "--strict"]).ends(7);
    cli.input(&["resumes", "lint", "-"], "[]").ends(7);
    cli.run(&["resumes", "lint", "gone.json"]).ends(7).says("gone.json");
}
