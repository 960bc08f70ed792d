//! The servers under test, as processes of their own.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use portcullis::certs::Authority;

use crate::baseline::Baseline;
use crate::pinned;

/// Longer than any state takes to load on any machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// A running server; dropping it ends it.
pub(crate) struct Server {
    pub(crate) name: &'static str,
    pub(crate) address: SocketAddr,
    child: Child,
}

impl Server {
    /// A webhook that allows everything.
    pub(crate) fn baseline(kind: Baseline, core: usize, authority: &Authority) -> Result<Self> {
        let pair = &authority.pair;
        let mut command = pinned::command(core, std::env::current_exe()?)?;
        command.arg(kind.name()).arg(&pair.certificate).arg(&pair.key).stdout(Stdio::piped());
        let mut child = command.spawn().context("starting a server")?;
        let output = child.stdout.take().context("the server has an output")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        let address = line.trim().parse().context("the server did not print its address")?;
        Ok(Self { name: kind.name(), address, child })
    }

    /// Portcullis, over the state in the folder `manifests`.
    pub(crate) fn portcullis(
        core: usize,
        manifests: &Path,
        certificates: &Path,
        log: &str,
    ) -> Result<Self> {
        let addresses = certificates.join("addresses.json");
        std::fs::remove_file(&addresses).ok();
        let mut command = pinned::command(core, env!("CARGO_BIN_EXE_portcullis"))?;
        command
            .args(["serve", "--listen=127.0.0.1:0", "--admin-listen=127.0.0.1:0", "--log", log])
            .arg("--addresses-file")
            .arg(&addresses)
            .arg("--certs-dir")
            .arg(certificates)
            .arg("--manifests")
            .arg(manifests);
        if log != "warn" {
            // Lines are formatted and written, but to nowhere.
            command.stderr(Stdio::null());
        }
        let child = command.spawn().context("starting portcullis")?;
        let mut this = Self { name: "portcullis", address: ([0; 4], 0).into(), child };
        this.address = this.wait_for_address(&addresses)?;
        Ok(this)
    }

    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    fn wait_for_address(&mut self, file: &Path) -> Result<SocketAddr> {
        let begin = Instant::now();
        while begin.elapsed() < PATIENCE {
            if let Some(code) = self.child.try_wait()? {
                bail!("portcullis ended: {code}");
            }
            let text = std::fs::read_to_string(file).unwrap_or_default();
            if let Ok(addresses) = serde_json::from_str::<serde_json::Value>(&text) {
                let address = addresses["webhook"].as_str().context("no webhook address")?;
                return Ok(address.parse()?);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        bail!("portcullis did not write its addresses within {PATIENCE:?}")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // An error means that it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
