//! Nursing, in English.

use super::super::portfolio::{
    Award, CRAFT, FULL, HOME, Home, PLAIN, Portfolio, Project, Publication, Rung, SHORT, Service, Study,
    Tongue, Trade, Variant, job, study,
};
use super::super::twists;

static NURSING: Trade = Trade {
    tongue: Tongue::English,
    ladder: &[
        Rung {
            position: "Staff Nurse, Medical Ward",
            does: "Cared for {6-9} patients a shift on a ward of {24-34} beds.",
            tasks: &[
                "Gave medication by all common routes and recorded it in the electronic chart",
                "Recognised deterioration early and escalated it by the ward's warning score",
                "Planned discharges together with families, physiotherapy and social work",
                "Looked after {3-6} student nurses in their first placements",
                "Kept the ward's wound care stock and its expiry dates in order",
            ],
        },
        Rung {
            position: "Staff Nurse, Emergency Department",
            does: "Triage and acute care in a department with {45000-80000} attendances a year.",
            tasks: &[
                "Triaged up to {30-50} patients a shift",
                "Assisted in resuscitation and led the nursing side of the chest pain pathway",
                "Placed lines, took bloods and applied plaster under standing orders",
                "Helped to bring the median wait for first assessment down to {12-25} minutes",
                "Supported relatives in the quiet room after sudden loss",
            ],
        },
        Rung {
            position: "Clinical Nurse Specialist, Diabetes",
            does: "Ran a nurse-led clinic for {300-600} adults with diabetes.",
            tasks: &[
                "Adjusted insulin within the agreed protocol and taught pump and sensor use",
                "Cut missed appointments by {18-35} percent with evening and telephone clinics",
                "Trained {40-90} ward nurses in the safe use of insulin",
                "Audited foot examinations each quarter and published the results on the ward",
                "Built a shared care plan with {9-16} general practices",
            ],
        },
        Rung {
            position: "Ward Manager",
            does: "Lead {28-42} nurses and health care assistants on an acute ward.",
            tasks: &[
                "Plan rosters that honour {85-97} percent of requested days off",
                "Halved falls with injury within {12-20} months",
                "Hold a budget and explain it to the team every quarter",
                "Hire, induct and appraise staff; turnover fell to {5-9} percent",
                "Chair the morning bed meeting two days a week",
            ],
        },
    ],
    skills: &[
        ("Acute care", "Expert", &["triage", "sepsis pathway", "advanced life support"]),
        ("Chronic conditions", "Advanced", &["diabetes", "heart failure", "patient education"]),
        ("Leadership", "Advanced", &["rostering", "mentoring", "audit"]),
        ("Records", "Proficient", &["electronic charting", "handover by SBAR"]),
    ],
    certificates: &[
        (0, "Registered Nurse", "National Nursing Register"),
        (4, "Advanced Life Support", "Resuscitation Training Board"),
        (7, "Independent Prescriber", "National Nursing Register"),
    ],
    awards: &[Award {
        after: 8,
        title: "Nurse of the Year, runner-up",
        awarder: "Regional Health Board",
        summary: "For evening clinics that reached {120-190} people in work.",
    }],
    publications: &[Publication {
        after: 9,
        name: "Evening clinics and missed appointments: a service report",
        publisher: "Journal of Ward Practice",
        url: "https://wardpractice.example.org/evening-clinics",
        summary: "Attendance of {300-600} patients before and after a change of hours.",
    }],
    projects: &[Project {
        after: 6,
        years: 1,
        name: "Pocket Insulin Guide",
        url: "https://insulin-guide.example.org",
        description: "A folding card for ward nurses, reprinted {3-6} times.",
        highlights: &["Tested with night staff before printing"],
        keywords: &["patient safety", "education"],
        roles: &["Author"],
        entity: "Hospital education team",
        kind: "teaching material",
    }],
    volunteering: &[Service {
        after: 3,
        years: 5,
        organization: "Street Clinic",
        position: "Volunteer nurse",
        summary: "Wound care and vaccinations for people without a home, one evening a month.",
        highlights: &["Gave {90-190} influenza vaccinations in the last winter"],
    }],
};

pub(super) static PORTFOLIOS: [Portfolio; 2] = [
    Portfolio {
        owner: 2,
        trade: &NURSING,
        spelled: "Siobhán O’Reilly",
        home: Home {
            address: "3 Claddagh View",
            city: "Galway",
            region: "Connacht",
            country_code: "IE",
            phone: "+1-555-0110",
            ..HOME
        },
        since: 2010,
        jobs: &[
            job("St. Enda’s Hospital", "Galway", "https://st-endas.example.org", "Teaching hospital"),
            job(
                "Corrib University Hospital",
                "Galway",
                "https://corrib.example.org",
                "Regional trauma centre",
            ),
            job(
                "Burren Community Health",
                "Ennis",
                "https://burren-health.example.net",
                "Community care network",
            ),
            job(
                "Corrib University Hospital",
                "Galway",
                "https://corrib.example.org",
                "Regional trauma centre",
            ),
        ],
        studies: &[Study {
            score: "Second class honours, grade one",
            courses: &["Anatomy and Physiology", "Pharmacology", "Nursing Ethics"],
            ..study("Atlantic University", "Bachelor of Science", "General Nursing", 4)
        }],
        term: Some((9, 5)),
        languages: &[("English", "Native speaker"), ("Gaeilge", "Fluent")],
        interests: &[("Traditional music", &["fiddle", "sessions"]), ("Sea swimming", &[])],
        references: &[
            ("Dr. Fergal Walsh", "The ward runs more quietly when Siobhán is on it."),
            ("Mary Considine", "She taught half of our nurses and remembers all their names."),
        ],
        variants: &[
            Variant {
                label: "Ward Manager",
                tags: &["nursing", "leadership", "2026"],
                summary: "Registered nurse with {years} years in acute and community care, several of them as a specialist in diabetes.",
                shape: FULL,
                focus: 2,
                ..PLAIN
            },
            Variant {
                label: "Clinical Nurse Specialist",
                note: ", Diabetes",
                tags: &["nursing", "diabetes", "x-fields"],
                summary: "I help adults to live well with diabetes, and wards to handle insulin safely.",
                shape: CRAFT,
                focus: 1,
                twist: Some(twists::unknown_fields),
                ..PLAIN
            },
            Variant {
                label: "Emergency Nurse",
                note: " (2017)",
                as_of: 2017,
                tags: &["nursing", "emergency", "archive"],
                summary: "Emergency nurse, {years} years after registration, looking for a post with education duties.",
                ..PLAIN
            },
        ],
    },
    Portfolio {
        owner: 17,
        trade: &NURSING,
        spelled: "Aroha Ngata",
        home: Home {
            city: "Rotorua",
            region: "Bay of Plenty",
            country_code: "NZ",
            phone: "+1-555-0111",
            url: "https://aroha.example.org",
            ..HOME
        },
        since: 2017,
        jobs: &[
            job("Lakeside Hospital", "Rotorua", "https://lakeside.example.org", "District hospital"),
            job("Harbour Emergency Centre", "Tauranga", "https://harbour-ec.example.org", "Emergency centre"),
            job("Te Ara Hauora", "Rotorua", "https://te-ara.example.net", "Māori health provider"),
        ],
        studies: &[Study {
            courses: &["Hauora Māori", "Mental Health Nursing", "Pharmacology"],
            ..study("Geyserland Polytechnic", "Bachelor of Nursing", "Nursing", 3)
        }],
        term: Some((2, 11)),
        languages: &[("Te reo Māori", "Fluent"), ("English", "Native speaker")],
        interests: &[("Waka ama", &["six-seat", "regional team"]), ("Weaving", &["harakeke"])],
        references: &[("Hemi Tautari", "Families ask for Aroha by name.")],
        variants: &[
            Variant {
                label: "Community Diabetes Nurse",
                tags: &["nursing", "community", "2026"],
                summary: "Nurse with {years} years in hospital and community. I bring the clinic to the marae, the mill and the school hall.",
                shape: CRAFT,
                focus: 1,
                ..PLAIN
            },
            Variant {
                label: "Registered Nurse",
                note: ", one page",
                tags: &["nursing", "short", "draft"],
                summary: "Registered nurse: emergency, medical ward, diabetes.",
                shape: SHORT,
                ..PLAIN
            },
        ],
    },
];
