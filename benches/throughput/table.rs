//! The measurements of one server as a line of a table.

use std::time::Duration;

use anyhow::Result;

use crate::contest::Contestant;
use crate::load::Turn;
use crate::usage;

/// One server.
pub(crate) struct Row {
    name: &'static str,
    /// Reviews per second, the median of the rounds.
    throughput: f64,
    /// Throughput by that of the null webhook in the same round: least, median, greatest.
    ratio: [f64; 3],
    p50: Duration,
    p99: Duration,
    /// Processor time for 10,000 reviews.
    processor: Duration,
    /// Processor time by time on the clock.
    busy: f64,
    /// MiB.
    peak: u64,
}

impl Row {
    /// Measured beside the `null` webhook.
    #[expect(clippy::cast_precision_loss, reason = "counts of reviews are small")]
    pub(crate) fn of(contestant: &Contestant, null: &[Turn]) -> Result<Self> {
        let turns = &contestant.turns;
        let rate = |turn: &Turn| turn.latencies.len() as f64 / turn.elapsed.as_secs_f64();
        let ratios = turns.iter().zip(null).map(|(turn, null)| rate(turn) / rate(null));
        let elapsed: Duration = turns.iter().map(|turn| turn.elapsed).sum();
        let reviews: usize = turns.iter().map(|turn| turn.latencies.len()).sum();
        let mut latencies: Vec<Duration> =
            turns.iter().flat_map(|turn| turn.latencies.iter().copied()).collect();
        latencies.sort_unstable();
        Ok(Self {
            name: contestant.server.name,
            throughput: spread(turns.iter().map(rate))[1],
            ratio: spread(ratios),
            p50: latencies[latencies.len() / 2],
            p99: latencies[latencies.len() * 99 / 100],
            processor: contestant.processor.mul_f64(10_000.0 / reviews as f64),
            busy: contestant.processor.as_secs_f64() / elapsed.as_secs_f64(),
            peak: usage::memory(contestant.server.process())?.0,
        })
    }
}

/// Least, median, greatest.
fn spread(values: impl Iterator<Item = f64>) -> [f64; 3] {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    [values[0], values[values.len() / 2], values[values.len() - 1]]
}

/// Prints the table, in Markdown.
pub(crate) fn print(rows: &[Row]) {
    println!(
        "| server     | reviews/s | to null (min..max)  | p50 ms | p99 ms | CPU s per 10,000 | CPU to null | busy  | peak MiB |"
    );
    println!(
        "|------------|----------:|--------------------:|-------:|-------:|-----------------:|------------:|------:|---------:|"
    );
    let null = rows[0].processor.as_secs_f64();
    for row in rows {
        let [least, median, greatest] = row.ratio;
        println!(
            "| {:10} | {:9.0} | {median:5.2} ({least:.2}..{greatest:.2}) | {:6.2} | {:6.2} | {:16.3} | {:11.2} | {:4.0}% | {:8} |",
            row.name,
            row.throughput,
            row.p50.as_secs_f64() * 1e3,
            row.p99.as_secs_f64() * 1e3,
            row.processor.as_secs_f64(),
            row.processor.as_secs_f64() / null,
            row.busy * 100.0,
            row.peak,
        );
    }
}
