//! One page of a list.

use serde::{Deserialize, Serialize};

/// A page of a list, with the ways to its neighbours.
///
/// Cursors are opaque, and belong to the filters and the sort they came with. A backward
/// page has its items in the forward order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Page<T> {
    /// The objects, at most as many as `limit` asked for.
    pub items: Vec<T>,
    /// Leads to the page after this one; null on the last.
    pub next_cursor: Option<String>,
    /// Leads to the page before this one; null on the first.
    pub prev_cursor: Option<String>,
    /// How many objects match, over all pages; only with `count=true`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
}
