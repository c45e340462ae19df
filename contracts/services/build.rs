//! Compiles the proto files without `protoc`.

use std::path::PathBuf;

use prost::Message as _;

const PROTOS: &[&str] = &[
    "vitae/events/v1/events.proto",
    "vitae/users/v1/users.proto",
    "vitae/auth/v1/auth.proto",
    "vitae/resumes/v1/resumes.proto",
    "vitae/audit/v1/audit.proto",
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed=proto");
    let descriptors = protox::compile(PROTOS, ["proto"])?;
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    std::fs::write(out.join("vitae.bin"), descriptors.encode_to_vec())?;
    tonic_prost_build::configure()
        .build_client(cfg!(feature = "client"))
        .build_server(cfg!(feature = "server"))
        // Documents share the memory of the store's page and the response body instead of being copied.
        .bytes(".vitae.resumes.v1")
        // Labels are encoded and iterated in the order of their keys.
        .btree_map(".vitae.users.v1")
        .compile_fds(descriptors)?;
    Ok(())
}
