//! Creates and updates people from a CSV file with the header `email,name,role`.
//!
//! ```sh
//! VITAE_SERVER=… VITAE_EMAIL=… VITAE_PASSWORD=… people_from_csv people.csv
//! ```
//!
//! Missing people are created and different ones are updated. The program can be run repeatedly,
//! also after an interruption. Rows that the server rejects are reported
//! with their line numbers, the other rows are processed, and the exit code is 1. People who are not in the file
//! are not changed.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command-line program prints")]

mod connect;

use std::error::Error;
use std::process::ExitCode;
use std::{env, fmt};

use vitae_sdk::{Client, CreateUser, IfMatch, Role, UpdateUser, User};

use connect::connect;

/// One person in the file.
struct Row {
    email: String,
    name: String,
    role: Role,
}

/// The result of a row.
enum Outcome {
    Created,
    Changed,
    Unchanged,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let path = env::args_os().nth(1).ok_or("usage: people_from_csv FILE")?;
    let mut file = csv::ReaderBuilder::new().trim(csv::Trim::All).from_path(path)?;
    let columns = columns(file.headers()?)?;
    let client = connect("people-from-csv/1.0").await?;
    let mut rejected = 0;
    for record in file.records() {
        let record = record?;
        let line = record.position().map_or(0, csv::Position::line);
        let row = Row::of(&record, &columns);
        match create_or_update(&client, &row).await {
            Ok(done) => println!("{done} {}", row.email.escape_debug()),
            // This row is invalid; the next can be valid.
            Err(error) if error.is_invalid_input() || error.is_conflict() => {
                rejected += 1;
                eprintln!("line {line}: {error}");
            }
            Err(error) => return Err(format!("line {line}: {error}").into()),
        }
    }
    Ok(if rejected == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Returns the columns of e-mail address, name and role.
fn columns(header: &csv::StringRecord) -> Result<[usize; 3], String> {
    let find = |name: &str| {
        let at = header.iter().position(|column| column.eq_ignore_ascii_case(name));
        at.ok_or_else(|| format!("the file has no column {name}"))
    };
    Ok([find("email")?, find("name")?, find("role")?])
}

impl Row {
    fn of(record: &csv::StringRecord, columns: &[usize; 3]) -> Self {
        let [email, name, role] = columns.map(|at| record.get(at).unwrap_or_default().to_owned());
        let role = if role.is_empty() { Role::Member } else { Role::from(role.to_lowercase()) };
        Self { email, name, role }
    }
}

/// Creates a person, or updates the one with this e-mail address.
async fn create_or_update(client: &Client, row: &Row) -> Result<Outcome, vitae_sdk::Error> {
    let users = client.users();
    if let Some(user) = with_email(client, &row.email).await? {
        return change(client, &user, row).await;
    }
    let (email, name, role) = (row.email.clone(), row.name.clone(), Some(row.role.clone()));
    match users.create(&CreateUser::new(email, name).role(role)).await {
        Ok(_) => Ok(Outcome::Created),
        // Another client has created the person in the meantime.
        Err(error) if error.code() == Some("email_taken") => match with_email(client, &row.email).await? {
            Some(user) => change(client, &user, row).await,
            None => Err(error),
        },
        Err(error) => Err(error),
    }
}

async fn with_email(client: &Client, email: &str) -> Result<Option<User>, vitae_sdk::Error> {
    let page = client.users().list().email(email).limit(1).send().await?;
    Ok(page.items.into_iter().next())
}

async fn change(client: &Client, user: &User, row: &Row) -> Result<Outcome, vitae_sdk::Error> {
    if user.name.as_str() == row.name && user.role == row.role {
        return Ok(Outcome::Unchanged);
    }
    let change = UpdateUser::new().name(row.name.clone()).role(row.role.clone());
    client.users().update(user.id, &change, IfMatch::Version(user.version)).await?;
    Ok(Outcome::Changed)
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Created => "created",
            Self::Changed => "changed",
            Self::Unchanged => "unchanged",
        })
    }
}
