//! The test data: an administrator, 32 members, 10 resumes each.

use std::net::SocketAddr;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::document::document;
use crate::load::{once, request};

/// E-mail of the administrator.
pub(crate) const ADMIN: &str = "admin@localhost";
/// The password of all people.
pub(crate) const PASSWORD: &str = "correct horse battery staple";

/// Members; everybody reads and writes their own resumes.
const MEMBERS: usize = 32;
/// Resumes of each member.
const RESUMES: usize = 10;
/// Bytes of a document: the mean of the documents that Vitae is compared on elsewhere.
const DOCUMENT: usize = 4_260;

/// The people of a server.
pub(crate) struct People {
    pub(crate) admin: String,
    pub(crate) members: Vec<Member>,
}

pub(crate) struct Member {
    pub(crate) email: String,
    pub(crate) token: String,
    /// Ids of the member's resumes.
    pub(crate) resumes: Vec<String>,
}

impl People {
    /// Creates the members and their resumes, and logs all of them in.
    pub(crate) fn make(server: SocketAddr) -> Result<Self> {
        let admin = log_in(server, ADMIN)?;
        let mut members = Vec::new();
        for member in 0..MEMBERS {
            let email = format!("member{member}@example.com");
            let person = json!({ "email": email, "name": format!("Member {member}"), "password": PASSWORD });
            post(server, "/v1/users", Some(&admin), &person.to_string())?;
            let token = log_in(server, &email)?;
            let mut resumes = Vec::new();
            for resume in 0..RESUMES {
                let made = post(server, "/v1/resumes", Some(&token), &new_resume(member * RESUMES + resume))?;
                resumes.push(text(&made, "id")?);
            }
            members.push(Member { email, token, resumes });
        }
        Ok(Self { admin, members })
    }

    /// Returns one request per member that creates a resume, each with another document.
    pub(crate) fn creations(&self) -> Vec<Vec<u8>> {
        let members = self.members.iter().enumerate();
        let creation = |(nth, member): (usize, &Member)| {
            request("POST", "/v1/resumes", Some(&member.token), Some(&new_resume(nth)))
        };
        members.map(creation).collect()
    }
}

/// The body of a login.
pub(crate) fn credentials(email: &str) -> String {
    json!({ "email": email, "password": PASSWORD }).to_string()
}

/// The body that creates a resume.
pub(crate) fn new_resume(nth: usize) -> String {
    let document = document(nth, DOCUMENT);
    // Spliced by hand, so that the document keeps its text.
    format!(r#"{{"title":"Staff Engineer {nth}","document":{document}}}"#)
}

/// The access token of a person.
pub(crate) fn log_in(server: SocketAddr, email: &str) -> Result<String> {
    let answer = once(server, &request("POST", "/v1/auth/login", None, Some(&credentials(email))), 200)?;
    text(&serde_json::from_slice(&answer)?, "access_token")
}

fn post(server: SocketAddr, path: &str, token: Option<&str>, body: &str) -> Result<Value> {
    Ok(serde_json::from_slice(&once(server, &request("POST", path, token, Some(body)), 201)?)?)
}

fn text(object: &Value, member: &str) -> Result<String> {
    let text = object[member].as_str().with_context(|| format!("a response without {member}"))?;
    Ok(text.to_owned())
}
