//! The view of the model.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::app::model::Model;
use crate::terminal::theme::StyleRole;
use crate::widgets::hit_test::HitMap;

use crate::app::bars;
use crate::overlays::view as overlays;
use crate::widgets::canvas::Canvas;

/// The hit map and the cursor of a drawn frame.
#[derive(Debug, Clone, Default)]
pub(crate) struct Drawn {
    pub(crate) hits: HitMap,
    pub(crate) cursor: Option<Position>,
}

/// Returns a drawn frame as text without styles.
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
    let areas = model.areas();
    let mut canvas = Canvas::new(buffer, model.appearance.theme, model.appearance.depth);
    let (width, height) = model.appearance.size;
    let whole = Rect::new(0, 0, width, height).intersection(canvas.buffer.area);
    canvas.fill(whole, StyleRole::Text);
    bars::bar(model, &mut canvas, areas.bar);
    bars::title(model, &mut canvas, areas.title);
    model.screen().view(&model.view_context(), &mut canvas);
    bars::status(model, &mut canvas, areas.status);
    bars::hints(model, &mut canvas, areas.hints);
    if let Some(overlay) = &model.overlays.current {
        overlays::overlay(model, overlay, &mut canvas, whole);
    }
    Drawn { hits: canvas.hits, cursor: canvas.cursor }
}
