//! `vitaed demo`: the server with sample people and resumes in a temporary directory.

mod console;

use anyhow::{Context as _, Result};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::oneshot;
use vitae_contracts_core::UserId;
use vitae_sdk::{Client, CreateResume, CreateUser, MemoryStore};
use vitae_server_demo::Resume;
use vitae_server_stack::{Config, Stack};

use crate::arguments::DemoOptions;
use crate::first_start::random_password;
use crate::{output, serve};

const ADMIN: &str = "admin@localhost";
/// The number of concurrent requests that create the sample data; they share commits.
const CONCURRENT_REQUESTS: usize = 16;

pub(crate) async fn demo(options: DemoOptions) -> Result<()> {
    let stop = serve::stop_signal()?;
    let listener = serve::listen(options.listen)?;
    let address = listener.local_addr()?;
    let directory = tempfile::tempdir().context("cannot create a directory for the demo")?;
    let mut config = Config::new(directory.path().to_owned());
    config.edge.public_hosts = options.public_hosts;
    let stack = Stack::open(&config).await?;
    let password = random_password()?;
    stack.auth().create_administrator(ADMIN, &password).await?;
    let (stop_serving, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(stack.serve(listener, async { drop(stopped.await) }));
    let server = format!("http://{address}");
    tokio::pin!(stop);
    tokio::select! {
        seeded = seed(&server, &password) => {
            seeded?;
            if !options.headless && console::is_possible() {
                console::open(&server, ADMIN, &password).await?;
            } else {
                announce(&server, &password)?;
                output::ready(address);
                stop.await;
            }
        }
        () = &mut stop => {}
    }
    drop(stop_serving);
    serving.await.context("the demo's server failed")?;
    directory.close().context("the demo's directory could not be removed")
}

/// Prints the address and login of the demo as one line of JSON.
fn announce(server: &str, password: &SecretString) -> Result<()> {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let (server, email, password) = (quoted(server), quoted(ADMIN), quoted(password.expose_secret()));
    output::line(&format!(r#"{{"server":{server},"email":{email},"password":{password}}}"#))
}

/// Creates the sample data through the public port.
async fn seed(server: &str, password: &SecretString) -> Result<()> {
    let client = Client::builder().base_url(server).token_store(MemoryStore::new()).build()?;
    client.auth().login(ADMIN, password).await?;
    let requests = stream::iter(vitae_server_demo::people()).map(|person| {
        let (client, password) = (client.clone(), password.expose_secret().to_owned());
        async move {
            let user = CreateUser::new(person.email, person.name).role(person.role).password(password);
            client.users().create(&user).await.map(|user| (user.id, person.resumes))
        }
    });
    let people: Vec<(UserId, Vec<Resume>)> = requests.buffered(CONCURRENT_REQUESTS).try_collect().await?;
    let resumes =
        people.into_iter().flat_map(|(owner, resumes)| resumes.into_iter().map(move |r| (owner, r)));
    let requests = stream::iter(resumes).map(|(owner, resume)| {
        let client = client.clone();
        async move {
            let resume = CreateResume::new(resume.title, resume.document).owner_id(owner).tags(resume.tags);
            client.resumes().create(&resume).await.map(drop).map_err(anyhow::Error::from)
        }
    });
    requests.buffered(CONCURRENT_REQUESTS).try_collect().await
}
