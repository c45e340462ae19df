//! Figures about all people and resumes.

use vitae_contracts_gateway::Stats;

use crate::call::Call;
use crate::client::Client;
use crate::error::Result;

impl Client {
    /// Returns figures about all people and resumes. For administrators, editors and viewers.
    ///
    /// On a server with many people or resumes the figures can be a few seconds old.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), vitae_sdk::Error> {
    /// # let stack = vitae_server_testkit::Stack::start().await;
    /// # let client = stack.client_as(vitae_sdk::Role::Viewer).await;
    /// let stats = client.stats().await?;
    /// for resume in stats.resumes.stalest {
    ///     println!("{} {}", resume.updated_at, resume.title.escaped());
    /// }
    /// # assert_eq!(stats.users.live, 2);
    /// # Ok(()) }
    /// ```
    pub async fn stats(&self) -> Result<Stats> {
        self.fetch(Call::get("/v1/stats")).await
    }
}
