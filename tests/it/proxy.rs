//! A TCP proxy on loopback that can swallow what it carries: a watch through it stays open and silent, as behind a
//! firewall that has forgotten the connection.

use std::net::Ipv4Addr;

use anyhow::Result;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// The proxy; dropping it closes what it carries.
pub(crate) struct Proxy {
    /// Where it listens.
    pub(crate) port: u16,
    cuts: watch::Sender<u32>,
    server: JoinHandle<()>,
}

impl Proxy {
    /// Carries connections to `target` on loopback.
    pub(crate) async fn start(target: u16) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = listener.local_addr()?.port();
        let (cuts, cut) = watch::channel(0);
        let server = tokio::spawn(async move {
            let mut carried = tokio::task::JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                carried.spawn(carry(client, target, cut.clone()));
                while carried.try_join_next().is_some() {}
            }
        });
        Ok(Self { port, cuts, server })
    }

    /// From now on nothing passes on the connections of today; new ones work.
    pub(crate) fn cut(&self) {
        self.cuts.send_modify(|cuts| *cuts += 1);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn carry(mut client: TcpStream, target: u16, mut cut: watch::Receiver<u32>) {
    cut.mark_unchanged();
    let Ok(mut server) = TcpStream::connect((Ipv4Addr::LOCALHOST, target)).await else { return };
    let swallowed = tokio::select! {
        _ = copy_bidirectional(&mut client, &mut server) => false,
        changed = cut.changed() => changed.is_ok(),
    };
    if swallowed {
        std::future::pending::<()>().await;
    }
}
