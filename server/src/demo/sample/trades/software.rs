//! Software, in English.

use super::super::portfolio::{
    Award, FULL, HOME, Home, PLAIN, Portfolio, Project, Publication, Rung, SHORT, SHOWCASE, Service, Study,
    Tongue, Trade, Variant, job, study,
};
use super::super::twists;

static SOFTWARE: Trade = Trade {
    tongue: Tongue::English,
    ladder: &[
        Rung {
            position: "Junior Developer",
            does: "Maintained the customer portal and learnt to ship small changes often.",
            tasks: &[
                "Fixed {90-160} reported bugs, each with a test that fails without the fix",
                "Moved nightly reports from shell scripts to a scheduled Python service",
                "Wrote the onboarding notes that the next {4-9} newcomers started from",
                "Cut the build from {25-50} to {6-12} minutes by caching dependencies",
                "Answered second-line support tickets one day a week",
            ],
        },
        Rung {
            position: "Software Engineer",
            does: "Built backend services in Go and PostgreSQL for {40-90} internal users and a public API.",
            tasks: &[
                "Designed the payments ledger, which has balanced to the cent since launch",
                "Reduced the slowest query of the checkout from {900-1900} ms to {40-120} ms",
                "Replaced hand-made deployments by a pipeline that ships {8-20} times a week",
                "Introduced contract tests between {5-9} services",
                "Mentored {2-4} graduates through their first year",
            ],
        },
        Rung {
            position: "Senior Software Engineer",
            does: "Led the design of services that handle {3000-9000} requests per second at peak.",
            tasks: &[
                "Rewrote the event ingester in Rust; memory use fell by {55-80} percent",
                "Split a shared database into {4-7} owned schemas without downtime",
                "Ran the weekly design review and kept its decisions in short written records",
                "Brought the error budget of the order service back within its target in one quarter",
                "Removed {30000-80000} lines of dead code from the oldest repository",
            ],
        },
        Rung {
            position: "Site Reliability Engineer",
            does: "Keep a platform of {60-140} services available, observable and affordable.",
            tasks: &[
                "Lowered pages per on-call week from {30-45} to {4-9} by deleting alerts nobody acted on",
                "Set service level objectives with {8-14} product teams and review them each quarter",
                "Moved {200-600} workloads to Kubernetes across {2-4} regions",
                "Lead blameless postmortems and follow their actions until they are done",
                "Saved {15-35} percent of the cloud bill by right-sizing and scheduled shutdowns",
            ],
        },
    ],
    skills: &[
        ("Backend development", "Expert", &["Rust", "Go", "Python", "gRPC", "PostgreSQL"]),
        ("Operations", "Expert", &["Linux", "Kubernetes", "Terraform", "incident response"]),
        ("Observability", "Advanced", &["OpenTelemetry", "Prometheus", "Grafana", "tracing"]),
        ("Collaboration", "Advanced", &["design documents", "code review", "mentoring"]),
    ],
    certificates: &[
        (3, "Linux Systems Professional", "Open Systems Institute"),
        (6, "Kubernetes Operations Certificate", "Container Guild"),
        (9, "Incident Command Foundations", "Reliability Council"),
    ],
    awards: &[Award {
        after: 7,
        title: "Engineering Prize",
        awarder: "Regional Technology Association",
        summary: "For a migration of {20-40} services that no customer noticed.",
    }],
    publications: &[Publication {
        after: 8,
        name: "Small Pages: An On-Call Diary",
        publisher: "Operations Quarterly",
        url: "https://quarterly.example.org/small-pages",
        summary: "What a year of alerts taught a team of {5-8} about sleep.",
    }],
    projects: &[
        Project {
            after: 4,
            years: 2,
            name: "tidelog",
            url: "https://tidelog.example.org",
            description: "A log shipper that survives full disks and slow networks.",
            highlights: &["Used by {20-60} small companies", "Fuzzed daily; no crash since version 1.2"],
            keywords: &["Rust", "logging"],
            roles: &["Author", "Maintainer"],
            entity: "Open source",
            kind: "application",
        },
        Project {
            after: 7,
            years: 0,
            name: "Plain Runbooks",
            url: "https://runbooks.example.net",
            description: "A collection of {40-70} runbooks that can be followed at three in the morning.",
            highlights: &["Translated into {3-6} languages by readers"],
            keywords: &["documentation", "incident response"],
            roles: &["Editor"],
            entity: "Reliability Council",
            kind: "documentation",
        },
    ],
    volunteering: &[Service {
        after: 5,
        years: 0,
        organization: "Code Saturday",
        position: "Tutor",
        summary: "Teach programming to {10-18} teenagers twice a month.",
        highlights: &["Organised a yearly exhibition of their games"],
    }],
};

pub(super) static PORTFOLIOS: [Portfolio; 3] = [
    Portfolio {
        owner: 0,
        trade: &SOFTWARE,
        spelled: "Ada Okafor",
        home: Home {
            address: "14 Canal Row",
            postal_code: "LS1 0AA",
            city: "Leeds",
            region: "West Yorkshire",
            country_code: "GB",
            phone: "+1-555-0101",
            url: "https://ada.example.com",
            image: "https://ada.example.com/portrait.jpg",
            profiles: &[
                ("Mastodon", "ada", "https://social.example.net/@ada"),
                ("Code", "adaokafor", "https://code.example.org/adaokafor"),
            ],
        },
        since: 2012,
        jobs: &[
            job("Harmattan Software", "Lagos", "https://harmattan.example.com", "Software for schools"),
            job("Quayside Payments", "Newcastle", "https://quayside.example.com", "Payment provider"),
            job("Lattice Retail", "London", "https://lattice.example.net", "Online shop platform"),
            job("Northbeam Cloud", "Leeds", "https://northbeam.example.com", "Hosting for public services"),
        ],
        studies: &[Study {
            score: "First class",
            courses: &["Operating Systems", "Computer Networks", "Numerical Methods"],
            ..study("Lagos Lagoon University", "Bachelor", "Computer Science", 4)
        }],
        term: Some((9, 6)),
        languages: &[("English", "Native speaker"), ("Igbo", "Native speaker"), ("French", "Basic")],
        interests: &[("Swimming", &["open water", "relay"]), ("Radio", &["amateur radio", "antennas"])],
        references: &[
            ("Priya Nair", "Ada makes systems quieter and the people around them calmer."),
            ("Tom Hesketh", "She asks the question that ends the incident."),
        ],
        variants: &[
            Variant {
                label: "Site Reliability Engineer",
                tags: &["sre", "rust", "kubernetes", "2026"],
                summary: "Reliability engineer with {years} years between code and operations. I look for the alert that can be deleted before the one that can be added.",
                shape: FULL,
                focus: 1,
                ..PLAIN
            },
            Variant {
                label: "Site Reliability Engineer",
                note: " (speaker)",
                tags: &["sre", "talks", "2026"],
                summary: "I speak about on-call work, retries and postmortems, from {years} years of practice.",
                shape: SHOWCASE,
                focus: 2,
                twist: Some(twists::talks),
                ..PLAIN
            },
            Variant {
                label: "Backend Engineer",
                note: ", one page",
                tags: &["rust", "backend", "draft"],
                summary: "Backend engineer who has run what she built for {years} years, in Rust, Go and PostgreSQL.",
                shape: SHORT,
                ..PLAIN
            },
            Variant {
                label: "Senior Software Engineer",
                note: " (2021)",
                as_of: 2021,
                tags: &["backend", "2021", "archive"],
                summary: "Engineer with {years} years in payments and retail, interested in systems that fail politely.",
                ..PLAIN
            },
        ],
    },
    Portfolio {
        owner: 1,
        trade: &SOFTWARE,
        spelled: "Marek Dvořák",
        home: Home {
            postal_code: "602 00",
            city: "Brno",
            country_code: "CZ",
            phone: "+1-555-0102",
            url: "https://dvorak.example.org",
            profiles: &[("Code", "mdvorak", "https://code.example.org/mdvorak")],
            ..HOME
        },
        since: 2009,
        jobs: &[
            job("Moravia Web", "Brno", "https://moravia-web.example.org", "Agency of twelve people"),
            job(
                "Tramline Ticketing",
                "Praha",
                "https://tramline.example.com",
                "Tickets for public transport",
            ),
            job("Kestrel Analytics", "Wien", "https://kestrel.example.net", "Forecasts for energy traders"),
            job("Tramline Ticketing", "Brno", "https://tramline.example.com", "Tickets for public transport"),
        ],
        studies: &[
            study("Technical Secondary School Brno", "Maturita", "Electronics", 4),
            Study {
                courses: &["Compilers", "Database Systems"],
                ..study("South Moravian Technical University", "Ing.", "Informatics", 5)
            },
        ],
        term: None,
        languages: &[("Czech", "Native speaker"), ("English", "Fluent"), ("German", "Conversational")],
        interests: &[("Trams", &["timetables", "models 1:87"]), ("Cycling", &[])],
        references: &[("Jana Horáková", "Marek is the reason our tickets still validate in a tunnel.")],
        variants: &[
            Variant {
                label: "Platform Engineer",
                tags: &["platform", "go", "2026"],
                summary: "Platform engineer, {years} years in transport and energy. Returned to a former employer to rebuild what he had built there first.",
                shape: FULL,
                focus: 1,
                ..PLAIN
            },
            Variant {
                label: "Rust Developer",
                tags: &["rust", "remote", "draft"],
                summary: "Looking for part-time remote work on storage engines or network services.",
                shape: SHOWCASE,
                ..PLAIN
            },
            Variant {
                label: "Backend Developer",
                note: " (2019)",
                as_of: 2019,
                tags: &["backend", "2019", "archive"],
                summary: "Backend developer with {years} years of Python and PostgreSQL.",
                ..PLAIN
            },
        ],
    },
    Portfolio {
        owner: 13,
        trade: &SOFTWARE,
        spelled: "Dmytro Kovalenko",
        home: Home {
            city: "Львів",
            region: "Львівська область",
            country_code: "UA",
            phone: "+1-555-0103",
            url: "https://kovalenko.example.org",
            ..HOME
        },
        since: 2018,
        jobs: &[
            job("Chornozem Data", "Kharkiv", "https://chornozem.example.com", "Satellite images for farms"),
            job("Levada Health", "Lviv", "https://levada.example.org", "Appointments for clinics"),
            job("Stork & Sons", "Remote", "https://stork.example.net", "Parcel tracking"),
        ],
        studies: &[Study {
            score: "92/100",
            ..study("Sloboda Polytechnic", "Bachelor", "Software Engineering", 4)
        }],
        term: Some((9, 6)),
        languages: &[("Українська", "Native speaker"), ("English", "Fluent"), ("Polski", "Intermediate")],
        interests: &[("Chess", &["blitz", "endgames"]), ("Beekeeping", &["four hives"])],
        references: &[("Oksana Melnyk", "Calm, exact, and kind in code review.")],
        variants: &[
            Variant {
                label: "Senior Software Engineer",
                tags: &["go", "rust", "healthcare", "2026"],
                summary: "Engineer with {years} years of backend work for agriculture, health and parcels.",
                ..PLAIN
            },
            Variant {
                label: "Data Platform Engineer",
                tags: &["data", "python", "draft"],
                summary: "I move large amounts of data without losing the small ones. {years} years of pipelines, from satellite tiles to parcel scans.",
                shape: SHOWCASE,
                focus: 2,
                ..PLAIN
            },
            Variant {
                label: "Software Engineer",
                note: ", short",
                tags: &["short", "remote"],
                summary: "Backend engineer, Go and Rust, remote, European hours.",
                shape: SHORT,
                ..PLAIN
            },
        ],
    },
];
