//! One keep-alive connection. It reads no more of an answer than it must, for the client must never be what is measured.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// An open connection.
pub(crate) struct Connection {
    stream: TlsStream<TcpStream>,
    buffer: Vec<u8>,
}

/// What the client speaks: TLS 1.3 and HTTP/1.1, with servers of that authority.
pub(crate) fn tls(authority: &Path) -> Result<Arc<ClientConfig>> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(authority)?)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr, config: &Arc<ClientConfig>) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let name = ServerName::try_from("localhost")?;
        let stream = TlsConnector::from(Arc::clone(config)).connect(name, stream).await?;
        Ok(Self { stream, buffer: Vec::with_capacity(16 << 10) })
    }

    /// Sends a request; the body of the answer, whose status must be 200.
    pub(crate) async fn ask(&mut self, request: &[u8]) -> Result<&[u8]> {
        self.stream.write_all(request).await?;
        self.stream.flush().await?;
        self.buffer.clear();
        loop {
            let read = self.stream.read_buf(&mut self.buffer).await?;
            ensure!(read > 0, "the server closed the connection");
            if let Some(start) = self.head()? {
                let length = content_length(&self.buffer[..start])?;
                if self.buffer.len() >= start + length {
                    return Ok(&self.buffer[start..start + length]);
                }
            }
        }
    }

    /// Where the body starts, once the head is there.
    fn head(&self) -> Result<Option<usize>> {
        let end = self.buffer.windows(4).position(|window| window == b"\r\n\r\n");
        let Some(end) = end else { return Ok(None) };
        ensure!(
            self.buffer.starts_with(b"HTTP/1.1 200 "),
            "the answer is {:?}",
            String::from_utf8_lossy(&self.buffer)
        );
        Ok(Some(end + 4))
    }
}

fn content_length(head: &[u8]) -> Result<usize> {
    str::from_utf8(head)?
        .lines()
        .filter_map(|line| line.split_once(": "))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .context("the answer has no length")?
        .1
        .parse()
        .context("reading the answer's length")
}
