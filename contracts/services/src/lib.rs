//! The internal gRPC APIs between services, generated from `proto/`.
//!
//! One module per proto package. The documentation is in the `.proto` files.

macro_rules! packages {
    ($($(#[doc = $doc:literal])* $module:ident = $name:literal;)*) => {$(
        $(#[doc = $doc])*
        pub mod $module {
            /// Version 1.
            #[allow(missing_docs, unreachable_pub, clippy::all, clippy::pedantic, clippy::allow_attributes, reason = "generated")]
            pub mod v1 {
                tonic::include_proto!($name);
            }
        }
    )*};
}

packages! {
    /// The event log of each producing service.
    events = "vitae.events.v1";
    /// People.
    users = "vitae.users.v1";
    /// Logins, sessions and tokens.
    auth = "vitae.auth.v1";
    /// Resumes.
    resumes = "vitae.resumes.v1";
    /// The audit record.
    audit = "vitae.audit.v1";
}

/// All proto files as an encoded `FileDescriptorSet`, for reflection.
pub const FILE_DESCRIPTOR_SET: &[u8] = tonic::include_file_descriptor_set!("vitae");
