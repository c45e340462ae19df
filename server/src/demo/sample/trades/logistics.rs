//! Logistics, in English.

use super::super::portfolio::{
    Award, CRAFT, FULL, HOME, Home, PLAIN, Portfolio, Project, Rung, SHORT, Service, Study, Tongue, Trade,
    Variant, job, study,
};
use super::super::twists;

static LOGISTICS: Trade = Trade {
    tongue: Tongue::English,
    ladder: &[
        Rung {
            position: "Warehouse Operative",
            does: "Picked, packed and loaded goods in a warehouse with {9000-19000} pallet places.",
            tasks: &[
                "Handled {110-180} order lines an hour with hand scanner and reach truck",
                "Checked incoming goods against delivery notes and photographed damage",
                "Took part in the yearly stock count, with a difference below {1-3} in a thousand",
                "Trained {5-12} seasonal workers in safe lifting",
            ],
        },
        Rung {
            position: "Transport Planner",
            does: "Planned {35-80} lorry tours a day across {3-6} countries.",
            tasks: &[
                "Raised the average load from {68-76} to {84-93} percent",
                "Kept driving and rest times within the law, with no fine in {3-5} years",
                "Negotiated spot rates with {20-45} hauliers",
                "Introduced time slots at the ramp; waiting fell by {30-55} minutes a lorry",
                "Wrote the emergency plan for closed passes and ferries",
            ],
        },
        Rung {
            position: "Supply Chain Analyst",
            does: "Forecast demand and stock for {3000-9000} articles.",
            tasks: &[
                "Lowered stock value by {12-24} percent at an unchanged service level",
                "Built a dashboard of late suppliers that buyers open every morning",
                "Simulated {4-8} locations for a new hub and recommended one that was built",
                "Cleaned the article master data: {900-1900} duplicates removed",
                "Automated the weekly forecast in Python and SQL",
            ],
        },
        Rung {
            position: "Logistics Manager",
            does: "Run a distribution centre with {70-160} staff and {300-900} departures a week.",
            tasks: &[
                "Deliver {97-99} percent of orders complete and on time",
                "Moved {25-50} percent of the long haul from road to rail",
                "No lost-time accident in {400-900} days",
                "Lead the yearly tender for freight of {8-19} million",
                "Fitted {2000-6000} square metres of solar panels with the landlord",
            ],
        },
    ],
    skills: &[
        ("Transport", "Expert", &["tour planning", "customs", "dangerous goods", "intermodal"]),
        ("Warehousing", "Advanced", &["slotting", "stock counts", "workplace safety"]),
        ("Analysis", "Advanced", &["SQL", "forecasting", "simulation"]),
        ("Leadership", "Advanced", &["shift planning", "tenders", "lean methods"]),
    ],
    certificates: &[
        (1, "Forklift and Reach Truck Licence", "Workplace Safety Board"),
        (4, "Dangerous Goods Adviser", "Chamber of Transport"),
        (8, "Certified Supply Chain Professional", "Supply Chain Institute"),
    ],
    awards: &[Award {
        after: 9,
        title: "Green Freight Prize",
        awarder: "Chamber of Transport",
        summary: "For a night train that replaced {20-45} lorries a day.",
    }],
    publications: &[],
    projects: &[Project {
        after: 6,
        years: 2,
        name: "Quiet Ramp",
        url: "https://quiet-ramp.example.net",
        description: "Time slots, call lights and one booking page instead of horns and queues.",
        highlights: &["Mean waiting time fell below {15-25} minutes"],
        keywords: &["yard management", "process design"],
        roles: &["Initiator", "Project lead"],
        entity: "Employer",
        kind: "process",
    }],
    volunteering: &[Service {
        after: 5,
        years: 4,
        organization: "Food Bank",
        position: "Route planner",
        summary: "Planned collection rounds for {12-25} supermarkets.",
        highlights: &["Saved {40-90} kilometres a week with the same vans"],
    }],
};

pub(super) static PORTFOLIOS: [Portfolio; 2] = [
    Portfolio {
        owner: 5,
        trade: &LOGISTICS,
        spelled: "Lars Ødegård",
        home: Home {
            address: "Sjøgata 8",
            city: "Tromsø",
            region: "Troms",
            country_code: "NO",
            phone: "+1-555-0140",
            profiles: &[("Network", "larsodegard", "https://network.example.com/in/larsodegard")],
            ..HOME
        },
        since: 2008,
        jobs: &[
            job("Nordlys Seafood", "Tromsø", "https://nordlys.example.com", "Fish wholesaler"),
            job("Fjellvei Transport", "Narvik", "https://fjellvei.example.com", "Haulier with 60 lorries"),
            job("Polar Retail", "Oslo", "https://polar-retail.example.net", "Grocery chain"),
            job("Nordlys Seafood", "Tromsø", "https://nordlys.example.com", "Fish wholesaler"),
        ],
        studies: &[Study {
            courses: &["Operations Research", "Maritime Transport", "Statistics"],
            ..study("Ishavet University College", "Bachelor", "Logistics", 3)
        }],
        term: Some((8, 6)),
        languages: &[("Norsk", "Native speaker"), ("English", "Fluent"), ("Davvisámegiella", "Basic")],
        interests: &[("Skiing", &["touring", "avalanche training"]), ("Knitting", &["mittens"])],
        references: &[("Ingrid Strand", "If Lars says it leaves at six, it leaves at six.")],
        variants: &[
            Variant {
                label: "Logistics Manager",
                tags: &["logistics", "cold-chain", "2026"],
                summary: "Logistics manager with {years} years in fresh goods, most of them north of the Arctic Circle.",
                shape: FULL,
                focus: 3,
                ..PLAIN
            },
            Variant {
                label: "Supply Chain Consultant",
                note: " (without contact)",
                tags: &["logistics", "anonymous", "draft"],
                summary: "Rail instead of road, forecasts instead of fire drills.",
                focus: 2,
                twist: Some(twists::no_basics),
                ..PLAIN
            },
            Variant {
                label: "Transport Planner",
                note: " (2016)",
                as_of: 2016,
                tags: &["logistics", "transport", "archive"],
                summary: "Planner with {years} years on ice roads and ferries.",
                ..PLAIN
            },
        ],
    },
    Portfolio {
        owner: 18,
        trade: &LOGISTICS,
        spelled: "Kwame Mensah",
        home: Home {
            city: "Tema",
            region: "Greater Accra",
            country_code: "GH",
            phone: "+1-555-0141",
            url: "https://kwame.example.com",
            ..HOME
        },
        since: 2014,
        jobs: &[
            job("Volta Cold Stores", "Tema", "https://volta-cold.example.com", "Cold storage"),
            job("Gold Coast Haulage", "Kumasi", "https://gch.example.com", "Haulier for cocoa and shea"),
            job("Harmony Medical Supplies", "Accra", "https://harmony.example.org", "Supplier of clinics"),
            job("Meridian Free Zone", "Tema", "https://meridian-fz.example.com", "Port logistics park"),
        ],
        studies: &[
            study("Tema Technical Institute", "Diploma", "Purchasing and Supply", 2),
            Study {
                score: "3.5/4.0",
                ..study("University of the Volta", "BSc", "Supply Chain Management", 4)
            },
        ],
        term: None,
        languages: &[("English", "Native speaker"), ("Twi", "Native speaker"), ("Français", "Intermediate")],
        interests: &[("Football", &["referee"]), ("Highlife", &["bass guitar"])],
        references: &[
            ("Efua Addo", "Kwame got the vaccines through a flood and kept them cold."),
            ("Yaw Boateng", "A planner who phones the driver first."),
        ],
        variants: &[
            Variant {
                label: "Logistics Manager",
                note: ", health supplies",
                tags: &["logistics", "health", "2026"],
                summary: "Logistics manager for port and health supplies, {years} years from forklift to control tower.",
                shape: CRAFT,
                ..PLAIN
            },
            Variant {
                label: "Operations Lead",
                tags: &["logistics", "short"],
                summary: "Operations lead for warehouses and cross-border transport in West Africa.",
                shape: SHORT,
                focus: 1,
                ..PLAIN
            },
        ],
    },
];
