//! `vitae users`

mod export;
mod import;

pub(crate) use self::import::AddedUser;

use vitae_sdk::{
    CreateUser, Deleted, Error, ExposeSecret as _, IfMatch, ListUsers, SecretString, UpdateUser, UserId,
};

use super::{confirm, require_consent, write_pages};
use crate::arguments::Global;
use crate::arguments::users::{self as arguments, OneUser, UsersCommand};
use crate::arguments::values::UserName;
use crate::context::Online;
use crate::errors::Failure;
use crate::output::Output;
use crate::{prompt, runtime};

pub(crate) async fn run(
    online: &Online,
    global: &Global,
    command: UsersCommand,
    output: &mut Output,
) -> Result<(), Failure> {
    match command {
        UsersCommand::List(options) => list(online, options, output).await,
        UsersCommand::Get(one) => get(online, &one.user, output).await,
        UsersCommand::Create(options) => create(online, options, output).await,
        UsersCommand::Update(options) => update(online, options, output).await,
        UsersCommand::Disable(one) => disable(online, &one.user, output).await,
        UsersCommand::Enable(one) => enable(online, &one.user, output).await,
        UsersCommand::Delete(one) => delete(online, global, &one.user, output).await,
        UsersCommand::Restore(one) => restore(online, &one.user, output).await,
        UsersCommand::Import(options) => import::run(online, global, options, output).await,
        UsersCommand::Export(options) => export::run(online, options, output).await,
        UsersCommand::SetPassword(options) => {
            set_password(online, &options.one, options.password_stdin, output).await
        }
    }
}

async fn list(online: &Online, options: arguments::ListUsers, output: &mut Output) -> Result<(), Failure> {
    let mut list = filtered(online, options.filters);
    if let Some(key) = options.sort {
        list = list.sort(key);
    }
    write_pages(online, &options.range, "people", output, async |size, cursor: Option<String>| {
        let page = list.clone().limit(size);
        match cursor {
            Some(cursor) => page.cursor(cursor).send().await,
            None => page.send().await,
        }
    })
    .await
}

/// Builds the list request for the filters.
fn filtered(online: &Online, filters: arguments::Filters) -> ListUsers {
    let mut list = online.client.users().list().deleted(filters.deleted.into());
    if let Some(words) = filters.q {
        list = list.query(words);
    }
    if let Some(role) = filters.role {
        list = list.role(role);
    }
    if let Some(status) = filters.status {
        list = list.status(status);
    }
    list
}

async fn get(online: &Online, name: &UserName, output: &mut Output) -> Result<(), Failure> {
    let id = online.user(name, Deleted::Exclude).await?;
    let user = online.client.users().get(id).await;
    output.details(&user.map_err(|e| online.explain(&format!("get {name}"), &e))?)
}

async fn create(online: &Online, options: arguments::CreateUser, output: &mut Output) -> Result<(), Failure> {
    let password = if options.password_stdin {
        Some(runtime::run_blocking(prompt::password_from_stdin).await?)
    } else {
        None
    };
    let user = CreateUser::new(options.email, options.name)
        .role(options.role)
        .password(password.map(|password| password.expose_secret().to_owned()));
    let created = online.client.users().create(&user).await;
    let doing = || format!("create {}", user.email);
    output.one(&created.map_err(|e| online.explain(&doing(), &e))?)
}

async fn update(online: &Online, options: arguments::UpdateUser, output: &mut Output) -> Result<(), Failure> {
    let name = &options.one.user;
    let id = online.user(name, Deleted::Exclude).await?;
    let doing = format!("update {name}");
    let change = UpdateUser::new().email(options.email).name(options.name).role(options.role);
    let users = online.client.users();
    let Some(version) = options.if_match else {
        let written = users.modify(id, |_| Some(change.clone())).await;
        return output.one(&written.map_err(|e| online.explain(&doing, &e))?);
    };
    match users.update(id, &change, IfMatch::Version(version)).await {
        Ok(user) => output.one(&user),
        Err(error) if error.is_precondition_failed() => {
            Err(overtaken(online, id, version, &doing, &error).await)
        }
        Err(error) => Err(online.explain(&doing, &error)),
    }
}

async fn disable(online: &Online, name: &UserName, output: &mut Output) -> Result<(), Failure> {
    let id = online.user(name, Deleted::Exclude).await?;
    let user = online.client.users().disable(id, None).await;
    output.one(&user.map_err(|e| online.explain(&format!("disable {name}"), &e))?)
}

async fn enable(online: &Online, name: &UserName, output: &mut Output) -> Result<(), Failure> {
    let id = online.user(name, Deleted::Exclude).await?;
    let user = online.client.users().enable(id, None).await;
    output.one(&user.map_err(|e| online.explain(&format!("enable {name}"), &e))?)
}

async fn delete(
    online: &Online,
    global: &Global,
    name: &UserName,
    output: &mut Output,
) -> Result<(), Failure> {
    require_consent(global, "deleting a person")?;
    let id = online.user(name, Deleted::Exclude).await?;
    let doing = format!("delete {name}");
    if !global.yes {
        let user = online.client.users().get(id).await.map_err(|e| online.explain(&doing, &e))?;
        let (name, email) = (user.name.as_str(), user.email.as_str());
        confirm(global, format!("Delete {name} <{email}> and their resumes?")).await?;
    }
    online.client.users().delete(id, None).await.map_err(|e| online.explain(&doing, &e))?;
    output.note(format_args!("deleted {name}; `vitae users restore {id}` undoes it"));
    show(online, id, output).await
}

async fn restore(online: &Online, name: &UserName, output: &mut Output) -> Result<(), Failure> {
    let id = online.user(name, Deleted::Only).await?;
    let user = online.client.users().restore(id, None).await;
    output.one(&user.map_err(|e| online.explain(&format!("restore {name}"), &e))?)
}

async fn set_password(
    online: &Online,
    one: &OneUser,
    is_piped: bool,
    output: &mut Output,
) -> Result<(), Failure> {
    let name = &one.user;
    let password = runtime::run_blocking(move || new_password(is_piped)).await?;
    let id = online.user(name, Deleted::Exclude).await?;
    let set = online.client.users().set_password(id, &password).await;
    set.map_err(|e| online.explain(&format!("set the password of {name}"), &e))?;
    output.note(format_args!("password of {name} set; their sessions have ended"));
    show(online, id, output).await
}

/// Prints the person if an output format is requested, after a change without a response body.
async fn show(online: &Online, id: UserId, output: &mut Output) -> Result<(), Failure> {
    if !output.is_format_requested() {
        return Ok(());
    }
    let user = online.client.users().get(id).await;
    output.one(&user.map_err(|e| online.explain(&format!("read person {id} after the change"), &e))?)
}

fn new_password(is_piped: bool) -> Result<SecretString, Failure> {
    if is_piped {
        return prompt::password_from_stdin();
    }
    if !prompt::is_possible() {
        return Err(Failure::usage("no terminal to ask for the password")
            .next("pass it on standard input with --password-stdin"));
    }
    prompt::new_password()
}

/// Describes the newer version that caused the conflict.
async fn overtaken(online: &Online, id: UserId, version: u64, doing: &str, error: &Error) -> Failure {
    let mut failure = online.explain(doing, error);
    if let Ok(user) = online.client.users().get(id).await {
        failure.message = format!(
            "cannot {doing}: version {} of {} is newer than version {version}, on which the change is based",
            user.version, user.updated_at
        );
        failure.next_step = Some(format!(
            "review it with `vitae users get {id}`, then repeat the command without --if-match or with --if-match {}",
            user.version
        ));
    }
    failure
}
