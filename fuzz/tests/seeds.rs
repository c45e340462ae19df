//! Runs the checks of the fuzz targets on stable: over the seed corpus, and over random and damaged inputs.

use std::path::{Path, PathBuf};

use proptest::prelude::*;
use vitae_fuzz::TARGETS;

fn seeds(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(target);
    let files = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let paths = files.map(|file| file.unwrap().path());
    paths.map(|path| (path.clone(), std::fs::read(path).unwrap())).collect()
}

#[test]
fn seeds_pass_every_check() {
    for (target, check) in TARGETS {
        let seeds = seeds(target);
        assert!(!seeds.is_empty(), "{target} has no seeds");
        for (path, seed) in seeds {
            println!("{}", path.display());
            check(&seed);
        }
    }
}

#[test]
fn damaged_seeds_pass_every_check() {
    for (target, check) in TARGETS {
        for (_, seed) in seeds(target) {
            let place = (0..seed.len().max(1), any::<u8>(), 0..seed.len().max(1));
            proptest!(ProptestConfig::with_cases(64), |((at, byte, end) in place)| {
                let mut damaged = seed.clone();
                if let Some(found) = damaged.get_mut(at) {
                    *found = byte;
                }
                check(&damaged);
                check(&damaged[..end.min(damaged.len())]);
            });
        }
    }
}

#[test]
fn random_bytes_pass_every_check() {
    for (_, check) in TARGETS {
        proptest!(ProptestConfig::with_cases(256), |(input in proptest::collection::vec(any::<u8>(), 0..200))| {
            check(&input);
        });
    }
}
