//! The building blocks: what a trade knows, what a person did, which resumes they keep.
//!
//! Sentences hold places for numbers: `{20-40}` becomes a number of that range,
//! `{years}` the years since the first job.

use super::json::Object;

/// What one person keeps in one tongue: their life, and the resumes made from it.
pub(super) struct Portfolio {
    /// Index into `people()`.
    pub(super) owner: usize,
    pub(super) trade: &'static Trade,
    /// The name as the documents spell it.
    pub(super) spelled: &'static str,
    pub(super) home: Home,
    /// Year of the first job.
    pub(super) since: u64,
    /// Oldest first, one for each step of the trade's ladder.
    pub(super) jobs: &'static [Job],
    /// Oldest first; the last one ends before the first job begins.
    pub(super) studies: &'static [Study],
    /// Months in which a year of study begins and ends; none: only years are shown.
    pub(super) term: Option<(u64, u64)>,
    /// Language, fluency.
    pub(super) languages: &'static [(&'static str, &'static str)],
    /// Name, keywords.
    pub(super) interests: &'static [(&'static str, &'static [&'static str])],
    /// Who, what they say.
    pub(super) references: &'static [(&'static str, &'static str)],
    pub(super) variants: &'static [Variant],
}

/// Where a person lives and is reached.
pub(super) struct Home {
    pub(super) address: &'static str,
    pub(super) postal_code: &'static str,
    pub(super) city: &'static str,
    pub(super) region: &'static str,
    pub(super) country_code: &'static str,
    pub(super) phone: &'static str,
    pub(super) url: &'static str,
    pub(super) image: &'static str,
    /// Network, user name, address.
    pub(super) profiles: &'static [(&'static str, &'static str, &'static str)],
}

/// Where a step of the ladder was taken.
pub(super) struct Job {
    pub(super) employer: &'static str,
    pub(super) city: &'static str,
    pub(super) site: &'static str,
    pub(super) about: &'static str,
}

/// A course of study.
pub(super) struct Study {
    pub(super) institution: &'static str,
    pub(super) site: &'static str,
    pub(super) kind: &'static str,
    pub(super) area: &'static str,
    pub(super) years: u64,
    pub(super) score: &'static str,
    pub(super) courses: &'static [&'static str],
}

/// A job at this employer.
pub(super) const fn job(
    employer: &'static str,
    city: &'static str,
    site: &'static str,
    about: &'static str,
) -> Job {
    Job { employer, city, site, about }
}

/// A study without site, score and courses.
pub(super) const fn study(
    institution: &'static str,
    kind: &'static str,
    area: &'static str,
    years: u64,
) -> Study {
    Study { institution, site: "", kind, area, years, score: "", courses: &[] }
}

/// What a home leaves open.
pub(super) const HOME: Home = Home {
    address: "",
    postal_code: "",
    city: "",
    region: "",
    country_code: "",
    phone: "",
    url: "",
    image: "",
    profiles: &[],
};

/// What a trade knows, in one tongue.
pub(super) struct Trade {
    pub(super) tongue: Tongue,
    /// From the first job to the top.
    pub(super) ladder: &'static [Rung],
    /// Name, level, keywords.
    pub(super) skills: &'static [(&'static str, &'static str, &'static [&'static str])],
    /// Years after the first job, name, issuer.
    pub(super) certificates: &'static [(u64, &'static str, &'static str)],
    pub(super) awards: &'static [Award],
    pub(super) publications: &'static [Publication],
    pub(super) projects: &'static [Project],
    pub(super) volunteering: &'static [Service],
}

/// A step of the ladder.
pub(super) struct Rung {
    pub(super) position: &'static str,
    pub(super) does: &'static str,
    pub(super) tasks: &'static [&'static str],
}

/// An award; `after` counts years from the first job, here and below.
pub(super) struct Award {
    pub(super) after: u64,
    pub(super) title: &'static str,
    pub(super) awarder: &'static str,
    pub(super) summary: &'static str,
}

/// An article, a book, a talk in print.
pub(super) struct Publication {
    pub(super) after: u64,
    pub(super) name: &'static str,
    pub(super) publisher: &'static str,
    pub(super) url: &'static str,
    pub(super) summary: &'static str,
}

/// A piece of work with a beginning; `years` of 0 means that it goes on.
pub(super) struct Project {
    pub(super) after: u64,
    pub(super) years: u64,
    pub(super) name: &'static str,
    pub(super) url: &'static str,
    pub(super) description: &'static str,
    pub(super) highlights: &'static [&'static str],
    pub(super) keywords: &'static [&'static str],
    pub(super) roles: &'static [&'static str],
    pub(super) entity: &'static str,
    pub(super) kind: &'static str,
}

/// Unpaid work; `years` of 0 means that it goes on.
pub(super) struct Service {
    pub(super) after: u64,
    pub(super) years: u64,
    pub(super) organization: &'static str,
    pub(super) position: &'static str,
    pub(super) summary: &'static str,
    pub(super) highlights: &'static [&'static str],
}

/// The language of a document, as far as numbers need it.
#[derive(Clone, Copy)]
pub(super) enum Tongue {
    English,
    French,
    German,
    Spanish,
}

/// One resume of a portfolio.
pub(super) struct Variant {
    pub(super) label: &'static str,
    /// What follows the label in the title.
    pub(super) note: &'static str,
    /// The year in which this resume was last touched; later facts are unknown to it.
    pub(super) as_of: u64,
    pub(super) tags: &'static [&'static str],
    pub(super) summary: &'static str,
    pub(super) shape: Shape,
    /// Index of the trade's skill that comes first.
    pub(super) focus: usize,
    /// A last change that makes the document odd, and still valid.
    pub(super) twist: Option<fn(&mut Object)>,
}

/// What a variant leaves open.
pub(super) const PLAIN: Variant = Variant {
    label: "",
    note: "",
    as_of: 2026,
    tags: &[],
    summary: "",
    shape: STANDARD,
    focus: 0,
    twist: None,
};

/// How much of a portfolio a document shows.
pub(super) struct Shape {
    pub(super) sections: &'static [Section],
    /// The newest jobs, at most.
    pub(super) jobs: usize,
    /// Highlights of a job, at most.
    pub(super) highlights: usize,
}

/// A section that a document can have beside basics and work.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    Volunteer,
    Education,
    Awards,
    Certificates,
    Publications,
    Skills,
    Languages,
    Interests,
    References,
    Projects,
    Meta,
}

use Section::{
    Awards, Certificates, Education, Interests, Languages, Meta, Projects, Publications, References, Skills,
    Volunteer,
};

/// Everything there is.
pub(super) const FULL: Shape = Shape {
    sections: &[
        Volunteer,
        Education,
        Awards,
        Certificates,
        Publications,
        Skills,
        Languages,
        Interests,
        References,
        Projects,
        Meta,
    ],
    jobs: 9,
    highlights: 2,
};

/// What most people send.
pub(super) const STANDARD: Shape = Shape {
    sections: &[Education, Certificates, Skills, Languages, Interests, Meta],
    jobs: 9,
    highlights: 3,
};

/// One page.
pub(super) const SHORT: Shape = Shape { sections: &[Education, Skills, Languages], jobs: 3, highlights: 2 };

/// What was learnt, and who vouches for it.
pub(super) const CRAFT: Shape = Shape {
    sections: &[Volunteer, Education, Certificates, Skills, Languages, References],
    jobs: 9,
    highlights: 2,
};

/// Papers, prizes, students.
pub(super) const ACADEMIC: Shape = Shape {
    sections: &[Volunteer, Education, Awards, Publications, Skills, Languages, References, Meta],
    jobs: 9,
    highlights: 2,
};

/// Things made, rather than posts held.
pub(super) const SHOWCASE: Shape =
    Shape { sections: &[Education, Awards, Skills, Languages, Interests, Projects], jobs: 3, highlights: 3 };
