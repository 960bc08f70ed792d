//! Loopback ports for servers.

use std::net::{Ipv4Addr, TcpListener};

use anyhow::{Result, bail};

/// Below the range that outgoing connections take theirs from, so that a server that restarts finds its port free.
const FIRST: u16 = 20_000;
const LAST: u16 = 32_000;

/// A set of reserved ports; each is released just before its server starts.
pub(crate) struct Ports(Vec<TcpListener>);

impl Ports {
    /// Reserves `count` ports.
    pub(crate) fn reserve(count: usize) -> Result<Self> {
        let mut held = Vec::new();
        for _ in 0..10_000 {
            if held.len() == count {
                return Ok(Self(held));
            }
            held.extend(TcpListener::bind((Ipv4Addr::LOCALHOST, fastrand::u16(FIRST..LAST))));
        }
        bail!("no {count} free ports on 127.0.0.1 between {FIRST} and {LAST}")
    }

    /// Gives one of them up for use.
    pub(crate) fn take(&mut self) -> Result<u16> {
        match self.0.pop() {
            Some(listener) => Ok(listener.local_addr()?.port()),
            None => bail!("more ports taken than reserved"),
        }
    }
}
