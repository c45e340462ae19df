//! Schemas of the shared types for `/openapi.json`.

use std::borrow::Cow;

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::{EventId, ResumeId, Role, SessionId, Status, Timestamp, Untrusted, UserId};

macro_rules! text {
    ($($name:ident = $format:expr;)*) => {$(
        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new().schema_type(Type::String).format($format).into()
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed(stringify!($name))
            }
        }
    )*};
}

text! {
    UserId = Some(SchemaFormat::Custom("uuid".to_owned()));
    ResumeId = Some(SchemaFormat::Custom("uuid".to_owned()));
    SessionId = Some(SchemaFormat::Custom("uuid".to_owned()));
    EventId = Some(SchemaFormat::Custom("uuid".to_owned()));
    Timestamp = Some(SchemaFormat::KnownFormat(KnownFormat::DateTime));
    Untrusted = None;
}

macro_rules! open_enum {
    ($($name:ident)*) => {$(
        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let known = $name::KNOWN.iter().map($name::as_str);
                ObjectBuilder::new().schema_type(Type::String).enum_values(Some(known)).into()
            }
        }

        impl ToSchema for $name {}
    )*};
}

open_enum! { Role Status }
