//! The health screen.

use std::fmt::Write as _;
use std::time::Duration;

use vitae_sdk::{Role, SecretString, Timestamp};
use vitae_server_testkit::{ADMIN, Stack};

use super::drive::{Drive, draw, model, press, screen};
use crate::app::announce::announce;
use crate::app::effect::Effect;
use crate::app::message::{Message, MouseAction};
use crate::app::model::Model;
use crate::app::session::LinkState;
use crate::app::update::update;
use crate::client::error::{ConsoleError, Kind};
use crate::client::metrics::Metrics;
use crate::client::request::{Request, Response};
use crate::client::ticket::Ticket;
use crate::screen_reader::Speaker;

/// The start of the server of these tests.
const STARTED: i64 = 1_795_339_800;

/// The counters of the server.
#[derive(Clone)]
struct Server {
    at: Timestamp,
    started: i64,
    requests: u64,
    errors: u64,
    /// The numbers of requests that took at most 10 ms, at most 10 s, and longer.
    times: [u64; 3],
    failed_logins: u64,
    down: &'static str,
}

impl Server {
    fn new() -> Self {
        let at = Timestamp::from_millis(STARTED * 1000 + 3_720_000);
        Self { at, started: STARTED, requests: 0, errors: 0, times: [0; 3], failed_logins: 0, down: "" }
    }

    /// Advances the time and counts requests, of which the slow ones exceed every bucket.
    fn later(&mut self, seconds: u64, quick: u64, slow: u64) {
        self.at = self.at.plus(Duration::from_secs(seconds));
        self.requests += quick + slow;
        self.times = [self.times[0] + quick, self.times[1] + quick, self.times[2] + quick + slow];
    }

    fn text(&self) -> String {
        let mut text = String::from("# HELP vitae_service_up Whether a service answers.\n");
        let route = r#"method="GET",route="/v1/users""#;
        for service in ["auth", "users", "resumes", "audit"] {
            let _ = writeln!(
                text,
                "vitae_service_up{{service=\"{service}\"}} {}",
                u8::from(service != self.down)
            );
        }
        for (bound, count) in ["0.01", "10", "+Inf"].into_iter().zip(self.times) {
            let _ = writeln!(
                text,
                "vitae_http_request_duration_seconds_bucket{{{route},le=\"{bound}\"}} {count}"
            );
        }
        let Self { started, requests, errors, failed_logins, .. } = self;
        let _ = writeln!(text, "process_start_time_seconds {started}");
        let _ = writeln!(text, "vitae_http_requests_total{{{route},status=\"200\"}} {}", requests - errors);
        let _ = writeln!(text, "vitae_http_requests_total{{{route},status=\"503\"}} {errors}");
        let _ = writeln!(
            text,
            "vitae_http_requests_total{{method=\"GET\",route=\"/metrics\",status=\"200\"}} 999"
        );
        let _ = writeln!(text, "vitae_logins_total{{outcome=\"refused\"}} {failed_logins}");
        let _ = writeln!(text, "vitae_stuck_feeds 0\nvitae_event_streams 3");
        text
    }

    fn response(&self) -> Response {
        Response::Metrics(Metrics::read(&self.text(), self.at).map(Box::new))
    }
}

/// Opens the screen and handles a number of scrapes of a busy server.
pub(super) fn watched(model: &mut Model, scrapes: u64) {
    let mut server = Server::new();
    let mut ticket = asked(&press(model, "7"));
    for turn in 0..scrapes {
        server.later(2, 4 + turn * turn % 23, u64::from(turn % 13 == 5));
        (server.errors, server.failed_logins) = (turn / 17, turn / 19);
        ticket = sample(model, ticket, server.response());
    }
}

fn open(width: u16, height: u16) -> (Model, Vec<Effect>) {
    let mut model = model(width, height);
    model.session.link = LinkState::Live;
    let effects = press(&mut model, "7");
    (model, effects)
}

/// Returns the ticket of the scrape, which must be the only effect.
#[track_caller]
fn asked(effects: &[Effect]) -> Ticket {
    match effects.last() {
        Some(Effect::Send(ticket, Request::Metrics)) => *ticket,
        _ => panic!("no scrape was asked for: {effects:?}"),
    }
}

/// Returns the ticket of the timer, which must be the only effect.
#[track_caller]
fn timer(effects: &[Effect]) -> Ticket {
    match effects {
        [Effect::Wake(ticket, _)] => *ticket,
        _ => panic!("one timer was to be set: {effects:?}"),
    }
}

/// Responds, wakes the timer, and returns the next request.
fn sample(model: &mut Model, ticket: Ticket, response: Response) -> Ticket {
    let effects = update(model, Message::Response(ticket, Ok(response)));
    asked(&update(model, Message::Woken(timer(&effects))))
}

/// Returns the line of the screen that begins with this text.
#[track_caller]
fn line(model: &Model, name: &str) -> String {
    let screen = screen(model);
    let found = screen.lines().map(|line| line.trim_start_matches(['▌', ' '])).find(|l| l.starts_with(name));
    found.unwrap_or_else(|| panic!("no {name}:\n{screen}")).to_owned()
}

#[test]
fn rates_and_times_are_differences_of_scrapes() {
    let (mut model, effects) = open(120, 40);
    let mut server = Server::new();
    server.later(0, 1000, 0);
    server.down = "audit";
    let ticket = sample(&mut model, asked(&effects), server.response());
    // Before there are two, nothing is said that needs two.
    assert!(line(&model, "requests").ends_with('–'), "{}", screen(&model));
    assert!(line(&model, "event streams").contains(" 3"));
    assert!(screen(&model).contains("up 1 h 2 min"), "{}", screen(&model));
    assert!(line(&model, "○ audit down").contains("● auth"));
    server.later(2, 20, 0);
    (server.errors, server.failed_logins) = (3, 2);
    let ticket = sample(&mut model, ticket, server.response());
    assert!(line(&model, "requests").contains("10/s"), "{}", screen(&model));
    assert!(line(&model, "errors").contains("1.5/s"));
    assert!(line(&model, "p50").contains("5.0 ms"));
    assert!(line(&model, "p99").contains("9.9 ms"));
    assert!(line(&model, "failed logins").contains(" 2"));
    assert!(line(&model, "GET /v1/users").split_whitespace().eq([
        "GET",
        "/v1/users",
        "20",
        "0",
        "3",
        "5.0",
        "ms",
        "9.9",
        "ms"
    ]));
    // More than one in a hundred is beyond the last bucket.
    server.later(2, 20, 5);
    sample(&mut model, ticket, server.response());
    assert!(
        line(&model, "requests").contains("11/s") && line(&model, "requests").ends_with("▇█"),
        "{}",
        screen(&model)
    );
    assert!(line(&model, "p99").contains("≥ 10 s"), "{}", screen(&model));
    // What asks how the server fares is not what the server is for.
    assert!(!screen(&model).contains("/metrics"));
}

#[test]
fn screen_reader_says_the_indicator_under_the_cursor() {
    let (mut model, effects) = open(120, 40);
    let mut server = Server { down: "audit", ..Server::new() };
    let ticket = sample(&mut model, asked(&effects), server.response());
    server.later(2, 20, 0);
    sample(&mut model, ticket, server.response());
    let mut speaker = Speaker::default();
    let said = speaker.changes(announce(&model)).join("\n");
    let place = "Health, over the last minute\naudit down, auth up, resumes up, users up, events: up to date";
    assert!(said.ends_with(&format!("{place}\n1 of 9: requests 10/s")), "{said}");
    press(&mut model, "j");
    assert_eq!(speaker.changes(announce(&model)), ["2 of 9: errors 0/s"]);
    press(&mut model, "G");
    let route = "9 of 9: GET /v1/users, requests 20, rejected 0, errors 0, p50 5.0 ms, p99 9.9 ms";
    assert_eq!(speaker.changes(announce(&model)), [route]);
}

#[test]
fn restart_of_the_server_is_not_a_spike() {
    let (mut model, effects) = open(120, 40);
    let mut server = Server::new();
    server.later(0, 50_000, 0);
    let ticket = sample(&mut model, asked(&effects), server.response());
    server.later(2, 20, 0);
    let ticket = sample(&mut model, ticket, server.response());
    assert!(line(&model, "requests").ends_with('█'));
    let mut again = Server { at: server.at, started: STARTED + 3_720, ..Server::new() };
    again.later(2, 7, 0);
    let ticket = sample(&mut model, ticket, again.response());
    assert!(line(&model, "requests").contains('–'), "{}", screen(&model));
    again.later(2, 4, 0);
    let ticket = sample(&mut model, ticket, again.response());
    // What was before is kept, with a hole.
    assert!(
        line(&model, "requests").contains("2.0/s") && line(&model, "requests").ends_with("█ ▃"),
        "{}",
        screen(&model)
    );
    // Also one whose start was not a second later.
    let mut same = Server { at: again.at, started: again.started, ..Server::new() };
    same.later(2, 1, 0);
    sample(&mut model, ticket, same.response());
    assert!(line(&model, "requests").contains('–'), "{}", screen(&model));
}

#[test]
fn metrics_are_requested_only_while_shown() {
    let (mut model, effects) = open(120, 40);
    let server = Server::new();
    let first = asked(&effects);
    // One scrape is under way, whatever is pressed.
    assert!(press(&mut model, "j k 7 r ?").is_empty());
    press(&mut model, "esc");
    // Who leaves calls it off.
    let effects = press(&mut model, "!");
    assert!(matches!(effects[..], [Effect::Cancel(ticket)] if ticket == first), "{effects:?}");
    assert!(update(&mut model, Message::Response(first, Ok(server.response()))).is_empty());
    let effects = press(&mut model, "[");
    let effects = update(&mut model, Message::Response(asked(&effects), Ok(server.response())));
    let waiting = timer(&effects);
    let effects = press(&mut model, "!");
    assert!(matches!(effects[..], [Effect::Cancel(ticket)] if ticket == waiting), "{effects:?}");
    assert!(update(&mut model, Message::Woken(waiting)).is_empty());
    // Whoever comes back sees it at once, with what was there.
    let effects = press(&mut model, "[");
    asked(&effects);
    assert!(line(&model, "event streams").contains(" 3"));
    // Also by the way in, which makes a screen of its own.
    asked(&press(&mut model, "! 7"));
    assert!(line(&model, "event streams").contains(" 3"));
}

#[test]
fn failed_scrape_is_reported_and_keeps_the_last_values() {
    let (mut model, effects) = open(120, 40);
    let mut server = Server::new();
    let ticket = sample(&mut model, asked(&effects), server.response());
    server.later(2, 20, 0);
    let ticket = sample(&mut model, ticket, server.response());
    let error = ConsoleError { kind: Kind::Offline, ..ConsoleError::local("refused", "start it") };
    let effects = update(&mut model, Message::Response(ticket, Err(error)));
    press(&mut model, "j");
    assert!(screen(&model).contains("The server cannot be reached · start it"), "{}", screen(&model));
    assert!(line(&model, "requests").contains("10/s") && line(&model, "requests").ends_with('█'));
    // That a service answered says nothing of now.
    assert!(line(&model, "unknown now; last known: ").contains("● auth"), "{}", screen(&model));
    let ticket = asked(&update(&mut model, Message::Woken(timer(&effects))));
    server.later(6, 60, 0);
    sample(&mut model, ticket, server.response());
    assert!(!screen(&model).contains("cannot be reached"), "{}", screen(&model));
    assert!(screen(&model).contains("the server responds again"), "{}", screen(&model));
    assert!(!screen(&model).contains("unknown now"), "{}", screen(&model));
    assert!(line(&model, "requests").ends_with("█ █"), "{}", screen(&model));
}

#[test]
fn metrics_of_another_server_are_not_requested_again() {
    let (mut model, effects) = open(120, 40);
    let effects = update(&mut model, Message::Response(asked(&effects), Ok(Response::Metrics(None))));
    assert!(effects.is_empty(), "{effects:?}");
    assert!(screen(&model).contains("GET /metrics is not from a Vitae server"), "{}", screen(&model));
    assert_eq!(
        Metrics::read("<html>not found</html>\nprocess_start_time_seconds 1\n", Timestamp::from_millis(0)),
        None
    );
    asked(&press(&mut model, "r"));
}

#[test]
fn stalled_feeds_are_shown_first_with_the_reason() {
    for (stuck, said) in [(1, "events: 1 feed stalled"), (3, "events: 3 feeds stalled")] {
        let (mut model, effects) = open(120, 40);
        let Response::Metrics(Some(mut metrics)) = Server::new().response() else { unreachable!() };
        metrics.stuck = stuck;
        metrics.stuck_feeds =
            (0..stuck).map(|at| (format!("feed {at}"), "it is broken".to_owned())).collect();
        update(&mut model, Message::Response(asked(&effects), Ok(Response::Metrics(Some(metrics)))));
        assert!(line(&model, said).contains("● auth"), "{}", screen(&model));
        for at in 0..stuck {
            assert!(line(&model, &format!("feed {at}")).ends_with("it is broken"), "{}", screen(&model));
        }
    }
}

#[test]
fn health_fits_every_terminal_size() {
    for (width, height) in [(120, 40), (80, 24), (40, 10), (20, 5), (1, 1)] {
        let (mut model, effects) = open(width, height);
        let mut server = Server::new();
        let ticket = sample(&mut model, asked(&effects), server.response());
        server.later(2, 20, 0);
        sample(&mut model, ticket, server.response());
        press(&mut model, "G");
        if width >= 40 {
            assert!(line(&model, "GET /v1/users").contains("20"), "{}", screen(&model));
            assert!(screen(&model).contains('▌'), "{}", screen(&model));
        }
        press(&mut model, "g");
        if width >= 40 {
            assert!(line(&model, "requests").ends_with('█'), "{}", screen(&model));
        }
    }
}

#[test]
fn mouse_selects_and_opens_like_keys() {
    let (mut model, effects) = open(100, 30);
    sample(&mut model, asked(&effects), Server::new().response());
    let text = screen(&model);
    let y = text.lines().position(|line| line.contains("failed logins")).unwrap();
    let at = |model: &Model| draw(model).1.hits.at(5, u16::try_from(y).unwrap());
    for _ in 0..2 {
        let target = at(&model);
        update(&mut model, Message::Mouse(MouseAction::Press, target));
    }
    assert_eq!(model.screen().title(), "Audit");
    assert!(screen(&model).contains("/auth.login.failed"), "{}", screen(&model));
}

#[tokio::test]
async fn health_of_a_real_server_is_shown() {
    let mut stack = Stack::start().await;
    let admin = stack.client_as(Role::Admin).await;
    let mut drive = Drive::open(&stack, Some(admin.clone()), (120, 40), Some("health"));
    drive.sees("● audit").await.sees("● auth").await.sees("events: up to date").await;
    let wrong = SecretString::from("not the password");
    let refused = stack.client().auth().login(ADMIN, &wrong).await;
    assert!(refused.is_err());
    drive.sees("POST /v1/auth/login").await;
    let failed = |model: &Model| line(model, "failed logins").contains(" 1");
    drive.until(failed, "a failed login").await;
    drive.press("j j j j j enter").sees("auth.login.failed").await.press("esc esc");
    drive.sees("POST /v1/auth/login").await;
    stack.kill().await;
    drive.sees("The server cannot be reached").await.sees("● audit").await;
    // A connection that is back within a second was never lost, and nobody says that it is back.
    drive.until(|model| model.session.link == crate::app::session::LinkState::Lost, "a lost link").await;
    stack.restart().await;
    drive.sees("again").await.until(|model| line(model, "requests").contains("/s"), "new figures").await;
}

#[tokio::test]
async fn member_sees_health_but_not_the_audit_record() {
    let stack = Stack::start().await;
    let member = stack.client_as(Role::Member).await;
    let mut drive = Drive::open(&stack, Some(member), (120, 40), Some("health"));
    drive.sees("● audit").await.sees("member").await;
    drive.press("j j j j j enter").sees("requires the role admin").await;
}
