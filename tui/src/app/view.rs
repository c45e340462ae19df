//! What the model looks like.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::app::layout;
use crate::app::model::Model;
use crate::screens::Screen;
use crate::terminal::theme::StyleRole;
use crate::widgets::hit_test::HitMap;

use crate::app::bars;
use crate::overlays::view as overlays;
use crate::screens::{detail_view, health::view as health};
use crate::widgets::canvas::Canvas;
use crate::widgets::table_view as list;

/// What was drawn, for the mouse and the terminal's own cursor.
#[derive(Debug, Clone, Default)]
pub(crate) struct Drawn {
    pub(crate) hits: HitMap,
    pub(crate) cursor: Option<Position>,
}

/// What was drawn, as text without its looks.
pub(crate) fn plain(buffer: &Buffer) -> String {
    let mut lines: Vec<String> = Vec::new();
    for y in 0..buffer.area.height {
        let mut line = String::new();
        let mut skip = 0;
        for x in 0..buffer.area.width {
            let symbol = buffer[(x, y)].symbol();
            if skip == 0 {
                line.push_str(symbol);
                skip = crate::terminal::text::width(symbol).max(1);
            }
            skip -= 1;
        }
        lines.push(line.trim_end().to_owned());
    }
    lines.join("\n")
}

/// Draws everything.
pub(crate) fn view(model: &Model, buffer: &mut Buffer) -> Drawn {
    let areas = layout::areas(model);
    let mut canvas = Canvas::new(buffer, model.theme, model.depth);
    let whole = Rect::new(0, 0, model.size.0, model.size.1).intersection(canvas.buffer.area);
    canvas.fill(whole, StyleRole::Text);
    bars::bar(model, &mut canvas, areas.bar);
    bars::title(model, &mut canvas, areas.title);
    match &model.screen {
        Screen::Table(table) => list::list(model, table, &mut canvas, &areas),
        Screen::Person(person) => {
            detail_view::card(person, &mut canvas, areas.card);
            bars::tabs(person, &mut canvas, areas.tabs);
            if let Some(table) = model.screen.table() {
                list::list(model, table, &mut canvas, &areas);
            }
        }
        Screen::Reader(reader) => {
            detail_view::viewer(&reader.viewer, &mut canvas, areas.viewer(&model.screen));
        }
        Screen::Health(screen) => health::health(screen, &mut canvas, &areas),
        Screen::Log(scroll) => detail_view::log(model, *scroll, &mut canvas, areas.rows),
    }
    bars::status(model, &mut canvas, areas.status);
    bars::hints(model, &mut canvas, areas.hints);
    if let Some(overlay) = &model.overlay {
        overlays::overlay(model, overlay, &mut canvas, whole);
    }
    Drawn { hits: canvas.hits, cursor: canvas.cursor }
}
