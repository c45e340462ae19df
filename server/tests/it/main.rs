//! Tests of the program `vitaed`, started as users start it.
#![expect(clippy::unwrap_used, reason = "the attribute of clippy.toml reaches test functions alone")]

mod archives;
mod backup;
mod chaos;
mod checker;
mod crash;
mod crash_consistency;
mod demo;
mod demo_console;
mod documents;
mod edges;
mod examples;
mod first_start;
mod forward_compatibility;
mod generated_password;
mod grpc_from_python;
mod http_limits;
mod isolated_gateway;
mod layout;
mod ledger;
mod log_output;
mod missing_peers;
mod raw_http;
mod readme;
mod request_log;
mod revoked_tokens;
mod roles;
mod seeded_random;
mod shell;
mod shutdown;
mod slow_peers;
mod startup_errors;
mod system;
mod unlock;
mod upgrade;
mod vitaed;
