//! Tests of views and of the suggested title.

use vitae_contracts_core::limits::check_single_line;
use vitae_contracts_document::view::Work;
use vitae_contracts_document::{Document, scan, title_of};

const RESUME: &str = r#"{
  "$schema": "https://example.org/schema.json",
  "basics": {
    "name": "Gr\u00e5ce Hopper", "label": "Rear Admiral", "image": "i.png", "email": "grace@example.org",
    "phone": "1", "url": "u", "summary": "Says \"it works\"", "x_pronouns": "she",
    "location": {"address": "Pier 1", "postalCode": "22", "city": "Arlington", "countryCode": "US", "region": "VA"},
    "profiles": [{"network": "n", "username": "gh", "url": "p"}]
  },
  "work": [
    {"name": "Navy", "location": "Washington", "description": "Sea", "position": "Officer", "url": "w",
     "startDate": "1943-12", "endDate": "1986-08-14", "summary": "s", "highlights": ["COBOL", "A\u002d0"], "x_rank": 7},
    {"name": "Remington Rand", "endDate": null}
  ],
  "volunteer": [{"organization": "o", "position": "p", "url": "u", "startDate": "1990", "endDate": "1991", "summary": "s", "highlights": ["h"]}],
  "education": [{"institution": "Yale", "url": "u", "area": "Mathematics", "studyType": "PhD", "startDate": "1930", "endDate": "1934", "score": "1", "courses": ["c"]}],
  "awards": [{"title": "t", "date": "1991", "awarder": "a", "summary": "s"}],
  "certificates": [{"name": "n", "date": "1992", "url": "u", "issuer": "i"}],
  "publications": [{"name": "n", "publisher": "p", "releaseDate": "1952", "url": "u", "summary": "s"}],
  "skills": [{"name": "n", "level": "l", "keywords": ["k1", "k2"]}],
  "languages": [{"language": "l", "fluency": "f"}],
  "interests": [{"name": "n", "keywords": ["k"]}],
  "references": [{"name": "n", "reference": "r"}],
  "projects": [{"name": "n", "description": "d", "highlights": ["h"], "keywords": ["k"], "startDate": "1950", "endDate": "1951", "url": "u", "roles": ["r"], "entity": "e", "type": "t"}],
  "meta": {"canonical": "c", "version": "v1", "lastModified": "m", "theme": "x"}
}"#;

/// Joins fields into one line, with `-` for absent ones.
macro_rules! line {
    ($view:expr, $($field:ident),*) => {{
        let view = $view;
        [$(view.$field().as_deref().unwrap_or("-").to_owned()),*].join(" | ")
    }};
}

fn joined<'a>(texts: impl Iterator<Item = std::borrow::Cow<'a, str>>) -> String {
    texts.collect::<Vec<_>>().join("+")
}

#[test]
fn basics_and_meta_have_all_fields() {
    let scanned = scan(RESUME.as_bytes()).unwrap();
    let document = Document::new(&scanned);
    let basics = document.basics().unwrap();
    assert_eq!(document.schema().unwrap(), "https://example.org/schema.json");
    assert_eq!(
        line!(basics, name, label, image, email, phone, url, summary),
        "Gråce Hopper | Rear Admiral | i.png | grace@example.org | 1 | u | Says \"it works\""
    );
    assert_eq!(
        line!(basics.location().unwrap(), address, postal_code, city, country_code, region),
        "Pier 1 | 22 | Arlington | US | VA"
    );
    assert_eq!(line!(basics.profiles().next().unwrap(), network, username, url), "n | gh | p");
    assert_eq!(basics.get("x_pronouns").unwrap().as_str().unwrap(), "she");
    let meta = document.meta().unwrap();
    assert_eq!(line!(meta, canonical, version, last_modified), "c | v1 | m");
    assert_eq!(meta.get("theme").unwrap().text(), "\"x\"");
}

#[test]
fn work_volunteer_and_education_have_all_fields() {
    let scanned = scan(RESUME.as_bytes()).unwrap();
    let document = Document::new(&scanned);
    let work: Vec<Work<'_>> = document.work().collect();
    assert_eq!(
        line!(work[0], name, location, description, position, url, start_date, end_date, summary),
        "Navy | Washington | Sea | Officer | w | 1943-12 | 1986-08-14 | s"
    );
    assert_eq!(joined(work[0].highlights()), "COBOL+A-0");
    assert_eq!(work[0].get("x_rank").unwrap().text(), "7");
    assert_eq!(line!(work[1], name, position, end_date), "Remington Rand | - | -");
    assert_eq!(work[1].highlights().count(), 0);
    assert_eq!(work.len(), 2);

    let volunteer = document.volunteer().next().unwrap();
    assert_eq!(
        line!(volunteer, organization, position, url, start_date, end_date, summary),
        "o | p | u | 1990 | 1991 | s"
    );
    assert_eq!(joined(volunteer.highlights()), "h");
    let education = document.education().next().unwrap();
    assert_eq!(
        line!(education, institution, url, area, study_type, start_date, end_date, score),
        "Yale | u | Mathematics | PhD | 1930 | 1934 | 1"
    );
    assert_eq!(joined(education.courses()), "c");
}

#[test]
fn other_sections_have_all_fields() {
    let scanned = scan(RESUME.as_bytes()).unwrap();
    let document = Document::new(&scanned);
    assert_eq!(line!(document.awards().next().unwrap(), title, date, awarder, summary), "t | 1991 | a | s");
    assert_eq!(line!(document.certificates().next().unwrap(), name, date, url, issuer), "n | 1992 | u | i");
    assert_eq!(
        line!(document.publications().next().unwrap(), name, publisher, release_date, url, summary),
        "n | p | 1952 | u | s"
    );
    assert_eq!(line!(document.languages().next().unwrap(), language, fluency), "l | f");
    assert_eq!(line!(document.references().next().unwrap(), name, reference), "n | r");
    let skill = document.skills().next().unwrap();
    assert_eq!(line!(skill, name, level), "n | l");
    assert_eq!(joined(skill.keywords()), "k1+k2");
    let interest = document.interests().next().unwrap();
    assert_eq!(line!(interest, name), "n");
    assert_eq!(joined(interest.keywords()), "k");
    let project = document.projects().next().unwrap();
    assert_eq!(
        line!(project, name, description, start_date, end_date, url, entity, kind),
        "n | d | 1950 | 1951 | u | e | t"
    );
    let lists = [project.highlights(), project.keywords(), project.roles()];
    assert_eq!(lists.map(joined).join(" "), "h k r");
}

#[test]
fn values_of_wrong_types_are_absent() {
    for text in [
        "[]",
        "7",
        r#"{"basics":[],"work":{},"skills":"Rust"}"#,
        r#"{"basics":null,"work":null,"skills":[null,"Rust",[{}]]}"#,
    ] {
        let scanned = scan(text.as_bytes()).unwrap();
        let document = Document::new(&scanned);
        assert!(document.basics().is_none(), "{text}");
        assert_eq!(document.work().count() + document.skills().count(), 0, "{text}");
    }
    let scanned = scan(br#"{"work":[1,{"name":2,"highlights":["a",3,"b"]}]}"#).unwrap();
    let work = Document::new(&scanned).work().next().unwrap();
    assert_eq!(work.name(), None);
    assert_eq!(joined(work.highlights()), "a+b");
    assert_eq!(work.get("name").unwrap().text(), "2");
}

#[test]
fn title_is_one_printable_line() {
    let long = "é".repeat(300);
    for (basics, title) in [
        (r#"{"name":"Ada","label":"Analyst"}"#.to_owned(), Some("Ada – Analyst".to_owned())),
        (r#"{"name":"Ada"}"#.to_owned(), Some("Ada".to_owned())),
        (r#"{"name":" \n","label":" Analyst "}"#.to_owned(), Some("Analyst".to_owned())),
        (r#"{"name":" Ada \t\u00a0 of\r\nL "}"#.to_owned(), Some("Ada of L".to_owned())),
        (r#"{"name":"\u202eA\u0007d\u200ba\ufeff"}"#.to_owned(), Some("A d a".to_owned())),
        (r#"{"name":7,"label":null}"#.to_owned(), None),
        ("{}".to_owned(), None),
        ("null".to_owned(), None),
        (format!(r#"{{"name":"{long}"}}"#), Some("é".repeat(200))),
        (format!(r#"{{"name":"{} b"}}"#, "é".repeat(199)), Some("é".repeat(199))),
    ] {
        let text = format!(r#"{{"basics":{basics}}}"#);
        let scanned = scan(text.as_bytes()).unwrap();
        let found = title_of(&Document::new(&scanned));
        assert_eq!(found, title, "{basics}");
        assert!(found.is_none_or(|title| check_single_line(&title).is_ok()), "{basics}");
    }
}
