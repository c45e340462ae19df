//! From a portfolio and one of its variants to the text of a document.

use super::SamplePerson;
use super::career::{self, Month, Stint};
use super::json::{Json, Object};
use super::portfolio::{Portfolio, Section, Tongue, Variant};
use super::random::Random;

/// The JSON Resume text of one variant.
pub(super) fn document(person: &SamplePerson, portfolio: &Portfolio, variant: &Variant) -> String {
    let writer = Writer { person, portfolio, variant, as_of: Month::of(variant.as_of, 10) };
    let mut document = Object::default().with("basics", writer.basics()).with("work", writer.work());
    for (section, key) in SECTIONS {
        if variant.shape.sections.contains(&section) {
            document = document.with(key, writer.section(section));
        }
    }
    if let Some(twist) = variant.twist {
        twist(&mut document);
    }
    document.pretty()
}

/// The order in which sections stand in a document.
const SECTIONS: [(Section, &str); 11] = [
    (Section::Volunteer, "volunteer"),
    (Section::Education, "education"),
    (Section::Awards, "awards"),
    (Section::Certificates, "certificates"),
    (Section::Publications, "publications"),
    (Section::Skills, "skills"),
    (Section::Languages, "languages"),
    (Section::Interests, "interests"),
    (Section::References, "references"),
    (Section::Projects, "projects"),
    (Section::Meta, "meta"),
];

struct Writer<'a> {
    person: &'a SamplePerson,
    portfolio: &'a Portfolio,
    variant: &'a Variant,
    /// What begins in this month or later is not known yet.
    as_of: Month,
}

impl Writer<'_> {
    fn basics(&self) -> Object {
        let home = &self.portfolio.home;
        let location = Object::default()
            .with("address", home.address)
            .with("postalCode", home.postal_code)
            .with("city", home.city)
            .with("countryCode", home.country_code)
            .with("region", home.region);
        let profile = |&(network, username, url)| {
            Object::default().with("network", network).with("username", username).with("url", url)
        };
        let profiles: Vec<_> = home.profiles.iter().map(profile).collect();
        Object::default()
            .with("name", self.portfolio.spelled)
            .with("label", self.variant.label)
            .with("image", home.image)
            .with("email", self.person.email)
            .with("phone", home.phone)
            .with("url", home.url)
            .with("summary", self.fill(self.variant.summary))
            .with("location", location)
            .with("profiles", profiles)
    }

    fn work(&self) -> Vec<Object> {
        let stints = career::stints(self.person.email, self.portfolio, self.as_of);
        let shown = stints.iter().take(self.variant.shape.jobs);
        shown.map(|stint| self.stint(stint)).collect()
    }

    fn stint(&self, stint: &Stint) -> Object {
        let Stint { job, rung, start, end } = *stint;
        // Nobody remembers the months of a job that ended long ago.
        let old = end.is_some_and(|end| end.year() + 9 < self.variant.as_of);
        let date = |month: Month| {
            if old { month.year().to_string() } else { month.to_string() }
        };
        let mut random = Random::of(self.person.email, &format!("{} {}", self.variant.label, rung.position));
        let tasks = random.some_of(rung.tasks, self.variant.shape.highlights);
        Object::default()
            .with("name", job.employer)
            .with("location", job.city)
            .with("description", job.about)
            .with("position", rung.position)
            .with("url", job.site)
            .with("startDate", date(start))
            .with("endDate", end.map_or_else(String::new, date))
            .with("summary", self.fill(rung.does))
            .with("highlights", self.fill_all(&tasks))
    }

    fn section(&self, section: Section) -> Json {
        match section {
            Section::Volunteer => self.volunteering().into(),
            Section::Education => self.education().into(),
            Section::Awards => self.awards().into(),
            Section::Certificates => self.certificates().into(),
            Section::Publications => self.publications().into(),
            Section::Skills => self.skills().into(),
            Section::Languages => pairs(self.portfolio.languages, "language", "fluency").into(),
            Section::Interests => self.interests().into(),
            Section::References => pairs(self.portfolio.references, "name", "reference").into(),
            Section::Projects => self.projects().into(),
            Section::Meta => self.meta().into(),
        }
    }

    fn volunteering(&self) -> Vec<Object> {
        let services = self.portfolio.trade.volunteering.iter().rev();
        let known = services.filter_map(|service| {
            let start = self.known("service", service.after)?;
            Some(
                Object::default()
                    .with("organization", service.organization)
                    .with("position", service.position)
                    .with("startDate", start.year().to_string())
                    .with("endDate", self.end(start, service.years))
                    .with("summary", self.fill(service.summary))
                    .with("highlights", self.fill_all(service.highlights)),
            )
        });
        known.collect()
    }

    fn education(&self) -> Vec<Object> {
        let studies = career::studies(self.portfolio).into_iter();
        let dated = studies.map(|(study, start, end)| {
            Object::default()
                .with("institution", study.institution)
                .with("url", study.site)
                .with("area", study.area)
                .with("studyType", study.kind)
                .with("startDate", start)
                .with("endDate", end)
                .with("score", study.score)
                .with("courses", study.courses)
        });
        dated.collect()
    }

    fn awards(&self) -> Vec<Object> {
        let awards = self.portfolio.trade.awards.iter().rev();
        let known = awards.filter_map(|award| {
            let date = self.known("award", award.after)?;
            Some(
                Object::default()
                    .with("title", award.title)
                    .with("date", date.to_string())
                    .with("awarder", award.awarder)
                    .with("summary", self.fill(award.summary)),
            )
        });
        known.collect()
    }

    fn certificates(&self) -> Vec<Object> {
        let certificates = self.portfolio.trade.certificates.iter().rev();
        let known = certificates.filter_map(|&(after, name, issuer)| {
            let month = self.known("certificate", after)?;
            let day = Random::of(self.person.email, name).within(2, 28);
            Some(
                Object::default()
                    .with("name", name)
                    .with("date", format!("{month}-{day:02}"))
                    .with("issuer", issuer),
            )
        });
        known.collect()
    }

    fn publications(&self) -> Vec<Object> {
        let publications = self.portfolio.trade.publications.iter().rev();
        let known = publications.filter_map(|publication| {
            let date = self.known("publication", publication.after)?;
            Some(
                Object::default()
                    .with("name", publication.name)
                    .with("publisher", publication.publisher)
                    .with("releaseDate", date.to_string())
                    .with("url", publication.url)
                    .with("summary", self.fill(publication.summary)),
            )
        });
        known.collect()
    }

    fn skills(&self) -> Vec<Object> {
        let mut skills = self.portfolio.trade.skills.to_vec();
        skills[..=self.variant.focus].rotate_right(1);
        let skill = |(name, level, keywords): (&str, &str, &[&str])| {
            Object::default().with("name", name).with("level", level).with("keywords", keywords)
        };
        skills.into_iter().map(skill).collect()
    }

    fn interests(&self) -> Vec<Object> {
        let interest = |&(name, keywords): &(&str, &[&str])| {
            Object::default().with("name", name).with("keywords", keywords)
        };
        self.portfolio.interests.iter().map(interest).collect()
    }

    fn projects(&self) -> Vec<Object> {
        let projects = self.portfolio.trade.projects.iter().rev();
        let known = projects.filter_map(|project| {
            let start = self.known("project", project.after)?;
            Some(
                Object::default()
                    .with("name", project.name)
                    .with("description", self.fill(project.description))
                    .with("highlights", self.fill_all(project.highlights))
                    .with("keywords", project.keywords)
                    .with("startDate", start.year().to_string())
                    .with("endDate", self.end(start, project.years))
                    .with("url", project.url)
                    .with("roles", project.roles)
                    .with("entity", project.entity)
                    .with("type", project.kind),
            )
        });
        known.collect()
    }

    fn meta(&self) -> Object {
        let local = self.person.email.split(['@', '+']).next().unwrap_or_default();
        let mut random = Random::of(self.person.email, self.variant.label);
        let (day, hour, minute) = (random.within(1, 28), random.within(7, 22), random.within(0, 59));
        let number = random.within(1_000, 9_999);
        Object::default()
            .with("canonical", format!("https://resumes.example.com/{local}/{number}.json"))
            .with("version", "v1.0.0")
            .with("lastModified", format!("{}-09-{day:02}T{hour:02}:{minute:02}:00", self.variant.as_of))
    }

    /// The month of a fact, unless it lies after this resume.
    fn known(&self, kind: &str, after: u64) -> Option<Month> {
        let month = career::month_of(self.person.email, self.portfolio, kind, after);
        (month < self.as_of).then_some(month)
    }

    /// The year in which something ended; empty while it goes on.
    fn end(&self, start: Month, years: u64) -> String {
        let end = start.year() + years;
        if years == 0 || end > self.variant.as_of { String::new() } else { end.to_string() }
    }

    fn fill_all(&self, sentences: &[&str]) -> Vec<String> {
        sentences.iter().map(|sentence| self.fill(sentence)).collect()
    }

    /// The sentence with its numbers; the same for this person in every document.
    fn fill(&self, sentence: &str) -> String {
        let mut random = Random::of(self.person.email, sentence);
        let mut parts = sentence.split('{');
        let mut filled = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (place, rest) = part.split_once('}').unwrap_or((part, ""));
            let number = match place.split_once('-') {
                Some((low, high)) => round(random.within(parse(low), parse(high))),
                None => self.variant.as_of - self.portfolio.since,
            };
            filled.push_str(&grouped(number, self.portfolio.trade.tongue));
            filled.push_str(rest);
        }
        filled
    }
}

fn pairs(items: &[(&str, &str)], first: &str, second: &str) -> Vec<Object> {
    let pair = |&(one, two)| Object::default().with(first, one).with(second, two);
    items.iter().map(pair).collect()
}

fn parse(digits: &str) -> u64 {
    digits.parse().expect("the places in the samples hold two numbers; a test fills them all")
}

/// Large numbers are remembered roundly.
fn round(number: u64) -> u64 {
    match number {
        0..200 => number,
        200..2_000 => number / 10 * 10,
        2_000..20_000 => number / 100 * 100,
        _ => number / 1_000 * 1_000,
    }
}

fn grouped(number: u64, tongue: Tongue) -> String {
    let separator = match tongue {
        Tongue::English => ",",
        Tongue::German | Tongue::Spanish => ".",
        Tongue::French => "\u{a0}",
    };
    let (mut rest, mut text) = (number, String::new());
    while rest >= 1_000 {
        text = format!("{separator}{:03}{text}", rest % 1_000);
        rest /= 1_000;
    }
    format!("{rest}{text}")
}
