//! What the services say to each other, generated from `proto/`.
//!
//! One module per proto package; the `.proto` files are the documentation's source.

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
    /// The event log that every producer serves.
    events = "vitae.events.v1";
    /// People.
    users = "vitae.users.v1";
    /// Logins.
    auth = "vitae.auth.v1";
    /// Resumes.
    resumes = "vitae.resumes.v1";
    /// The record of who did what.
    audit = "vitae.audit.v1";
}

/// Every proto as an encoded `FileDescriptorSet`, for reflection.
pub const FILE_DESCRIPTOR_SET: &[u8] = tonic::include_file_descriptor_set!("vitae");
