//! Research on rivers, in English.

use super::super::portfolio::{
    ACADEMIC, Award, FULL, HOME, Home, PLAIN, Portfolio, Project, Publication, Rung, SHORT, Service, Study,
    Tongue, Trade, Variant, job, study,
};
use super::super::twists;

static RESEARCH: Trade = Trade {
    tongue: Tongue::English,
    ladder: &[
        Rung {
            position: "Research Assistant",
            does: "Field and laboratory work on sediment in {4-8} river basins.",
            tasks: &[
                "Took {400-900} water and sediment samples in two monsoon seasons",
                "Calibrated turbidity sensors against filtered samples",
                "Kept the sample archive and its database",
                "Wrote the field protocol that the group still uses",
            ],
        },
        Rung {
            position: "Doctoral Researcher",
            does: "Thesis on how dams change the silt that reaches a delta.",
            tasks: &[
                "Modelled sediment transport on {300-700} kilometres of river",
                "Published {3-5} papers, two of them as first author",
                "Taught the exercises in hydrology to {25-60} students",
                "Presented at {4-7} international conferences",
                "Released all data and code under open licences",
            ],
        },
        Rung {
            position: "Postdoctoral Fellow",
            does: "Built low-cost sensor networks for small streams.",
            tasks: &[
                "Deployed {40-90} sensors with village schools, {80-95} percent still reporting after a year",
                "Showed that {30-60} percent of yearly silt moves within ten days",
                "Supervised {3-6} master’s theses",
                "Organised a summer school for {20-35} early-career researchers",
                "Reviewed {8-15} manuscripts a year",
            ],
        },
        Rung {
            position: "Senior Scientist",
            does: "Lead a group of {6-12} on river sediment and restoration.",
            tasks: &[
                "Advise {2-4} river commissions on flushing and dam removal",
                "Supervise {3-5} doctoral theses",
                "Maintain an open data set with {20000-90000} measurements",
                "Teach the course Rivers and People, rated {4-5} of 5",
                "Chair the laboratory’s safety committee",
            ],
        },
    ],
    skills: &[
        ("Hydrology", "Expert", &["sediment transport", "catchment models", "remote sensing"]),
        ("Field work", "Expert", &["sampling design", "sensor networks", "boat licence"]),
        ("Statistics and code", "Advanced", &["R", "Python", "Bayesian models", "GIS"]),
        ("Teaching", "Advanced", &["supervision", "summer schools"]),
    ],
    certificates: &[(5, "Good Field Practice", "Earth Science Society")],
    awards: &[
        Award {
            after: 5,
            title: "Thesis Prize",
            awarder: "Society for River Science",
            summary: "For the best doctoral thesis of the year in applied hydrology.",
        },
        Award {
            after: 9,
            title: "Open Data Award",
            awarder: "Earth Science Society",
            summary: "For data that {30-70} other groups have used.",
        },
    ],
    publications: &[
        Publication {
            after: 3,
            name: "Where the silt stays: trapping in cascades of small dams",
            publisher: "Rivers and Deltas",
            url: "https://rivers.example.org/articles/silt-stays",
            summary: "Small dams together hold back as much as one large one.",
        },
        Publication {
            after: 6,
            name: "Ten days that move a river",
            publisher: "Journal of Catchment Studies",
            url: "https://catchment.example.org/ten-days",
            summary: "Most sediment travels in a few storms, and yearly means hide it.",
        },
        Publication {
            after: 9,
            name: "Sensors that children can mend",
            publisher: "Open Instruments",
            url: "https://instruments.example.net/mend",
            summary: "Design and two years of experience with {40-90} cheap turbidity probes.",
        },
    ],
    projects: &[Project {
        after: 6,
        years: 0,
        name: "Stream Watch",
        url: "https://streamwatch.example.org",
        description: "Schools measure their stream and publish the data the same evening.",
        highlights: &["{30-80} schools in {3-5} countries"],
        keywords: &["citizen science", "sensors"],
        roles: &["Founder", "Maintainer"],
        entity: "Open Instruments Trust",
        kind: "citizen science",
    }],
    volunteering: &[Service {
        after: 4,
        years: 0,
        organization: "Flood Relief Network",
        position: "Adviser on water quality",
        summary: "Test wells after floods and train local teams to do so.",
        highlights: &["Tested {150-190} wells in one season"],
    }],
};

pub(super) static PORTFOLIOS: [Portfolio; 2] = [
    Portfolio {
        owner: 14,
        trade: &RESEARCH,
        spelled: "Aarti Sharma (आरती शर्मा)",
        home: Home {
            city: "पुणे",
            region: "Maharashtra",
            country_code: "IN",
            phone: "+1-555-0150",
            url: "https://sharma.example.org",
            profiles: &[(
                "Researcher register",
                "0000-0000-0000-0000",
                "https://researchers.example.org/sharma",
            )],
            ..HOME
        },
        since: 2010,
        jobs: &[
            job(
                "Deccan Water Institute",
                "Pune",
                "https://deccan-water.example.org",
                "Public research institute",
            ),
            job(
                "University of the Lower Rhine",
                "Nijmegen",
                "https://lower-rhine.example.org",
                "Hydrology group",
            ),
            job("Narmada Basin Laboratory", "Bhopal", "https://narmada-lab.example.org", "River laboratory"),
            job(
                "Deccan Water Institute",
                "Pune",
                "https://deccan-water.example.org",
                "Public research institute",
            ),
        ],
        studies: &[
            study("Sahyadri College", "Bachelor of Science", "Geology", 3),
            Study {
                score: "8.9/10",
                courses: &["Fluid Mechanics", "Geostatistics"],
                ..study("Western Ghats University", "Master of Science", "Hydrology", 2)
            },
        ],
        term: Some((7, 5)),
        languages: &[("हिन्दी", "Native speaker"), ("मराठी", "Native speaker"), ("English", "Fluent")],
        interests: &[("Birds", &["river terns"]), ("Kathak", &[])],
        references: &[(
            "Prof. Willem de Graaf",
            "Her data are so clean that one can argue about the river instead.",
        )],
        variants: &[
            Variant {
                label: "Senior Scientist",
                tags: &["research", "hydrology", "2026"],
                summary: "Hydrologist, {years} years on the silt of Indian and European rivers.",
                shape: ACADEMIC,
                twist: Some(twists::grants),
                ..PLAIN
            },
            Variant {
                label: "Professor of Hydrology",
                note: " (application)",
                tags: &["research", "application", "draft"],
                summary: "Field hydrologist and teacher who gives away data, code and sensors. Supervises theses in Pune and Bhopal.",
                shape: FULL,
                focus: 3,
                ..PLAIN
            },
            Variant {
                label: "River Restoration Adviser",
                tags: &["consulting", "hydrology"],
                summary: "Advice on dam removal and flushing for commissions and villages.",
                shape: SHORT,
                focus: 1,
                ..PLAIN
            },
        ],
    },
    Portfolio {
        owner: 16,
        trade: &RESEARCH,
        spelled: "Nguyễn Thị Minh Anh",
        home: Home {
            city: "Cần Thơ",
            country_code: "VN",
            phone: "+1-555-0151",
            url: "https://minhanh.example.com",
            ..HOME
        },
        since: 2017,
        jobs: &[
            job("Nine Dragons Institute", "Cần Thơ", "https://nine-dragons.example.org", "Delta research"),
            job("University of Lake Suwa", "Nagano", "https://lake-suwa.example.org", "Water science group"),
            job("Nine Dragons Institute", "Cần Thơ", "https://nine-dragons.example.org", "Delta research"),
        ],
        studies: &[Study {
            score: "3.8/4.0",
            ..study("Hậu River University", "Kỹ sư", "Environmental Engineering", 5)
        }],
        term: Some((9, 7)),
        languages: &[("Tiếng Việt", "Native speaker"), ("English", "Fluent"), ("日本語", "Intermediate")],
        interests: &[("Cooking", &["southern dishes"]), ("Long-distance running", &[])],
        references: &[("Dr. Lê Quang Huy", "She knows each canal, and who lives beside it.")],
        variants: &[
            Variant {
                label: "Delta Researcher",
                tags: &["research", "delta", "2026"],
                summary: "Environmental engineer working on silt, salt and schools in the delta where she grew up; {years} years in research.",
                shape: ACADEMIC,
                ..PLAIN
            },
            Variant {
                label: "Environmental Data Scientist",
                tags: &["data", "r", "python", "draft"],
                summary: "Statistics for rivers and sensors; looking for work between research and public service.",
                focus: 2,
                ..PLAIN
            },
        ],
    },
];
