//! The way to a receiver: its name resolved and vetted, TCP, TLS where the URL says so, and a meter on all of it that
//! ends a connection whose other side talks without end.

use std::{
    error::Error as StdError,
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use domain::address::Scheme;
use http::Uri;
use hyper::rt::{Read, ReadBuf, ReadBufCursor, Write};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder, MaybeHttpsStream};
use hyper_util::{
    client::legacy::connect::{Connected, Connection, HttpConnector},
    rt::TokioIo,
};
use rustls::ClientConfig;
use tokio::net::TcpStream;
use tower_service::Service;

use super::resolver::Vetted;

const KEEPALIVE: Duration = Duration::from_secs(15);

/// Connects as a client of one scheme does.
#[derive(Clone)]
pub(super) struct Connector {
    inner: HttpsConnector<HttpConnector<Vetted>>,
    timeout: Duration,
    allowance: Allowance,
}

/// What a receiver may send before it is spoken to again.
#[derive(Clone, Copy)]
pub(super) struct Allowance {
    /// One answer, interim ones before it and the framing of its body included.
    pub http1_bytes: usize,
    /// The answers of all streams: window and headers bound each, so this is for frames that belong to none.
    pub http2_bytes: usize,
}

impl Connector {
    pub fn new(resolver: Vetted, tls: ClientConfig, timeout: Duration, allowance: Allowance) -> Self {
        let scheme = resolver.scheme;
        let mut tcp = HttpConnector::new_with_resolver(resolver);
        // The scheme is the TLS layer's to look at.
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_keepalive(Some(KEEPALIVE));
        let builder = HttpsConnectorBuilder::new().with_tls_config(tls);
        let builder = match scheme {
            Scheme::Http => builder.https_or_http(),
            Scheme::Https => builder.https_only(),
        };
        Self { inner: builder.enable_all_versions().wrap_connector(tcp), timeout, allowance }
    }
}

impl Service<Uri> for Connector {
    type Response = Metered<MaybeHttpsStream<TokioIo<TcpStream>>>;
    type Error = Box<dyn StdError + Send + Sync>;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let (connecting, timeout, allowance) = (self.inner.call(to), self.timeout, self.allowance);
        Box::pin(async move {
            match tokio::time::timeout(timeout, connecting).await {
                Ok(connected) => Ok(Metered::new(connected?, allowance)),
                Err(_) => Err(io::Error::from(io::ErrorKind::TimedOut).into()),
            }
        })
    }
}

/// The receiver sent more than any answer is.
#[derive(Debug, thiserror::Error)]
#[error("the answer does not end")]
pub(super) struct Endless;

/// A connection that may be told so much before it has to say something itself. Without it an HTTP/1 receiver could
/// send interim answers as fast as the line carries them: the parser reads on past those by itself, and keeps a
/// thread of the runtime from everything else.
pub(super) struct Metered<S> {
    stream: S,
    allowed_bytes: usize,
    left_bytes: usize,
}

impl<S: Connection> Metered<S> {
    fn new(stream: S, allowance: Allowance) -> Self {
        let is_http2 = stream.connected().is_negotiated_h2();
        let allowed_bytes = if is_http2 { allowance.http2_bytes } else { allowance.http1_bytes };
        Self { stream, allowed_bytes, left_bytes: allowed_bytes }
    }
}

impl<S> Metered<S> {
    fn wrote(&mut self, written: &Poll<io::Result<usize>>) {
        if matches!(written, Poll::Ready(Ok(1..))) {
            self.left_bytes = self.allowed_bytes;
        }
    }
}

impl<S: Connection> Connection for Metered<S> {
    fn connected(&self) -> Connected {
        self.stream.connected()
    }
}

impl<S: Read + Unpin> Read for Metered<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut into: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let metered = self.get_mut();
        if metered.left_bytes == 0 {
            return Poll::Ready(Err(io::Error::other(Endless)));
        }
        // A piece of the stack's, since how far another's cursor moved is not told.
        let mut piece = [0; PIECE_BYTES];
        let room = into.remaining().min(PIECE_BYTES).min(metered.left_bytes);
        let mut read = ReadBuf::new(&mut piece[..room]);
        std::task::ready!(Pin::new(&mut metered.stream).poll_read(cx, read.unfilled()))?;
        metered.left_bytes -= read.filled().len();
        into.put_slice(read.filled());
        Poll::Ready(Ok(()))
    }
}

/// Of one read: more than most answers.
const PIECE_BYTES: usize = 4 * 1024;

impl<S: Write + Unpin> Write for Metered<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let metered = self.get_mut();
        let written = Pin::new(&mut metered.stream).poll_write(cx, bytes);
        metered.wrote(&written);
        written
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let metered = self.get_mut();
        let written = Pin::new(&mut metered.stream).poll_write_vectored(cx, pieces);
        metered.wrote(&written);
        written
    }
}

/// What TLS believes: the system's authorities and these.
pub(super) fn tls(authorities: &super::client::Authorities) -> Result<ClientConfig, rustls::Error> {
    use rustls::crypto::aws_lc_rs;
    use rustls_platform_verifier::Verifier;

    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = if authorities.is_empty() {
        Verifier::new(Arc::clone(&provider))?
    } else {
        Verifier::new_with_extra_roots(authorities.iter().cloned(), Arc::clone(&provider))?
    };
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    Ok(config.with_no_client_auth())
}
