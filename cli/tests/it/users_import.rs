//! `users import` and `users export`.

use std::fs;

use crate::cli::{Cli, admin};

const TABLE: &str = "\u{feff}Email,Name,Role,Status\r\n\
     ada@example.com,\"Lovelace, Ada\",editor,\r\n\
     bob@example.com,Bob,,disabled\r\n";

/// E-mail, name, role and status of all people except the administrator.
fn people(cli: &Cli) -> Vec<String> {
    let list =
        ["users", "list", "--all", "--sort", "email", "--fields", "email,name,role,status", "-o", "tsv"];
    let lines = cli.run(&list).ends(0).stdout.clone();
    lines.lines().filter(|line| !line.starts_with("admin@localhost")).map(str::to_owned).collect()
}

#[test]
fn csv_import_and_export_round_trip() {
    let (_stack, cli) = admin();
    cli.file("people.csv", TABLE);
    let outcome = cli.run(&["users", "import", "people.csv"]);
    let rows: Vec<Vec<&str>> =
        outcome.ends(0).stdout.lines().map(|line| line.split('\t').collect()).collect();
    assert_eq!((rows[0][0], rows[0][2], rows[0][3]), ("people.csv:2", "ada@example.com", "Lovelace, Ada"));
    let expected =
        ["ada@example.com\tLovelace, Ada\teditor\tactive", "bob@example.com\tBob\tmember\tdisabled"];
    assert_eq!(people(&cli), expected);
    cli.run(&["users", "import", "people.csv"]).ends(0).says("already imported");
    let csv = cli.run(&["users", "export"]).ends(0).stdout.clone();
    assert!(csv.starts_with("id,email,name,role,status,version,"), "{csv}");
    assert!(csv.contains(",\"Lovelace, Ada\",editor,"), "{csv}");

    let (_other, copy) = admin();
    copy.input(&["users", "import", "-"], &csv)
        .ends(10)
        .says("standard input:")
        .says("2 created, 1 rejected");
    assert_eq!(people(&copy), expected);
    let lines = cli.run(&["users", "export", "--status", "disabled", "-o", "ndjson"]).ends(0).stdout.clone();
    let (_third, copy) = admin();
    copy.input(&["users", "import", "-"], &lines).ends(0);
    assert_eq!(people(&copy), &expected[1..]);
}

#[test]
fn formula_like_names_survive_the_round_trip() {
    let (_stack, cli) = admin();
    cli.input(&["users", "import", "-"], "email;name\na@example.com;=1+1\nb@example.com;'quoted\n").ends(0);
    let csv = cli.run(&["users", "export", "--fields", "email,name"]).ends(0).stdout.clone();
    assert!(csv.contains("a@example.com,'=1+1"), "{csv}");
    let (_other, copy) = admin();
    copy.input(&["users", "import", "-"], &csv).ends(10);
    assert_eq!(people(&copy), people(&cli));
}

#[test]
fn rejects_file_is_importable_csv() {
    let (_stack, cli) = admin();
    let table = "name,email,role\nA,a@example.com,editor\nB,nonsense,\nC,c@example.com,boss\nD\nE,a@example.com,\n\"F, F\",,\nG,g@example.com,Viewer\n";
    cli.file("people.csv", table);
    let outcome = cli.run(&["users", "import", "people.csv", "--rejects", "no.csv"]);
    outcome
        .ends(10)
        .says("2 created, 5 rejected")
        .says("people.csv:3: ")
        .says("people.csv:4: role: expected one of admin")
        .says("people.csv:5: expected 3 cells, found 1")
        .says("people.csv:7: email: is missing");
    let rejects = fs::read_to_string(cli.home().join("no.csv")).unwrap();
    assert_eq!(
        rejects,
        "name,email,role\nB,nonsense,\nC,c@example.com,boss\nD\nE,a@example.com,\n\"F, F\",,\n"
    );
    let mended = "name,email,role\nB,b@example.com,\nC,c@example.com,admin\n";
    fs::write(cli.home().join("no.csv"), mended).unwrap();
    cli.run(&["users", "import", "no.csv"]).ends(0).says("2 created");
    assert_eq!(people(&cli).len(), 4);
}

#[test]
fn passwords_and_unknown_columns_are_rejected() {
    let (_stack, cli) = admin();
    let secret = "hunter2hunter2";
    let rejected = |input: &str| {
        let outcome = cli.input(&["users", "import", "-", "--rejects", "no"], input);
        assert!(!outcome.stderr.contains(secret) && !outcome.stdout.contains(secret));
        let rejects = fs::read_to_string(cli.home().join("no")).unwrap_or_default();
        assert!(!rejects.contains(secret), "{rejects}");
        outcome
    };
    let csv = format!("email,name,Password\na@example.com,A,{secret}\n");
    rejected(&csv).ends(7).says("passwords are not imported").says("set-password");
    let line = format!("{{\"email\":\"a@example.com\",\"name\":\"A\",\"password\":\"{secret}\"}}\n");
    rejected(&line).ends(7).says("passwords are not imported");
    rejected("email,name,nickname\n")
        .ends(7)
        .says("unknown column \"nickname\"")
        .says("name, email, role, status");
    rejected("email,role\n").ends(7).says("the column name is missing");
    rejected("[{\"email\":\"a@b\"}]").ends(7).says("-o ndjson");
    rejected("").ends(7).says("contains no people");
    rejected("{\"email\":\"a@b\",\"name\":7}\n").ends(7).says("name: expected a string, found a number");
    cli.run(&["users", "import", "gone.csv"]).ends(7).says("gone.csv");
    assert!(people(&cli).is_empty());
}
