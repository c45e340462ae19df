# `just` lists the recipes. The checks are the steps of scripts/test, which CI runs.

[private]
default:
    @just --list --unsorted

# Run every check and test, as CI does
ci:
    ./.ci/run

# Check the formatting
format:
    ./scripts/test format

# Run clippy; warnings are errors
lints:
    ./scripts/test lints

# Build the documentation of the crates; warnings are errors
docs:
    ./scripts/test docs

# Check the spelling
spelling:
    ./scripts/test spelling

# Check that the SDK builds alone, without server libraries
sdk:
    ./scripts/test sdk

# Run every test
tests:
    ./scripts/test tests

# Run the tests of the server again, its services joined over sockets
split:
    ./scripts/test split

# Run the tests of one crate, optionally only those whose names contain FILTER
test CRATE FILTER="":
    cargo test --locked -p {{ CRATE }} {{ FILTER }}

# Check licences, advisories and duplicate dependencies (needs cargo-deny)
deny:
    cargo deny --locked check

# Run the checks of the fuzz targets over their seeds
fuzz:
    ./scripts/test fuzz

# Run a fuzz target until it fails or is stopped (needs a nightly toolchain and cargo-fuzz)
fuzz-target TARGET:
    mkdir -p fuzz/corpus/{{ TARGET }}
    cargo +nightly fuzz run --features libfuzzer {{ TARGET }} fuzz/corpus/{{ TARGET }} fuzz/seeds/{{ TARGET }}

# Run the server with sample data and open the console
demo:
    cargo run --release --locked -- demo

# Build the Debian packages
package:
    ./scripts/package

# Install, check and remove the Debian packages (as root)
test-packages: package
    ./scripts/test-packages

# Measure the server and the command line
bench *ARGS:
    ./scripts/bench {{ ARGS }}
