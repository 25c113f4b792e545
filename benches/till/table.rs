//! Medians of rounds in turns, and the table they end in.

use std::time::Instant;

use crate::Result;

/// One line: ours beside the limit.
pub(crate) struct Row {
    what: String,
    ours: String,
    limit: String,
    ratio: String,
    goal: &'static str,
}

impl Row {
    /// Two rates a second, of which more is better.
    pub(crate) fn rate(what: &str, ours: f64, limit: f64, goal: &'static str) -> Self {
        let figure = |rate: f64| format!("{rate:.0} /s");
        Self::new(what, figure(ours), figure(limit), format!("{:.2}", ours / limit), goal)
    }

    /// Two times in milliseconds, of which less is better.
    pub(crate) fn ms(what: &str, ours: f64, limit: f64, goal: &'static str) -> Self {
        let ratio = format!("{:.2}", ours / limit);
        Self::new(what, ms_text(ours), ms_text(limit), ratio, goal)
    }

    /// A time in milliseconds that stands for itself.
    pub(crate) fn alone(what: &str, ours: f64, goal: &'static str) -> Self {
        Self::new(what, ms_text(ours), String::new(), String::new(), goal)
    }

    /// An amount of memory.
    #[allow(dead_code, reason = "only the bench `door` has such a row")]
    pub(crate) fn mib(what: &str, ours: f64, goal: &'static str) -> Self {
        Self::new(what, format!("{ours:.1} MiB"), String::new(), String::new(), goal)
    }

    /// How long something is.
    #[allow(dead_code, reason = "only the bench `sync` has such a row")]
    pub(crate) fn bytes(what: &str, ours: f64, goal: &'static str) -> Self {
        Self::new(what, format!("{ours:.0} B"), String::new(), String::new(), goal)
    }

    fn new(what: &str, ours: String, limit: String, ratio: String, goal: &'static str) -> Self {
        Self { what: what.to_owned(), ours, limit, ratio, goal }
    }
}

fn ms_text(ms: f64) -> String {
    format!("{ms:.3} ms")
}

/// The table as Markdown.
pub(crate) fn text(n_customers: u64, rows: &[Row]) -> String {
    let mut text = format!(
        "| {n_customers} customers | ours | limit | ratio | goal |\n| --- | ---: | ---: | ---: | --- |"
    );
    for Row { what, ours, limit, ratio, goal } in rows {
        text.push_str(&format!("\n| {what} | {ours} | {limit} | {ratio} | {goal} |"));
    }
    text
}

/// One side of a comparison: runs one round and says its figure.
pub(crate) type Side<'a> = &'a mut dyn FnMut() -> Result<f64>;

/// Lets the sides take turns and returns the median figure of each. The first round warms up.
pub(crate) fn in_turns<const N: usize>(
    n_rounds: usize,
    mut sides: [Side<'_>; N],
) -> Result<[f64; N]> {
    let mut figures = [const { Vec::new() }; N];
    for round in 0..=n_rounds {
        for (side, figures) in sides.iter_mut().zip(&mut figures) {
            let figure = side()?;
            if round > 0 {
                figures.push(figure);
            }
        }
    }
    Ok(figures.map(median))
}

/// The middle one.
pub(crate) fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

/// How long `f` takes, in milliseconds.
pub(crate) fn ms<T>(f: impl FnOnce() -> Result<T>) -> Result<f64> {
    let begin = Instant::now();
    f()?;
    Ok(begin.elapsed().as_secs_f64() * 1e3)
}

/// How many a second, when `f` does `n` of them.
pub(crate) fn rate(n: u32, f: impl FnOnce() -> Result<()>) -> Result<f64> {
    Ok(f64::from(n) / ms(f)? * 1e3)
}
