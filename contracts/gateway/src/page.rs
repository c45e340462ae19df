//! Pages of lists.

use serde::{Deserialize, Serialize};

/// A page of a list, with cursors to the pages before and after it.
///
/// Cursors are opaque and only valid with the filters and sort order of the same list. A page read backwards
/// has its items in the forward order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Page<T> {
    /// The objects, at most `limit`.
    pub items: Vec<T>,
    /// The cursor of the next page; null on the last page.
    pub next_cursor: Option<String>,
    /// The cursor of the previous page; null on the first page.
    pub prev_cursor: Option<String>,
    /// The number of matching objects on all pages; only present with `count=true`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
}
