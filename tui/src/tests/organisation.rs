//! The organisation screen: its figures, and the lists behind them.

use vitae_sdk::Role;
use vitae_server_testkit::Stack;

use super::drive::{Drive, draw, model, press, screen};
use super::sample::Sample;
use super::server::{person, resume};
use crate::app::announce::announce;
use crate::app::effect::Effect;
use crate::app::message::{Message, MouseAction};
use crate::app::session::LinkState;
use crate::app::update::update;
use crate::client::error::ConsoleError;
use crate::client::request::Request;
use crate::screen_reader::Speaker;
use crate::widgets::hit_test::Target;

const SAMPLE: Sample = Sample::of(&["rust", "go", "sql"]);

#[tokio::test]
async fn figures_of_a_real_server_open_their_lists() {
    let stack = Stack::start().await;
    let admin = stack.client_as(Role::Admin).await;
    let ada = person(&admin, "Ada Lovelace").await;
    resume(&admin, Some(ada.id), "Analytical Engines").await;
    let mut drive = Drive::open(&stack, Some(admin), (120, 40), None);
    drive.goes_live().await;
    drive.press("8").sees("People by role").await.sees("· 1 resume").await;
    drive.sees("Resumes by tag").await.sees("rust").await;
    // The first figure counts the administrators.
    drive.press("enter").sees("role admin").await.sees("Administrator").await;
    drive.press("esc").sees("People by role").await.press("j j j enter").sees("role member").await;
    drive.press("esc").sees("People by role").await.press("j j j enter").sees("Deleted people").await;
    drive.press("esc").sees("People by role").await.press("j enter").sees("tag rust").await;
    drive.sees("Analytical Engines").await.press("esc").sees("People by role").await;
    drive.press("j j enter").sees("Analytical Engines").await.sees("1 of 1").await;
    drive.press("esc").sees("People by role").await;
    drive.press("G").sees("version of this console").await.sees(env!("CARGO_PKG_VERSION")).await;
    drive.press("enter").sees("Health over the last minute").await;
}

#[tokio::test]
async fn organisation_is_for_administrators_editors_and_viewers() {
    let stack = Stack::start().await;
    let viewer = stack.client_as(Role::Viewer).await;
    let mut drive = Drive::open(&stack, Some(viewer), (120, 40), Some("org"));
    drive.sees("People by role").await;
    let member = stack.client_as(Role::Member).await;
    let mut drive = Drive::open(&stack, Some(member), (120, 40), None);
    drive.until(|model| model.session.me.is_some(), "the user").await;
    drive.press("8").sees("requires the role viewer, editor or admin").await;
}

#[test]
fn month_opens_the_list_at_its_newest_resume() {
    let mut model = SAMPLE.open((120, 40), "organisation");
    // The third month: 72 + 69 resumes were created after it.
    let line = screen(&model).lines().position(|line| line.contains("2026-09")).unwrap();
    let target = draw(&model).1.hits.at(5, u16::try_from(line).unwrap());
    assert!(matches!(target, Some(Target::Indicator(_))), "{target:?}");
    update(&mut model, Message::Mouse(MouseAction::Press, target));
    press(&mut model, "enter");
    assert_eq!(model.screen().location().to_string(), "vitae://resumes");
    assert_eq!(model.screen().table().unwrap().seek, Some(crate::client::collection::Seek::Ordinal(141)));
}

#[test]
fn errors_and_loading_are_shown_in_place() {
    let mut model = model(120, 40);
    model.session.link = LinkState::Live;
    let effects = press(&mut model, "8");
    assert!(screen(&model).contains("loading …"), "{}", screen(&model));
    let ticket = effects.iter().find_map(|effect| match effect {
        Effect::Send(ticket, Request::Stats) => Some(*ticket),
        _ => None,
    });
    let error = ConsoleError::local("no route to the server", "try again with r");
    let effects = update(&mut model, Message::Response(ticket.unwrap(), Err(error)));
    assert!(effects.is_empty(), "{effects:?}");
    assert!(screen(&model).contains("no route to the server"), "{}", screen(&model));
    let effects = press(&mut model, "r");
    assert!(matches!(effects[..], [Effect::Send(_, Request::Stats)]), "{effects:?}");
}

#[test]
fn screen_reader_says_each_figure_with_its_section() {
    let mut model = SAMPLE.open((80, 24), "organisation");
    let mut speaker = Speaker::default();
    let said = speaker.changes(announce(&model)).join("\n");
    assert!(
        said.contains("Organisation\n1,234 people, 2,500 resumes\n1 of 47: People by role, admin: 3"),
        "{said}"
    );
    press(&mut model, "j");
    assert_eq!(speaker.changes(announce(&model)), ["2 of 47: People by role, editor: 31"]);
    press(&mut model, "G");
    let last = speaker.changes(announce(&model)).join("\n");
    assert!(last.contains("47 of 47: Storage and versions, version of this console"), "{last}");
}

#[test]
fn narrow_terminals_show_label_and_value() {
    let model = SAMPLE.open((40, 10), "organisation");
    let shown = screen(&model);
    assert!(shown.contains("People by role") && shown.contains("editor"), "{shown}");
    assert!(shown.lines().any(|line| line.contains("admin") && line.contains(" 3")), "{shown}");
}

#[test]
fn palette_and_help_name_the_screen() {
    let mut model = SAMPLE.open((120, 60), "users");
    press(&mut model, "ctrl-p");
    press(&mut model, "f i g u r e s enter");
    assert_eq!(model.screen().title(), "Organisation");
    press(&mut model, "?");
    assert!(screen(&model).contains("Figures about the organisation"), "{}", screen(&model));
}
