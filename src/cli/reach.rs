//! `reach FROM TO[:PORT[/PROTO]]`: is it allowed, and which policies say so?

use std::fmt::Write as _;
use std::process::ExitCode;

use anyhow::anyhow;
use clap::{Args, ValueEnum};
use serde::Serialize;

use crate::connections::network;
use crate::netpol::Direction;
use crate::reach::{
    Ends, Missing, Named, PortNamed, Reach, Side, Verdict, from, reach, to, verify,
};
use crate::report::connections::{Span, ports, spans};

use super::caution::caution;
use super::knowledge::Source;
use super::print::{json, print};
use super::{FactsPath, SettingsFile};

/// `portcullis reach`
#[derive(Debug, Args)]
pub(super) struct Ask {
    /// Who connects: NAMESPACE/KIND/NAME, NAMESPACE/LABEL=VALUE,LABEL=VALUE or an address
    from: String,
    /// Who is connected to, written like the first, with :PORT or :PORT/PROTOCOL behind it
    to: String,
    /// Print the kubectl commands that prove the answer on the live cluster; nothing is run
    #[arg(long)]
    verify: bool,
    /// How to write it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    source: Source,
    #[command(flatten)]
    settings: SettingsFile,
    #[command(flatten)]
    facts: FactsPath,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For programs: one stable shape
    Json,
}

/// The stable shape of `--format json`.
#[derive(Debug, Serialize)]
struct Told {
    from: String,
    to: String,
    port: Option<String>,
    answer: Verdict,
    allowed: Vec<Span>,
    unknown: Vec<Span>,
    because: Vec<String>,
    missing: Vec<Missing>,
    fix: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    verify: Option<String>,
}

impl Ask {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let from = from(&self.from).map_err(|reason| anyhow!(reason))?;
        let (to, port) = to(&self.to).map_err(|reason| anyhow!(reason))?;
        let settings = self.facts.with(self.settings.read()?)?;
        let state = self.source.state(&settings)?;
        if let Some(caution) = caution(&settings, &state.world) {
            eprintln!("{caution}");
        }
        let ends = Ends::of(&state.world);
        let found = reach(&ends, &network(&state.world, &settings), &from, &to, port)?;
        let commands = match (self.verify, port) {
            (false, _) => None,
            (true, None) => anyhow::bail!("--verify needs a port: write it behind {}", self.to),
            (true, Some(port)) => Some(verify(
                &from,
                &to,
                port,
                (ends.labels(&from).as_ref(), ends.labels(&to).as_ref()),
            )),
        };
        print(&match self.format {
            Format::Text => text(&from, &to, port, &found, commands.as_deref()),
            Format::Json => json(&Told {
                from: from.to_string(),
                to: to.to_string(),
                port: port.map(|port| format!("{}/{}", port.port, port.protocol)),
                answer: found.verdict,
                allowed: spans(&found.ports.allowed),
                unknown: spans(&found.ports.unknown),
                because: found.because(),
                missing: found.missing(),
                fix: found.fix.as_ref().map(crate::model::Fix::to_yaml),
                verify: commands,
            })?,
        })?;
        Ok(state.code(u8::from(found.verdict != Verdict::Allow)))
    }
}

fn text(
    from: &Named,
    to: &Named,
    port: Option<PortNamed>,
    found: &Reach,
    commands: Option<&str>,
) -> String {
    let word = match found.verdict {
        Verdict::Allow => "allowed",
        Verdict::Deny => "denied",
        Verdict::Unknown => "unknown",
    };
    let on = match port {
        Some(port) => format!("on {port}"),
        None if found.ports.possible().is_empty() => "on any port".to_owned(),
        None => format!("on {}", told(found)),
    };
    let mut text = format!("{word}: {from} to {to} {on}\n");
    for side in &found.sides {
        let (word, end) = match side.direction {
            Direction::Egress => ("egress of", from),
            Direction::Ingress => ("ingress of", to),
        };
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  {word} {end}: {}", said(side));
    }
    if let Some(fix) = &found.fix {
        let _ = write!(text, "\nThis would allow it:\n\n{}", fix.to_yaml());
    }
    if let Some(commands) = commands {
        let _ = write!(text, "\nThis proves it on the live cluster:\n\n{commands}");
    }
    text
}

fn told(found: &Reach) -> String {
    let parts = [("", &found.ports.allowed), ("perhaps ", &found.ports.unknown)];
    let told = parts.into_iter().filter(|(_, ports)| !ports.is_empty());
    told.map(|(word, sets)| format!("{word}{}", ports(&spans(sets)))).collect::<Vec<_>>().join(", ")
}

fn said(side: &Side) -> String {
    if side.host_network {
        return "not governed: its pods are in the network of their node".to_owned();
    }
    if side.isolating.is_empty() {
        match side.verdict {
            Verdict::Allow if side.admitting.is_empty() => {
                return "no policy isolates it".to_owned();
            }
            Verdict::Unknown => return "it is not known which policies isolate it".to_owned(),
            Verdict::Allow | Verdict::Deny => {}
        }
    }
    let isolated = format!("isolated by {}", side.isolating.join(", "));
    match side.verdict {
        Verdict::Deny => format!("{isolated}; no rule admits it"),
        Verdict::Unknown => {
            format!(
                "{isolated}; it depends on an address or a port name that is not known, or on the pod"
            )
        }
        Verdict::Allow => {
            let rules: Vec<String> =
                side.admitting.iter().map(|(policy, path)| format!("{policy} {path}")).collect();
            if rules.is_empty() {
                format!("{isolated}; several rules together admit it")
            } else {
                format!("admitted by {}", rules.join(", "))
            }
        }
    }
}
