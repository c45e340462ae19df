//! External ids and labels of people: flags, filters, tables, manifests, import and export.

use crate::cli::{Cli, admin};

const ADA: &str = "ada@example.com";

fn create_ada(cli: &Cli) {
    let labels = ["-l", "team=data", "--label", "example.com/site=Berlin, Mitte"];
    let flags = ["users", "create", "--email", ADA, "--name", "Ada", "--external-id", "E-1"];
    cli.run(&[&flags[..], &labels[..]].concat()).ends(0);
}

#[test]
fn flags_set_change_and_remove_both_fields() {
    let (_stack, cli) = admin();
    create_ada(&cli);
    let ada = cli.json(&["users", "get", ADA]);
    assert_eq!(ada["external_id"], "E-1");
    assert_eq!(ada["labels"], serde_json::json!({"team": "data", "example.com/site": "Berlin, Mitte"}));

    cli.run(&["users", "update", ADA, "-l", "team=web", "--remove-label", "example.com/site"]).ends(0);
    let ada = cli.json(&["users", "get", ADA]);
    assert_eq!((&ada["external_id"], &ada["labels"]), (&"E-1".into(), &serde_json::json!({"team": "web"})));
    cli.run(&["users", "update", ADA, "--external-id", ""]).ends(0);
    assert!(cli.json(&["users", "get", ADA])["external_id"].is_null());

    cli.run(&["users", "update", ADA, "-l", "team"]).ends(2).says("KEY=VALUE");
    cli.run(&["users", "update", ADA, "-l", "-team=x"]).ends(2).says("label");
    cli.run(&["users", "update", ADA, "-l", "a=b", "--remove-label", "a"])
        .ends(2)
        .says("both set and removed");
}

#[test]
fn external_id_that_is_taken_is_a_conflict() {
    let (_stack, cli) = admin();
    create_ada(&cli);
    let bo = ["users", "create", "--email", "bo@example.com", "--name", "Bo", "--external-id", "E-1"];
    cli.run(&bo).ends(6).says("external_id_taken");
    cli.run(&["explain", "external_id_taken"]).ends(0);
}

#[test]
fn lists_are_filtered_by_both_fields() {
    let (_stack, cli) = admin();
    create_ada(&cli);
    cli.run(&["users", "create", "--email", "bo@example.com", "--name", "Bo", "-l", "team=data"]).ends(0);
    let emails = |flags: &[&str]| {
        let all = [&["users", "list", "--fields", "email", "-o", "tsv"][..], flags].concat();
        let mut lines: Vec<String> = cli.run(&all).stdout.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(emails(&["-l", "team=data"]), [ADA, "bo@example.com"]);
    assert_eq!(emails(&["-l", "team=data", "-l", "example.com/site"]), [ADA]);
    assert_eq!(emails(&["-l", "team=web"]), [""; 0]);
    assert_eq!(emails(&["--external-id", "E-1"]), [ADA]);
}

#[test]
fn export_has_a_column_for_each_label_and_can_be_imported() {
    let (_stack, cli) = admin();
    create_ada(&cli);
    let exported = cli.run(&["users", "export", "--q", "ada"]);
    let mut lines = exported.stdout.lines();
    assert_eq!(
        lines.next().unwrap(),
        "id,email,name,role,status,version,created_at,updated_at,deleted_at,external_id,label:example.com/site,label:team"
    );
    assert!(lines.next().unwrap().ends_with(",E-1,\"Berlin, Mitte\",data"), "{}", exported.stdout);

    let (_other_stack, other) = admin();
    other.input(&["users", "import", "-"], &exported.stdout).ends(0);
    let (ada, copy) = (cli.json(&["users", "get", ADA]), other.json(&["users", "get", ADA]));
    assert_eq!((&copy["external_id"], &copy["labels"]), (&ada["external_id"], &ada["labels"]));
}

#[test]
fn import_reads_labels_from_columns_of_their_own_from_one_column_and_from_json() {
    let (_stack, cli) = admin();
    let table = "name,email,external_id,label:team,label:Site,labels\n\
                 Ada,ada@example.com,E-1,data,,\"note=\"\"a, b\"\"\"\n\
                 Bo,bo@example.com,,,Berlin,\n";
    cli.input(&["users", "import", "-"], table).ends(0);
    let ada = cli.json(&["users", "get", ADA]);
    assert_eq!(ada["labels"], serde_json::json!({"team": "data", "note": "a, b"}));
    assert_eq!(
        cli.json(&["users", "get", "bo@example.com"])["labels"],
        serde_json::json!({"Site": "Berlin"})
    );

    let line =
        r#"{"name": "Cy", "email": "cy@example.com", "external_id": "E-3", "labels": {"team": "web"}}"#;
    cli.input(&["users", "import", "-"], line).ends(0);
    assert_eq!(cli.json(&["users", "get", "cy@example.com"])["labels"], serde_json::json!({"team": "web"}));
    let line = r#"{"name": "Di", "email": "di@example.com", "labels": {"team": 7}}"#;
    cli.input(&["users", "import", "-"], line).ends(7).says("labels: team: expected a string");
    cli.input(&["users", "import", "-"], "name,email,labels\nDi,di@example.com,team\n")
        .ends(7)
        .says("KEY=VALUE");
}

#[test]
fn label_that_the_server_would_reject_is_rejected_before_anything_is_lost() {
    let (_stack, cli) = admin();
    for column in ["label:c,d", "label: a", "label:a=b", "label:", "label:-a"] {
        let table = format!("name,email,label:team,\"{column}\"\nAda,ada@example.com,data,x\n");
        cli.input(&["users", "import", "-"], &table).ends(7).says("column").says("label");
    }
    for labels in [r#"{"a=b": "x"}"#, r#"{" b": "x"}"#, r#"{"": "x"}"#, r#"{"a": 5}"#, r#"{"a": null}"#] {
        let line = format!(r#"{{"name": "Ada", "email": "ada@example.com", "labels": {labels}}}"#);
        cli.input(&["users", "import", "-"], &line).ends(7).says("labels: ");
        cli.input(&["apply", "-f", "-"], &line).ends(7).says("labels: ");
    }
    let both = "name,email,label:team,labels\nAda,ada@example.com,data,team=ops\n";
    cli.input(&["users", "import", "-"], both).ends(7).says("expected one value of team");
    assert_eq!(cli.run(&["users", "list"]).stdout.lines().count(), 1, "nobody was created");

    let twice = ["users", "create", "--email", ADA, "--name", "Ada", "-l", "team=data", "-l", "team=ops"];
    cli.run(&twice).ends(2).says("the label team has two values");
    cli.run(&["users", "list", "--external-id", ""]).ends(2);
    cli.run(&["users", "list", "--fields", "label:\u{1b}[31m"]).ends(2);
}

#[test]
fn export_of_any_labels_can_be_imported() {
    let (_stack, cli) = admin();
    let flags = ["users", "create", "--email", ADA, "--name", "Ada"];
    cli.run(&[&flags[..], &["-l", "empty=", "-l", "spaces= x ", "-l", "team=data"]].concat()).ends(0);
    let exported = cli.run(&["users", "export", "--q", "ada"]);
    exported.contains(",labels,label:empty,label:spaces,label:team\r\n");
    let (_other_stack, other) = admin();
    other.input(&["users", "import", "-"], &exported.stdout).ends(0);
    let labels = &other.json(&["users", "get", ADA])["labels"];
    assert_eq!(*labels, serde_json::json!({"empty": "", "spaces": " x ", "team": "data"}));
}

#[test]
fn manifest_states_both_fields_and_reports_each_label_that_differs() {
    let (_stack, cli) = admin();
    let manifest = "kind: user\nemail: ada@example.com\nname: Ada\nexternal_id: E-1\nlabels:\n  team: data\n";
    cli.input(&["apply", "-f", "-"], manifest).ends(0).contains("created");
    cli.input(&["diff", "-f", "-"], manifest).ends(0);
    let changed = manifest.replace("data", "web").replace("E-1", "E-2");
    cli.input(&["diff", "-f", "-"], &changed).ends(1).contains("/labels/team").contains("/external_id");
    cli.input(&["apply", "-f", "-"], &changed).ends(0).contains("updated");
    let without = "kind: user\nemail: ada@example.com\nexternal_id: null\nlabels: {}\n";
    cli.input(&["apply", "-f", "-"], without).ends(0).contains("updated");
    let ada = cli.json(&["users", "get", ADA]);
    assert_eq!((&ada["external_id"], &ada["labels"]), (&serde_json::Value::Null, &serde_json::json!({})));
    // What the server answers can be applied as it is.
    cli.input(&["apply", "-f", "-"], &ada.to_string()).ends(0).contains("unchanged");
}

#[test]
fn selected_label_is_a_field() {
    let (_stack, cli) = admin();
    create_ada(&cli);
    cli.run(&["users", "get", ADA, "--fields", "label:team,labels", "-o", "csv"])
        .ends(0)
        .contains("data,\"example.com/site=\"\"Berlin, Mitte\"\", team=data\"");
    let selected = cli.json(&["users", "get", ADA, "--fields", "label:example.com/site"]);
    assert_eq!(selected, serde_json::json!({"label:example.com/site": "Berlin, Mitte"}));
}
