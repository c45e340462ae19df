//! How much people may store.

/// Bounds of what is stored; `None`: unlimited.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StorageLimits {
    /// Bytes of documents, titles, tags and reasons, of all revisions.
    pub bytes: Option<u64>,
    /// Resumes, deleted ones included until they are purged.
    pub resumes: Option<u64>,
    /// Revisions of all resumes.
    pub revisions: Option<u64>,
}

/// What members may store; administrators and editors are not bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quotas {
    /// For the resumes of one person.
    pub person: StorageLimits,
    /// For all resumes together.
    pub total: StorageLimits,
    /// Changes that one person may make in a day, in each service.
    pub daily_changes: Option<u64>,
}

impl Default for Quotas {
    /// Far above what a person writes, and below what fills a small disk.
    fn default() -> Self {
        Self {
            person: StorageLimits { bytes: Some(256 << 20), resumes: Some(10_000), revisions: Some(100_000) },
            total: StorageLimits {
                bytes: Some(8 << 30),
                resumes: Some(2_000_000),
                revisions: Some(20_000_000),
            },
            daily_changes: Some(50_000),
        }
    }
}
