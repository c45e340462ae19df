//! Reusable parts of screens: table, text input, text viewer, canvas.

pub(crate) mod canvas;
pub(crate) mod hit_test;
pub(crate) mod layout;
pub(crate) mod pane;
pub(crate) mod resume_view;
pub(crate) mod row_details;
pub(crate) mod table;
pub(crate) mod table_view;
pub(crate) mod text_input;
pub(crate) mod text_viewer;
