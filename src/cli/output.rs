//! What the program prints: text, JSON, tables, progress.

use std::borrow::Cow;
use std::io::{self, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use tillbook::Timestamp;

use super::failure::Failure;

/// How often a line that shows activity moves.
const TICK: Duration = Duration::from_millis(100);

/// Prints `text` as it is.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(Failure::Output)
}

/// Prints a JSON document and a line end.
pub(super) fn print_json(document: &impl Serialize) -> Result<(), Failure> {
    let json = serde_json::to_string_pretty(document)
        .map_err(|error| Failure::said(format!("the answer cannot be written as JSON: {error}")))?;
    print(&(json + "\n"))
}

/// A bar that counts to `total` on the standard error, and nothing at all where that is no terminal.
/// Whoever ends the work calls `finish_and_clear`.
pub(super) fn progress(total: u64, what: &'static str) -> ProgressBar {
    const TEMPLATE: &str = "{msg} {wide_bar} {human_pos} of {human_len}, {eta} left";
    let style = ProgressStyle::with_template(TEMPLATE);
    let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(total).with_style(style).with_message(what)
}

/// A line on the standard error that says what is being done, and nothing at all where that is no
/// terminal. Whoever ends the work calls `finish_and_clear`.
pub(super) fn activity() -> ProgressBar {
    let activity = ProgressBar::new_spinner();
    activity.enable_steady_tick(TICK);
    activity
}

/// An instant as a table shows it, in UTC: `2024-01-02 03:04:05`.
pub(super) fn moment(at: Timestamp) -> String {
    let text = at.to_string();
    let (seconds, _fraction) = text.split_once('.').unwrap_or((&text, ""));
    seconds.replace('T', " ")
}

/// `text` on one line: a line end or another control character becomes a space.
pub(super) fn one_line(text: &str) -> Cow<'_, str> {
    match text.contains(char::is_control) {
        true => text.replace(char::is_control, " ").into(),
        false => text.into(),
    }
}

/// To which side the cells of a column stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Right,
}

/// Columns that are as wide as their widest cell. The last one is for texts of any length, so that
/// nothing is ever cut.
#[derive(Debug)]
pub(super) struct Table {
    columns: Vec<(String, Align)>,
    rows: Vec<Line>,
}

#[derive(Debug)]
enum Line {
    Cells(Vec<String>),
    /// Runs across the columns.
    Remark(String),
}

impl Table {
    /// A table without rows, under these heads.
    pub(super) fn new(columns: impl IntoIterator<Item = (String, Align)>) -> Self {
        Self { columns: columns.into_iter().collect(), rows: Vec::new() }
    }

    /// Adds a row.
    pub(super) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(Line::Cells(cells.into_iter().collect()));
    }

    /// Adds a line about the row above it.
    pub(super) fn remark(&mut self, text: String) {
        self.rows.push(Line::Remark(text));
    }

    /// The table as text, every line ended.
    pub(super) fn text(&self) -> String {
        let heads: Vec<String> = self.columns.iter().map(|(head, _)| head.clone()).collect();
        let widths: Vec<usize> = (0..heads.len()).map(|at| self.width(at)).collect();
        let mut text = self.line(&heads, &widths);
        for row in &self.rows {
            text.push_str(&match row {
                Line::Cells(cells) => self.line(cells, &widths),
                Line::Remark(remark) => format!("    {}\n", one_line(remark)),
            });
        }
        text
    }

    fn width(&self, at: usize) -> usize {
        let cells = self.rows.iter().filter_map(|row| match row {
            Line::Cells(cells) => cells.get(at),
            Line::Remark(_) => None,
        });
        let texts = cells.chain(self.columns.get(at).map(|(head, _)| head));
        texts.map(|text| text.chars().count()).max().unwrap_or_default()
    }

    fn line(&self, cells: &[String], widths: &[usize]) -> String {
        let padded = cells.iter().zip(widths).zip(&self.columns);
        let padded = padded.map(|((cell, &width), (_, align))| match align {
            Align::Left => format!("{:<width$}", one_line(cell)),
            Align::Right => format!("{:>width$}", one_line(cell)),
        });
        format!("{}\n", padded.collect::<Vec<_>>().join("  ").trim_end())
    }
}
