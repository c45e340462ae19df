//! The mock server, as the tests of this crate use it.

pub(crate) use vitae_sdk::mock::{
    AT, Gate, RESUME, Reply, Request, SESSION, Server, USER, login, quick, read, resume, tokens, user,
};

/// The sources of an error, outermost first.
pub(crate) fn causes(error: &vitae_sdk::Error) -> Vec<&(dyn std::error::Error + 'static)> {
    let mut links = Vec::new();
    let mut link = std::error::Error::source(error);
    while let Some(cause) = link {
        links.push(cause);
        link = cause.source();
    }
    links
}
