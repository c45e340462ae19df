//! Statistics of all people and resumes.

use vitae_contracts_gateway::Stats;

use crate::call::Call;
use crate::client::Client;
use crate::error::Result;

impl Client {
    /// Returns statistics of all people and resumes. Administrators, editors and viewers may read them.
    ///
    /// With many people or resumes, they can be a few seconds old.
    ///
    /// Dropping the future cancels the request.
    ///
    /// ```
    /// # vitae_server_testkit::example(async |client| {
    /// let stats = client.stats().await?;
    /// for resume in stats.resumes.stalest {
    ///     println!("{} {}", resume.updated_at, resume.title.escaped());
    /// }
    /// # assert_eq!(stats.users.live, 1);
    /// # Ok(()) });
    /// ```
    pub async fn stats(&self) -> Result<Stats> {
        self.fetch(Call::get("/v1/stats")).await
    }
}
