//! Figures, and the table of them.

use std::fmt::Write as _;

/// One line of the table.
pub(crate) struct Figure {
    pub(crate) name: String,
    pub(crate) ours: String,
    pub(crate) ceiling: String,
    pub(crate) ratio: String,
    pub(crate) aim: String,
    pub(crate) met: Option<bool>,
}

/// The target of a ratio.
#[derive(Clone, Copy)]
pub(crate) enum Aim {
    AtLeast(f64),
    AtMost(f64),
    /// For information only.
    None,
}

impl Aim {
    fn met(self, value: f64) -> Option<bool> {
        match self {
            Self::AtLeast(least) => Some(value >= least),
            Self::AtMost(most) => Some(value <= most),
            Self::None => None,
        }
    }

    fn text(self) -> String {
        match self {
            Self::AtLeast(least) => format!("≥ {least}"),
            Self::AtMost(most) => format!("≤ {most}"),
            Self::None => String::new(),
        }
    }
}

/// The results of one round: ours and the upper bound's.
pub(crate) type Round = (f64, f64);

impl Figure {
    /// The medians, and the median of the rounds' ratios: drift of the machine falls on both sides.
    pub(crate) fn against(name: impl Into<String>, unit: &str, rounds: &[Round], aim: Aim) -> Self {
        let ratios: Vec<f64> = rounds.iter().map(|(ours, ceiling)| ours / ceiling).collect();
        let ratio = median(&ratios);
        let (least, most) = ratios.iter().fold((f64::MAX, f64::MIN), |(a, b), &r| (a.min(r), b.max(r)));
        let ours: Vec<f64> = rounds.iter().map(|round| round.0).collect();
        let ceiling: Vec<f64> = rounds.iter().map(|round| round.1).collect();
        Self {
            name: name.into(),
            ours: format!("{} {unit}", short(median(&ours))),
            ceiling: format!("{} {unit}", short(median(&ceiling))),
            ratio: format!("{ratio:.2} ({least:.2}–{most:.2})"),
            aim: aim.text(),
            met: aim.met(ratio),
        }
    }

    /// A figure that is judged by itself.
    pub(crate) fn alone(name: impl Into<String>, unit: &str, values: &[f64], aim: Aim) -> Self {
        let value = median(values);
        Self {
            name: name.into(),
            ours: format!("{} {unit}", short(value)),
            ceiling: String::new(),
            ratio: String::new(),
            aim: aim.text(),
            met: aim.met(value),
        }
    }

    /// A figure that could not be taken, and why.
    pub(crate) fn skipped(name: impl Into<String>, reason: &str) -> Self {
        let (ceiling, ratio, aim) = Default::default();
        Self { name: name.into(), ours: format!("SKIPPED: {reason}"), ceiling, ratio, aim, met: None }
    }
}

/// The middle value; of an even number the upper one.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The figures as a Markdown table.
pub(crate) fn table(figures: &[Figure]) -> String {
    let heads = ["figure", "measured", "ceiling", "ratio (range)", "aim", ""];
    let rows: Vec<[String; 6]> = figures.iter().map(Figure::cells).collect();
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.chain([heads[column].chars().count()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..heads.len()).map(width).collect();
    let mut text = String::new();
    let mut line = |cells: &[&str]| {
        for (cell, width) in cells.iter().zip(&widths) {
            let _ = write!(text, "| {cell:width$} ");
        }
        text.push_str("|\n");
    };
    line(&heads);
    let rules: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
    line(&rules.iter().map(String::as_str).collect::<Vec<_>>());
    for row in &rows {
        line(&row.each_ref().map(String::as_str));
    }
    text
}

impl Figure {
    fn cells(&self) -> [String; 6] {
        let verdict = match self.met {
            Some(true) => "met",
            Some(false) => "MISSED",
            None => "",
        };
        let own = [&self.name, &self.ours, &self.ceiling, &self.ratio, &self.aim].map(String::clone);
        let [name, ours, ceiling, ratio, aim] = own;
        [name, ours, ceiling, ratio, aim, verdict.to_owned()]
    }
}

/// Three significant places are more than a shared machine can tell.
fn short(value: f64) -> String {
    match value {
        v if v >= 100.0 => format!("{v:.0}"),
        v if v >= 10.0 => format!("{v:.1}"),
        v => format!("{v:.2}"),
    }
}
