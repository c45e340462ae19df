//! Conversions between the types of the contracts and those of protobuf messages.

use prost_types::Timestamp as ProtoTimestamp;
use vitae_contracts_core::{Role, Timestamp};
use vitae_contracts_services::users::v1;

/// Converts a time for a message.
pub fn timestamp_to_proto(time: Timestamp) -> ProtoTimestamp {
    let millis = time.as_millis();
    // Below 1000 * 1_000_000, so it fits.
    let nanos = i32::try_from(millis % 1000 * 1_000_000).unwrap_or_default();
    ProtoTimestamp { seconds: millis / 1000, nanos }
}

/// Converts the time of a message.
pub fn timestamp_from_proto(message: ProtoTimestamp) -> Timestamp {
    let millis = message.seconds.saturating_mul(1000).saturating_add(i64::from(message.nanos / 1_000_000));
    Timestamp::from_millis(millis)
}

/// Converts the role of a message.
pub fn role_from_proto(message: v1::Role) -> Role {
    match message {
        v1::Role::Admin => Role::Admin,
        v1::Role::Editor => Role::Editor,
        v1::Role::Viewer => Role::Viewer,
        v1::Role::Member => Role::Member,
        v1::Role::Unspecified => Role::Other("unspecified".to_owned()),
    }
}
