//! Meters: what is counted while the door is open, in the text form of Prometheus.
//!
//! Every counter has its place before the first request comes, so that noting one takes no lock and
//! no memory. Seconds are counted in microseconds and printed as decimals.

use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::door::Mount;
use super::failure::Failure;
use super::sync::Tally;

/// Upper ends of the classes of a latency, in microseconds.
const LE_MICROS: [u64; 14] = [
    100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000,
    5_000_000, 30_000_000,
];
/// Statuses by their first digit; the first class is 1xx.
const CLASSES: usize = 5;

/// Everything that is counted.
#[derive(Debug)]
pub(crate) struct Meters {
    routes: Vec<RouteMeter>,
    refusals: [AtomicU64; Failure::REASONS.len()],
    in_flight: AtomicU64,
    /// What other nodes have brought and fetched.
    pub(crate) sync: Tally,
}

/// Where a route's meter lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Meter(usize);

#[derive(Debug)]
struct RouteMeter {
    /// `dialect="portos",method="GET",route="/customers/{id}"`, as the text has it.
    labels: String,
    classes: [Latency; CLASSES],
}

#[derive(Debug, Default)]
struct Latency {
    /// The last is for what takes longer than all others.
    counts: [AtomicU64; LE_MICROS.len() + 1],
    sum_micros: AtomicU64,
}

/// A request that has no answer yet.
#[derive(Debug)]
pub(crate) struct InFlight<'a>(&'a AtomicU64);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Meters {
    /// A meter for each route of each mount, and one for what finds no route there.
    pub(crate) fn new(mounts: &[Mount]) -> Self {
        let mut routes = Vec::new();
        for mount in mounts {
            let dialect = mount.dialect.name;
            let label = |method: &str, route: &str| RouteMeter {
                labels: format!("dialect=\"{dialect}\",method=\"{method}\",route=\"{route}\""),
                classes: Default::default(),
            };
            routes.push(label("-", "-"));
            routes.extend(mount.dialect.routes.iter().map(|r| label(r.method.as_str(), r.path)));
        }
        let refusals = Failure::REASONS.map(|_| AtomicU64::new(0));
        Self { routes, refusals, in_flight: AtomicU64::new(0), sync: Tally::default() }
    }

    /// The meter of the route with number `route` of the mount with number `mount`.
    pub(crate) fn meter(mounts: &[Mount], mount: usize, route: Option<usize>) -> Meter {
        let before: usize = mounts.iter().take(mount).map(|m| m.dialect.routes.len() + 1).sum();
        Meter(before + route.map_or(0, |route| route + 1))
    }

    pub(crate) fn begin(&self) -> InFlight<'_> {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        InFlight(&self.in_flight)
    }

    /// Takes note of an answer.
    pub(crate) fn note(&self, meter: Meter, status: u16, took: Duration) {
        let class = usize::from(status / 100).clamp(1, CLASSES) - 1;
        let Some(meter) = self.routes.get(meter.0) else { return };
        let latency = &meter.classes[class];
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let place = LE_MICROS.iter().position(|le| micros <= *le).unwrap_or(LE_MICROS.len());
        latency.counts[place].fetch_add(1, Ordering::Relaxed);
        latency.sum_micros.fetch_add(micros, Ordering::Relaxed);
    }

    /// Takes note of a refusal.
    pub(crate) fn note_refusal(&self, failure: &Failure) {
        let reason = failure.reason();
        if let Some(n) = Failure::REASONS.iter().position(|known| *known == reason) {
            self.refusals[n].fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Writes all of it.
    pub(crate) fn write(&self, text: &mut Text) {
        self.write_latencies(text);
        let in_flight = self.in_flight.load(Ordering::Relaxed);
        text.gauge("tillbook_http_requests_in_flight", "Requests without an answer.", in_flight);
        let name = "tillbook_http_refusals_total";
        text.head(name, "counter", "Requests that were refused, by reason.");
        for (reason, count) in Failure::REASONS.iter().zip(&self.refusals) {
            text.line(name, &format!("reason=\"{reason}\""), count.load(Ordering::Relaxed));
        }
        let unsigned = Failure::REASONS.iter().zip(&self.refusals);
        let unsigned = unsigned.filter(|(reason, _)| **reason == "unauthenticated");
        let n_failed = unsigned.map(|(_, count)| count.load(Ordering::Relaxed)).sum();
        text.counter(
            "tillbook_sign_ins_failed_total",
            "Requests without a key that opens, or with a signature that is not valid.",
            n_failed,
        );
        self.sync.write(text);
    }

    /// Routes that nobody has asked for are left out.
    fn write_latencies(&self, text: &mut Text) {
        let name = "tillbook_http_request_duration_seconds";
        text.head(name, "histogram", "From the headers of a request to its answer.");
        for route in &self.routes {
            for (class, latency) in (1..).zip(&route.classes) {
                let counts = latency.counts.each_ref().map(|count| count.load(Ordering::Relaxed));
                if counts.iter().all(|count| *count == 0) {
                    continue;
                }
                let labels = format!("{},status=\"{class}xx\"", route.labels);
                let mut sum = 0;
                let ends = LE_MICROS.iter().map(|le| seconds(*le)).chain(["+Inf".to_owned()]);
                for (le, count) in ends.zip(counts) {
                    sum += count;
                    text.line(&format!("{name}_bucket"), &format!("{labels},le=\"{le}\""), sum);
                }
                let took = seconds(latency.sum_micros.load(Ordering::Relaxed));
                text.line(&format!("{name}_sum"), &labels, took);
                text.line(&format!("{name}_count"), &labels, sum);
            }
        }
    }
}

/// Microseconds as a decimal of seconds.
fn seconds(micros: u64) -> String {
    let text = format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000);
    let text = text.trim_end_matches('0');
    text.strip_suffix('.').unwrap_or(text).to_owned()
}

/// The text form of Prometheus, version 0.0.4.
#[derive(Debug, Default)]
pub(crate) struct Text(String);

impl Text {
    pub(crate) fn gauge(&mut self, name: &str, help: &str, value: u64) {
        self.head(name, "gauge", help);
        self.line(name, "", value);
    }

    pub(crate) fn counter(&mut self, name: &str, help: &str, value: u64) {
        self.head(name, "counter", help);
        self.line(name, "", value);
    }

    pub(crate) fn head(&mut self, name: &str, kind: &str, help: &str) {
        // Writing to a text does not fail.
        let _ = write!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
    }

    pub(crate) fn line(&mut self, name: &str, labels: &str, value: impl std::fmt::Display) {
        let _ = match labels {
            "" => writeln!(self.0, "{name} {value}"),
            labels => writeln!(self.0, "{name}{{{labels}}} {value}"),
        };
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0.into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn microseconds_are_printed_as_seconds() {
        let cases = [
            (0, "0"),
            (1, "0.000001"),
            (100, "0.0001"),
            (250_000, "0.25"),
            (1_000_000, "1"),
            (30_000_000, "30"),
            (61_000_001, "61.000001"),
        ];
        for (micros, expected) in cases {
            assert_eq!(seconds(micros), expected, "{micros}");
        }
    }

    #[test]
    fn an_answer_is_counted_in_the_class_it_belongs_to() {
        let meters =
            Meters::new(&[Mount { dialect: &super::super::status::DIALECT, base: String::new() }]);
        let first = Meters::meter(&[], 0, Some(0));
        for (status, micros) in [(200, 1), (204, 100), (200, 101), (503, 99_000_000)] {
            meters.note(first, status, Duration::from_micros(micros));
        }
        let counts = |class: usize| {
            meters.routes[1].classes[class].counts.each_ref().map(|n| n.load(Ordering::Relaxed))
        };
        assert_eq!(counts(1)[..3], [2, 1, 0]);
        assert_eq!(counts(4)[LE_MICROS.len()], 1);
        assert_eq!(meters.routes[1].classes[1].sum_micros.load(Ordering::Relaxed), 202);
    }
}
