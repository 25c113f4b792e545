//! The log: one line for each request, on the standard error. It names routes and keys, and
//! nobody's data.

use std::io::{self, IsTerminal};
use std::panic;

use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::layer;
use tracing_subscriber::layer::SubscriberExt;

/// What is logged: this and whatever matters more.
#[derive(Debug, Clone, Copy)]
pub(super) struct Level(LevelFilter);

impl Level {
    pub(super) fn parse(word: &str) -> Option<Self> {
        let known = ["off", "error", "warn", "info", "debug"];
        known.contains(&word).then(|| word.parse().ok().map(Self)).flatten()
    }
}

/// How a line of the log looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Json,
    Text,
    /// Text for a person at a terminal, JSON for everything else.
    Auto,
}

impl Format {
    pub(super) fn parse(word: &str) -> Option<Self> {
        match word {
            "json" => Some(Self::Json),
            "text" => Some(Self::Text),
            "auto" => Some(Self::Auto),
            _ => None,
        }
    }
}

/// Writes what happens from now on.
pub(super) fn begin(level: Level, format: Format) {
    let is_text = match format {
        Format::Json => false,
        Format::Text => true,
        Format::Auto => io::stderr().is_terminal(),
    };
    // What other crates have to say may hold what was sent.
    let ours = Targets::new().with_target("tillbook", level.0);
    let lines = layer().with_writer(io::stderr).with_target(false).with_ansi(false);
    let lines = match is_text {
        true => lines.boxed(),
        false => lines.json().flatten_event(true).with_span_list(false).boxed(),
    };
    // Somebody who logs already goes on doing so.
    let all = tracing_subscriber::registry().with(lines.with_filter(ours));
    let _ = tracing::subscriber::set_global_default(all);
    // What a panic says may hold what was sent; where it happened does not.
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "the program has panicked");
    }));
}
