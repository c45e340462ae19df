//! Recordings of a session: writing, replaying, playing on a terminal.

pub(crate) mod player;
pub(crate) mod record;
pub(crate) mod replay;
