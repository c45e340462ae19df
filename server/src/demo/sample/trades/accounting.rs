//! Accounting, in English.

use super::super::portfolio::{
    Award, CRAFT, FULL, HOME, Home, PLAIN, Portfolio, Project, Publication, Rung, SHORT, Service, Study,
    Tongue, Trade, Variant, job, study,
};
use super::super::twists;

static ACCOUNTING: Trade = Trade {
    tongue: Tongue::English,
    ladder: &[
        Rung {
            position: "Accounts Assistant",
            does: "Kept purchase and sales ledgers of {3-6} small companies.",
            tasks: &[
                "Posted {400-900} invoices a month with an error rate below one percent",
                "Reconciled {8-15} bank accounts every week",
                "Chased overdue payments and brought debtor days down to {28-40}",
                "Prepared the quarterly sales tax returns for review",
                "Scanned and indexed the paper archive of {7-10} years",
            ],
        },
        Rung {
            position: "Audit Associate",
            does: "Audited manufacturing and retail clients with sales up to {90-190} million.",
            tasks: &[
                "Led stock counts at {5-12} warehouses in one season",
                "Tested revenue cut-off with samples drawn by script instead of by hand",
                "Documented controls of the purchase process in plain flow charts",
                "Found a duplicate payment scheme worth {120000-480000} and helped to close it",
                "Trained {4-8} interns in working papers that a stranger can follow",
            ],
        },
        Rung {
            position: "Senior Accountant",
            does: "Owned the month-end close of a group with {6-14} companies.",
            tasks: &[
                "Shortened the close from {11-15} to {4-6} working days",
                "Prepared consolidated statements and the notes on leases and provisions",
                "Replaced {30-60} linked spreadsheets by a reporting database",
                "Answered all questions of the external audit within two days",
                "Introduced a purchase order process for spending above {1000-5000} dollars",
            ],
        },
        Rung {
            position: "Finance Manager",
            does: "Lead a team of {5-11} and advise the board on cash, tax and investment.",
            tasks: &[
                "Present a rolling {12-18}-month cash forecast every second week",
                "Negotiated a credit line of {4-9} million at better terms",
                "Moved the group to one chart of accounts and one accounting system",
                "Built a budget process in which departments own their figures",
                "Coach {2-5} colleagues towards their professional exams",
            ],
        },
    ],
    skills: &[
        ("Financial reporting", "Expert", &["IFRS", "consolidation", "month-end close"]),
        ("Audit and controls", "Advanced", &["sampling", "segregation of duties", "walkthroughs"]),
        ("Data", "Advanced", &["SQL", "spreadsheets", "Python"]),
        ("Tax", "Proficient", &["sales tax", "transfer pricing basics"]),
    ],
    certificates: &[
        (3, "Certified Public Accountant", "Board of Public Accountants"),
        (8, "Certificate in Forensic Accounting", "Institute of Fraud Examiners"),
    ],
    awards: &[Award {
        after: 3,
        title: "Top score, Financial Reporting paper",
        awarder: "Board of Public Accountants",
        summary: "First of {900-1900} candidates in the spring session.",
    }],
    publications: &[Publication {
        after: 9,
        name: "Closing the Books Before the Coffee Is Cold",
        publisher: "Ledger Magazine",
        url: "https://ledger.example.com/closing-the-books",
        summary: "Seven habits that take days out of a month-end close.",
    }],
    projects: &[Project {
        after: 7,
        years: 1,
        name: "One Ledger",
        url: "",
        description: "Joined the accounts of {6-14} companies in a single system without a second set of books.",
        highlights: &["Went live in one weekend", "Archived {9-15} years of history, searchable"],
        keywords: &["migration", "chart of accounts"],
        roles: &["Project lead"],
        entity: "Employer",
        kind: "migration",
    }],
    volunteering: &[Service {
        after: 4,
        years: 0,
        organization: "Neighbourhood Tax Help",
        position: "Adviser",
        summary: "Free tax returns for people with low income, eight Saturdays each spring.",
        highlights: &["Filed {60-140} returns in the last season"],
    }],
};

pub(super) static PORTFOLIOS: [Portfolio; 2] = [
    Portfolio {
        owner: 3,
        trade: &ACCOUNTING,
        spelled: "陈雨桐 (Chen Yutong)",
        home: Home {
            city: "Singapore",
            country_code: "SG",
            phone: "+1-555-0120",
            url: "https://yutong.example.com",
            profiles: &[("Network", "chenyutong", "https://network.example.com/in/chenyutong")],
            ..HOME
        },
        since: 2013,
        jobs: &[
            job("Willow Bridge Trading", "Suzhou", "https://willowbridge.example.com", "Textile exporter"),
            job("Lu, Baker & Partners", "Shanghai", "https://lubaker.example.com", "Audit firm"),
            job("Strait Components", "Singapore", "https://strait.example.net", "Electronic parts"),
            job("Pandan Logistics", "Singapore", "https://pandan.example.com", "Cold chain operator"),
        ],
        studies: &[
            Study {
                courses: &["Corporate Finance", "Auditing", "Business Law"],
                ..study("East Lake University of Finance", "Bachelor", "Accounting", 4)
            },
            Study {
                score: "4.6/5.0",
                ..study("Merlion Business School", "Master", "Accounting Analytics", 1)
            },
        ],
        term: Some((9, 6)),
        languages: &[("中文", "Native speaker"), ("English", "Fluent"), ("Bahasa Melayu", "Basic")],
        interests: &[("Calligraphy", &["running script"]), ("Badminton", &["doubles"])],
        references: &[("Rajan Pillai", "Yutong’s forecasts are the only ones I print.")],
        variants: &[
            Variant {
                label: "Finance Manager",
                tags: &["accounting", "finance", "2026"],
                summary: "Finance manager and qualified accountant, {years} years in audit and industry across East and South-East Asia.",
                shape: FULL,
                ..PLAIN
            },
            Variant {
                label: "Financial Controller",
                note: " (application draft)",
                tags: &["accounting", "controller", "draft"],
                summary: "Controller who likes a short close, a clean reconciliation and a long view on cash.",
                focus: 1,
                ..PLAIN
            },
            Variant {
                label: "会计经理 / Accounting Manager",
                tags: &["accounting", "中文"],
                summary: "注册会计师，{years}年审计与企业财务经验，熟悉合并报表与内部控制。",
                shape: SHORT,
                ..PLAIN
            },
        ],
    },
    Portfolio {
        owner: 21,
        trade: &ACCOUNTING,
        spelled: "Samuel Goldberg-Ruiz",
        home: Home {
            address: "220 Juniper Street, Apt. 5",
            postal_code: "00000",
            city: "Albuquerque",
            region: "New Mexico",
            country_code: "US",
            phone: "+1-555-0121",
            ..HOME
        },
        since: 2015,
        jobs: &[
            job(
                "Sandia Bookkeeping",
                "Albuquerque",
                "https://sandia-books.example.com",
                "Bookkeeping service",
            ),
            job("Whitlock Audit", "Denver", "https://whitlock.example.com", "Audit firm"),
            job(
                "Mesa Dairy Cooperative",
                "Albuquerque",
                "https://mesadairy.example.org",
                "Cooperative of 80 farms",
            ),
        ],
        studies: &[Study { score: "3.7", ..study("Rio Abajo State University", "BBA", "Accounting", 4) }],
        term: Some((8, 5)),
        languages: &[("English", "Native speaker"), ("Español", "Native speaker"), ("Hebrew", "Basic")],
        interests: &[("Baking", &["rye", "challah"]), ("Hiking", &["high desert"])],
        references: &[
            ("Dolores Baca", "Sam explained our own balance sheet to us, and we laughed."),
            ("Ken Whitlock", "Thorough without being slow."),
        ],
        variants: &[
            Variant {
                label: "Senior Accountant",
                tags: &["accounting", "nonprofit", "2026"],
                summary: "Accountant for cooperatives and nonprofits, {years} years in the trade, bilingual.",
                shape: CRAFT,
                ..PLAIN
            },
            Variant {
                label: "Audit Senior",
                note: " (sections empty)",
                tags: &["accounting", "audit", "draft"],
                summary: "Auditor turned accountant, open to a return to public practice.",
                focus: 1,
                twist: Some(twists::empty_sections),
                ..PLAIN
            },
            Variant {
                label: "Staff Accountant",
                note: " (2020)",
                as_of: 2020,
                tags: &["accounting", "archive", "2020"],
                summary: "Accountant with {years} years in bookkeeping and audit.",
                ..PLAIN
            },
        ],
    },
];
