//! Documents of a given size, the same at each run.

use serde_json::{Value, json};

/// The words of which texts are made.
const WORDS: &[&str] = &[
    "delivery",
    "platform",
    "team",
    "led",
    "design",
    "service",
    "customer",
    "pipeline",
    "latency",
    "reduced",
    "percent",
    "migrated",
    "observability",
    "review",
    "mentoring",
    "roadmap",
    "security",
    "billing",
    "Überblick",
    "données",
    "søk",
    "release",
    "automation",
    "forecast",
];

/// A JSON Resume of at least `bytes` bytes, and at most some 400 more.
pub(crate) fn document(nth: usize, bytes: usize) -> String {
    let mut words = Words { at: nth * 7 };
    let mut work: Vec<Value> = Vec::new();
    loop {
        let text = whole(nth, &mut Words { at: nth }, &work).to_string();
        if text.len() >= bytes {
            return text;
        }
        work.push(json!({
            "name": words.sentence(2),
            "position": words.sentence(3),
            "startDate": format!("{}-0{}-11", 1990 + work.len(), 1 + nth % 9),
            "summary": words.sentence(12),
            "highlights": [words.sentence(8), words.sentence(10)],
        }));
    }
}

fn whole(nth: usize, words: &mut Words, work: &[Value]) -> Value {
    json!({
        "$schema": "https://raw.githubusercontent.com/jsonresume/resume-schema/v1.0.0/schema.json",
        "basics": {
            "name": format!("Member {nth}"),
            "label": "Staff Engineer",
            "email": format!("member{nth}@example.com"),
            "url": format!("https://member{nth}.example.com"),
            "summary": words.sentence(30),
            "location": { "city": "Malmö", "countryCode": "SE", "postalCode": "21119" },
            "profiles": [{ "network": "GitHub", "username": "member", "url": "https://github.com/member" }],
        },
        "work": work,
        "education": [{
            "institution": words.sentence(3), "area": "Computer Science", "studyType": "Master",
            "startDate": "2004-09", "endDate": "2008-06", "score": "1.3", "courses": [words.sentence(4)],
        }],
        "skills": [
            { "name": "Rust", "level": "Advanced", "keywords": ["tokio", "SQLite", "gRPC"] },
            { "name": "Operations", "level": "Master", "keywords": ["Linux", "tracing"] },
        ],
        "languages": [{ "language": "Svenska", "fluency": "Native speaker" }],
    })
}

struct Words {
    at: usize,
}

impl Words {
    fn sentence(&mut self, length: usize) -> String {
        let words: Vec<&str> = (self.at..self.at + length).map(|at| WORDS[at * 5 % WORDS.len()]).collect();
        self.at += length + 1;
        words.join(" ")
    }
}
