//! Teaching, in English.

use super::super::portfolio::{
    Award, CRAFT, FULL, HOME, Home, PLAIN, Portfolio, Project, Publication, Rung, SHORT, Service, Study,
    Tongue, Trade, Variant, job, study,
};
use super::super::twists;

static TEACHING: Trade = Trade {
    tongue: Tongue::English,
    ladder: &[
        Rung {
            position: "Teaching Assistant",
            does: "Supported mathematics lessons for learners aged eleven to fourteen.",
            tasks: &[
                "Worked with groups of {4-7} learners who needed a second explanation",
                "Prepared manipulatives and worksheets for {10-16} lessons a week",
                "Ran the homework room, open to {20-40} children each afternoon",
                "Recorded reading ages at the start and the end of the year",
            ],
        },
        Rung {
            position: "Teacher of Mathematics",
            does: "Taught {18-23} lessons a week to classes of {26-38}.",
            tasks: &[
                "Raised the pass rate of the final exam from {58-70} to {78-91} percent in three years",
                "Wrote a scheme of work on fractions that the whole district now uses",
                "Led the chess and puzzle club with {15-30} members",
                "Met every family at least twice a year, at home where needed",
                "Replaced weekly tests by short quizzes with immediate feedback",
            ],
        },
        Rung {
            position: "Head of Mathematics",
            does: "Led {6-12} teachers and the mathematics curriculum of a school with {700-1400} learners.",
            tasks: &[
                "Introduced lesson study: each teacher plans, watches and discusses one lesson a term",
                "Bought and catalogued {300-700} textbooks within a modest budget",
                "Opened an additional class for further mathematics",
                "Mentored {5-9} newly qualified teachers, all of whom stayed",
                "Moved assessment records from paper to a shared database",
            ],
        },
        Rung {
            position: "Deputy Principal",
            does: "Responsible for teaching quality, the timetable and the training of {45-80} staff.",
            tasks: &[
                "Build the yearly timetable, with {95-99} percent of requests met",
                "Observe {60-120} lessons a year and talk about each within two days",
                "Cut unexcused absence by {20-45} percent with a breakfast club",
                "Chair the safeguarding team",
                "Won a grant of {40000-90000} for a science and workshop wing",
            ],
        },
    ],
    skills: &[
        ("Classroom teaching", "Expert", &["mathematics", "mixed-ability groups", "formative assessment"]),
        ("Curriculum", "Advanced", &["schemes of work", "lesson study", "exam preparation"]),
        ("School leadership", "Advanced", &["timetabling", "mentoring", "safeguarding"]),
        ("Digital tools", "Proficient", &["GeoGebra", "spreadsheets", "learning platforms"]),
    ],
    certificates: &[
        (1, "Qualified Teacher Status", "Council of Educators"),
        (5, "Paediatric First Aid", "First Aid Society"),
        (9, "School Leadership Programme", "Academy of School Leaders"),
    ],
    awards: &[Award {
        after: 6,
        title: "District Teacher Award",
        awarder: "District Education Office",
        summary: "One of {3-6} teachers named by former learners.",
    }],
    publications: &[Publication {
        after: 7,
        name: "Fractions Without Fear",
        publisher: "Chalk and Cheese Press",
        url: "https://chalkandcheese.example.com/fractions",
        summary: "A workbook with {140-190} tasks, in its second edition.",
    }],
    projects: &[Project {
        after: 5,
        years: 3,
        name: "Maths on the Market",
        url: "https://market-maths.example.org",
        description: "Learners run a stall for a day and keep its books.",
        highlights: &["{200-600} children have taken part", "Copied by {4-8} neighbouring schools"],
        keywords: &["outreach", "financial literacy"],
        roles: &["Founder"],
        entity: "School and town council",
        kind: "outreach",
    }],
    volunteering: &[Service {
        after: 2,
        years: 0,
        organization: "Saturday Library",
        position: "Reading mentor",
        summary: "Read with children whose parents are still learning the language.",
        highlights: &["Coordinates {8-15} mentors"],
    }],
};

pub(super) static PORTFOLIOS: [Portfolio; 2] = [
    Portfolio {
        owner: 4,
        trade: &TEACHING,
        spelled: "Thandiwe Mokoena",
        home: Home {
            city: "Bloemfontein",
            region: "Free State",
            country_code: "ZA",
            phone: "+1-555-0130",
            url: "https://thandiwe.example.org",
            ..HOME
        },
        since: 2006,
        jobs: &[
            job("Karee Primary School", "Kimberley", "https://karee.example.org", "Primary school"),
            job(
                "Rosendal Secondary School",
                "Bloemfontein",
                "https://rosendal.example.org",
                "Secondary school",
            ),
            job(
                "Rosendal Secondary School",
                "Bloemfontein",
                "https://rosendal.example.org",
                "Secondary school",
            ),
            job(
                "Naledi Combined School",
                "Bloemfontein",
                "https://naledi.example.org",
                "School with boarding house",
            ),
        ],
        studies: &[
            Study {
                courses: &["Real Analysis", "Statistics", "Sesotho"],
                ..study("University of the Highveld", "BSc", "Mathematics", 3)
            },
            study("University of the Highveld", "Postgraduate Certificate", "Education", 1),
        ],
        term: Some((2, 11)),
        languages: &[
            ("Sesotho", "Native speaker"),
            ("English", "Fluent"),
            ("Afrikaans", "Fluent"),
            ("isiZulu", "Conversational"),
        ],
        interests: &[("Choir", &["alto", "conducting"]), ("Astronomy", &["school telescope"])],
        references: &[
            ("Pieter Marais", "She built a department that outlived her leaving it."),
            ("Lerato Nkosi", "I became a teacher because of her."),
        ],
        variants: &[
            Variant {
                label: "Deputy Principal",
                tags: &["teaching", "leadership", "2026"],
                summary: "Mathematics teacher and school leader, {years} years in primary and secondary schools.",
                shape: FULL,
                focus: 2,
                ..PLAIN
            },
            Variant {
                label: "Curriculum Adviser",
                tags: &["teaching", "curriculum", "draft"],
                summary: "I write schemes of work with the teachers who will use them, and change them after the first lesson.",
                shape: CRAFT,
                focus: 1,
                ..PLAIN
            },
            Variant {
                label: "Head of Mathematics",
                note: " (2018)",
                as_of: 2018,
                tags: &["teaching", "mathematics", "archive"],
                summary: "Head of mathematics with {years} years in the classroom.",
                ..PLAIN
            },
        ],
    },
    Portfolio {
        owner: 22,
        trade: &TEACHING,
        spelled: "Ольга Петрова / Olga Petrova",
        home: Home {
            postal_code: "LV-0000", city: "Rīga", country_code: "LV", phone: "+1-555-0131", ..HOME
        },
        since: 2016,
        jobs: &[
            job("Daugava Primary School", "Rīga", "https://daugava-school.example.net", "Primary school"),
            job(
                "Gymnasium at the Market",
                "Rīga",
                "https://market-gymnasium.example.net",
                "Secondary school",
            ),
            job(
                "Gymnasium at the Market",
                "Rīga",
                "https://market-gymnasium.example.net",
                "Secondary school",
            ),
        ],
        studies: &[
            study("Baltic Pedagogical University", "Bachelor", "Mathematics Education", 4),
            Study { score: "9.1/10", ..study("Baltic Pedagogical University", "Master", "Didactics", 2) },
        ],
        term: None,
        languages: &[("Русский", "Native speaker"), ("Latviešu", "Fluent"), ("English", "Fluent")],
        interests: &[("Mushrooms", &["foraging", "drawing"]), ("Theatre", &[])],
        references: &[("Ilze Bērziņa", "The quietest classroom in the house, and the most curious one.")],
        variants: &[
            Variant {
                label: "Head of Mathematics",
                note: " (old field names)",
                tags: &["teaching", "mathematics", "2026"],
                summary: "Teacher of mathematics with {years} years in Riga, head of department at a bilingual school.",
                shape: CRAFT,
                twist: Some(twists::old_names),
                ..PLAIN
            },
            Variant {
                label: "Online Tutor",
                tags: &["teaching", "remote", "short"],
                summary: "Lessons by video for learners aged twelve to nineteen, in three languages.",
                shape: SHORT,
                focus: 3,
                ..PLAIN
            },
        ],
    },
];
