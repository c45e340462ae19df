//! Storage quotas.

/// Limits of stored data; `None` means unlimited.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StorageLimits {
    /// The bytes of documents, titles, tags and reasons in all revisions.
    pub bytes: Option<u64>,
    /// The number of resumes, including deleted ones until they are purged.
    pub resumes: Option<u64>,
    /// The number of revisions of all resumes.
    pub revisions: Option<u64>,
}

/// The quotas of members; administrators and editors have none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quotas {
    /// The limits for the resumes of one person.
    pub person: StorageLimits,
    /// The limits for all resumes together.
    pub total: StorageLimits,
    /// The changes that one person may make in a day, in each service.
    pub daily_changes: Option<u64>,
}

impl Default for Quotas {
    /// Returns quotas far above what a person writes, and below the size of a small disk.
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
