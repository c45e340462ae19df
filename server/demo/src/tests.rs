//! Tests of the sample data: the server would accept all of it.

use std::collections::{BTreeSet, HashSet};
use std::path::Path;

use vitae_contracts_core::limits;
use vitae_contracts_document::{check, scan};

use super::*;

/// All resumes, person by person.
fn resumes() -> Vec<Resume> {
    people().into_iter().flat_map(|person| person.resumes).collect()
}

#[test]
fn every_data_file_is_listed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/people");
    let names = std::fs::read_dir(folder).unwrap();
    let found: BTreeSet<_> = names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    let listed: BTreeSet<_> = NAMES.iter().map(|name| format!("{name}.json")).collect();
    assert_eq!(found, listed);
}

#[test]
fn the_readme_states_the_counts() {
    let [people, resumes] = [people().len(), resumes().len()];
    let counts = format!("{people} people and their {resumes} resumes");
    assert!(include_str!("../README.md").contains(&counts), "{counts}");
}

#[test]
fn every_role_has_people() {
    let roles: HashSet<_> = people().iter().map(|person| person.role.clone()).collect();
    assert!([Role::Admin, Role::Editor, Role::Viewer, Role::Member].iter().all(|role| roles.contains(role)));
}

#[test]
fn people_are_valid_and_unique() {
    let people = people();
    for person in &people {
        assert_eq!(limits::check_single_line(&person.name), Ok(()), "{}", person.name);
        assert_eq!(limits::check_email(&person.email), Ok(()), "{}", person.email);
    }
    let emails: HashSet<_> = people.iter().map(|person| &person.email).collect();
    assert_eq!(emails.len(), people.len());
}

#[test]
fn resumes_are_valid_and_their_titles_unique() {
    let mut titles = HashSet::new();
    for Resume { title, tags, document } in resumes() {
        assert_eq!(limits::check_single_line(&title), Ok(()), "{title}");
        assert!(!tags.is_empty() && tags.len() <= limits::TAGS, "{title}");
        for tag in &tags {
            assert_eq!(limits::check_tag(tag).as_ref(), Ok(tag), "{title}");
        }
        assert_eq!(check(&scan(document.get().as_bytes()).unwrap()), [], "{title}");
        assert!(titles.insert(title), "two resumes have one title");
    }
}

#[test]
fn documents_are_indented_by_two_spaces() {
    for Resume { title, document, .. } in resumes() {
        let lines: Vec<&str> = document.get().lines().collect();
        assert_eq!((lines.first(), lines.last()), (Some(&"{"), Some(&"}")), "{title}");
        assert!(lines[1].starts_with("  \""), "{title}: {}", lines[1]);
    }
}

#[test]
fn documents_have_the_size_of_real_ones() {
    let sizes: Vec<usize> = resumes().iter().map(|resume| resume.document.get().len()).collect();
    assert!(sizes.iter().all(|size| (2_048..=8_192).contains(size)), "{sizes:?}");
    let mean = sizes.iter().sum::<usize>() / sizes.len();
    assert!((3_500..=5_000).contains(&mean), "{mean} bytes");
}

#[test]
fn careers_run_forward_in_time() {
    for Resume { title, document, .. } in resumes() {
        let document: serde_json::Value = serde_json::from_str(document.get()).unwrap();
        let mut later = "9999";
        for job in document["work"].as_array().unwrap() {
            let start = job["startDate"].as_str().unwrap();
            let end = job["endDate"].as_str().unwrap_or("9998");
            // Old jobs state years alone, so only years are compared.
            assert!(start[..4] <= end[..4] && end[..4] <= later[..4], "{title}: {start} to {end}");
            later = start;
        }
    }
}
