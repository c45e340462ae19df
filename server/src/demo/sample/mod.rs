//! Sample people and resumes of the demo: the same bytes in every run.
//!
//! A trade brings the words (`trades/`), a portfolio brings a person's life, and
//! a variant says which part of it a resume shows (`portfolio`). All of it is invented.

mod career;
mod document;
mod json;
mod people;
mod portfolio;
mod random;
mod trades;
mod twists;

use vitae_contracts_core::Role;

pub(crate) use people::people;

/// A person to create.
pub(crate) struct SamplePerson {
    pub(crate) name: &'static str,
    pub(crate) email: &'static str,
    pub(crate) role: Role,
}

/// A resume to create.
pub(crate) struct SampleResume {
    /// Index into [`people`].
    pub(crate) owner: usize,
    pub(crate) title: String,
    pub(crate) tags: Vec<String>,
    /// JSON Resume 1.3.1, indented by two spaces.
    pub(crate) document: String,
}

/// The resumes, in the order of their owners.
pub(crate) fn resumes() -> Vec<SampleResume> {
    let people = people();
    let mut resumes = Vec::new();
    for portfolio in trades::portfolios() {
        let person = &people[portfolio.owner];
        for variant in portfolio.variants {
            resumes.push(SampleResume {
                owner: portfolio.owner,
                title: format!("{} – {}{}", person.name, variant.label, variant.note),
                tags: variant.tags.iter().map(|&tag| tag.to_owned()).collect(),
                document: document::document(person, portfolio, variant),
            });
        }
    }
    resumes.sort_by_key(|resume| resume.owner);
    resumes
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use vitae_contracts_core::limits;
    use vitae_contracts_document::{check, scan};

    use super::*;

    #[test]
    fn counts_are_those_of_the_demo() {
        let people = people();
        let with = |role| people.iter().filter(|person| person.role == role).count();
        let roles = [with(Role::Admin), with(Role::Editor), with(Role::Viewer), with(Role::Member)];
        assert_eq!(roles, [2, 4, 3, 16]);
        assert_eq!(resumes().len(), 60);
    }

    #[test]
    fn people_can_be_created() {
        let people = people();
        for person in &people {
            assert_eq!(limits::check_single_line(person.name), Ok(()), "{}", person.name);
            assert_eq!(limits::check_email(person.email), Ok(()), "{}", person.email);
        }
        let emails: HashSet<_> = people.iter().map(|person| person.email).collect();
        assert_eq!(emails.len(), people.len());
    }

    #[test]
    fn resumes_can_be_created() {
        let people = people();
        let mut titles = HashSet::new();
        for resume in resumes() {
            let SampleResume { owner, title, tags, document } = resume;
            assert!(owner < people.len(), "{title}");
            assert_eq!(limits::check_single_line(&title), Ok(()), "{title}");
            assert!(!tags.is_empty() && tags.len() <= limits::TAGS, "{title}");
            for tag in &tags {
                assert_eq!(limits::check_tag(tag).as_ref(), Ok(tag), "{title}");
            }
            let scanned = scan(document.as_bytes()).unwrap();
            assert_eq!(check(&scanned), [], "{title}");
            assert!(titles.insert(title), "two resumes have one title");
        }
    }

    #[test]
    fn documents_are_of_the_size_of_real_ones() {
        let resumes = resumes();
        for SampleResume { title, document, .. } in &resumes {
            assert!((2_048..=8_192).contains(&document.len()), "{title}: {} bytes", document.len());
        }
        let total: usize = resumes.iter().map(|resume| resume.document.len()).sum();
        let mean = total / resumes.len();
        assert!((3_500..=5_000).contains(&mean), "{mean} bytes");
    }

    #[test]
    fn every_place_for_a_number_is_filled() {
        for SampleResume { title, document, .. } in resumes() {
            // A line with text has at most one brace that is JSON's: the last one.
            for line in document.lines().filter(|line| line.contains('"')) {
                assert!(!line.trim_end_matches('{').contains(['{', '}']), "{title}: {line}");
            }
        }
    }

    #[test]
    fn every_run_gives_the_same_bytes() {
        let texts = || -> Vec<_> {
            resumes().into_iter().map(|resume| (resume.title, resume.tags, resume.document)).collect()
        };
        assert_eq!(texts(), texts());
    }

    #[test]
    fn careers_run_forward() {
        for SampleResume { title, document, .. } in resumes() {
            let document: serde_json::Value = serde_json::from_str(&document).unwrap();
            let mut later = "9999";
            for job in document["work"].as_array().unwrap() {
                let start = job["startDate"].as_str().unwrap();
                let end = job["endDate"].as_str().unwrap_or("9998");
                // A bare year sorts before its months.
                assert!(start[..4] <= end[..4] && end[..4] <= later[..4], "{title}: {start} to {end}");
                later = start;
            }
        }
    }
}
