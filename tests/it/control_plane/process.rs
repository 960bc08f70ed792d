//! A child process that never outlives this one.

use std::fs::File;
use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result};

/// Starts the program given as arguments, passes on the signals named on its standard input, and kills the program when
/// that input ends: a pipe closes however its holder dies, also by SIGKILL.
const KEEPER: &str = r#"
exec 3<&0
"$@" </dev/null & program=$!
(while read -r signal <&3; do kill -s "$signal" "$program"; done; kill -s KILL "$program") 2>/dev/null & keeper=$!
wait "$program"; code=$?
kill "$keeper" 2>/dev/null
exit "$code"
"#;

/// A running program; dropping it kills the program and waits for its end.
pub(crate) struct Process {
    shell: Child,
    /// Where the program's output goes, both streams.
    pub(crate) log: PathBuf,
}

impl Process {
    /// Starts `command` with its output appended to `log`.
    pub(crate) fn start(command: &Command, log: &Path) -> Result<Self> {
        let output = File::options()
            .create(true)
            .append(true)
            .open(log)
            .with_context(|| format!("opening {}", log.display()))?;
        let mut shell = Command::new("sh");
        shell.args(["-c", KEEPER, "keeper"]).arg(command.get_program()).args(command.get_args());
        for (key, value) in command.get_envs() {
            match value {
                Some(value) => shell.env(key, value),
                None => shell.env_remove(key),
            };
        }
        // Its own group: an interrupt on the terminal reaches this process, whose end then ends the program.
        shell.process_group(0).stdin(Stdio::piped()).stdout(output.try_clone()?).stderr(output);
        let shell = shell
            .spawn()
            .with_context(|| format!("starting {}", command.get_program().display()))?;
        Ok(Self { shell, log: log.to_owned() })
    }

    /// Sends the signal of that name (`TERM`, `STOP`, ...).
    pub(crate) fn signal(&mut self, name: &str) -> Result<()> {
        let stdin = self.shell.stdin.as_mut().context("the program was told to end before")?;
        writeln!(stdin, "{name}").with_context(|| format!("sending {name}"))
    }

    /// The exit code, when the program has ended by itself or by a signal.
    pub(crate) fn ended(&mut self) -> Option<i32> {
        self.shell.try_wait().ok().flatten().map(|status| status.code().unwrap_or(-1))
    }

    /// The last lines of its output, for a message.
    pub(crate) fn last_words(&self) -> String {
        let text = std::fs::read(&self.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(15)..].join("\n")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        // An error means that it has ended already.
        let _ = self.shell.wait();
    }
}
