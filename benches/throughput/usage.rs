//! What a process has used, from /proc.

use std::time::Duration;

use anyhow::{Context as _, Result};

/// Processor time so far, of all threads.
pub(crate) fn processor(process: u32) -> Result<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The second field is the program's name, which may hold anything, in parentheses.
    let (_, fields) = stat.rsplit_once(") ").context("/proc/PID/stat has no name")?;
    let fields: Vec<&str> = fields.split(' ').collect();
    let ticks: u64 = fields[11].parse::<u64>()? + fields[12].parse::<u64>()?;
    Ok(Duration::from_secs(ticks) / ticks_per_second())
}

#[cfg(target_os = "linux")]
fn ticks_per_second() -> u32 {
    u32::try_from(rustix::param::clock_ticks_per_second()).expect("a hundred or so")
}

#[cfg(not(target_os = "linux"))]
fn ticks_per_second() -> u32 {
    100
}

/// Resident memory in MiB, at its peak and now.
pub(crate) fn memory(process: u32) -> Result<(u64, u64)> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let number = line.and_then(|line| line.split_whitespace().next());
        let kibibytes: u64 =
            number.with_context(|| format!("/proc/PID/status has no {name}"))?.parse()?;
        anyhow::Ok(kibibytes >> 10)
    };
    Ok((field("VmHWM:")?, field("VmRSS:")?))
}
