//! Certificates: whom egress believes.

use std::{
    io,
    sync::{Arc, Mutex},
};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::io::AsyncWriteExt as _;
use tokio_rustls::{
    LazyConfigAcceptor, TlsAcceptor,
    rustls::{ServerConfig, crypto::aws_lc_rs, pki_types::PrivateKeyDer, server::Acceptor},
};

use super::*;

type Offered = Arc<Mutex<Vec<Vec<u8>>>>;

fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// The settings of a receiver whose certificate `authority` signed.
fn server(authority: &CertifiedIssuer<'static, KeyPair>, params: &CertificateParams) -> ServerConfig {
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, authority).unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap()
}

/// Answers in HTTP/1.1 and notes the protocols offered to it.
async fn http1(config: ServerConfig) -> (Receiver, Offered) {
    let config = Arc::new(config);
    let offered = Offered::default();
    let noted = Arc::clone(&offered);
    let receiver = Receiver::new(move |stream| {
        let (config, noted) = (Arc::clone(&config), Arc::clone(&noted));
        async move {
            let start = LazyConfigAcceptor::new(Acceptor::default(), stream).await?;
            if let Some(protocols) = start.client_hello().alpn() {
                noted.lock().unwrap().extend(protocols.map(<[u8]>::to_vec));
            }
            let mut stream = start.into_stream(config).await?;
            read_request(&mut stream).await;
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").await?;
            stream.shutdown().await
        }
    })
    .await;
    (receiver, offered)
}

/// Answers in HTTP/2, every stream with a body that ends only when it is reset.
async fn endless_http2(mut config: ServerConfig) -> Receiver {
    config.alpn_protocols = vec![b"h2".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));
    Receiver::new(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            let stream = acceptor.accept(stream).await?;
            let mut connection = h2::server::handshake(stream).await.map_err(io::Error::other)?;
            while let Some(accepted) = connection.accept().await {
                let (_, mut respond) = accepted.map_err(io::Error::other)?;
                let body = respond.send_response(http::Response::new(()), false).map_err(io::Error::other)?;
                tokio::spawn(flood_stream(body));
            }
            Ok(())
        }
    })
    .await
}

async fn flood_stream(mut body: h2::SendStream<Bytes>) {
    loop {
        body.reserve_capacity(1024);
        let Some(Ok(room)) = std::future::poll_fn(|cx| body.poll_capacity(cx)).await else { return };
        if body.send_data(Bytes::from(vec![b'x'; room]), false).is_err() {
            return;
        }
    }
}

/// Refuses so many streams, and answers those after them.
async fn refusing_http2(mut config: ServerConfig, refused: usize) -> Receiver {
    config.alpn_protocols = vec![b"h2".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));
    Receiver::new(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            let stream = acceptor.accept(stream).await?;
            let mut connection = h2::server::handshake(stream).await.map_err(io::Error::other)?;
            let mut left = refused;
            while let Some(accepted) = connection.accept().await {
                let (_, mut respond) = accepted.map_err(io::Error::other)?;
                if left > 0 {
                    left -= 1;
                    respond.send_reset(h2::Reason::REFUSED_STREAM);
                } else {
                    respond.send_response(http::Response::new(()), true).map_err(io::Error::other)?;
                }
            }
            Ok(())
        }
    })
    .await
}

fn named(name: &str) -> CertificateParams {
    CertificateParams::new(vec![name.to_owned()]).unwrap()
}

fn trusting(authority: &CertifiedIssuer<'static, KeyPair>) -> Egress {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), authority.pem()).unwrap();
    let mut config = config(&["127.0.0.0/8", "::1/128"]);
    config.extra_ca_file = Some(file.path().to_owned());
    Egress::new(&config).unwrap()
}

async fn attempt(egress: &Egress, receiver: &Receiver) -> Result<Response, Failure> {
    egress.attempt(request(&format!("https://localhost:{}/", receiver.port()), AMPLE)).await.result
}

#[tokio::test]
async fn an_extra_authority_is_believed_and_http2_offered() {
    let authority = authority();
    let (receiver, offered) = http1(server(&authority, &named("localhost"))).await;
    assert_eq!(attempt(&trusting(&authority), &receiver).await.unwrap().body, "ok");
    assert_eq!(*offered.lock().unwrap(), [b"h2".to_vec(), b"http/1.1".to_vec()]);
}

/// So many that their unread rests together exceed the connection's window: a reset stream has to give its part back.
#[tokio::test]
async fn endless_http2_bodies_are_cut_and_share_a_connection() {
    let authority = authority();
    let receiver = endless_http2(server(&authority, &named("localhost"))).await;
    let egress = trusting(&authority);
    for _ in 0..40 {
        let response = attempt(&egress, &receiver).await.unwrap();
        assert_eq!((response.body.len(), response.truncated), (16 * 1024, true));
    }
    assert_eq!(receiver.connections(), 1);
}

#[tokio::test]
async fn requests_given_back_are_sent_again_twice_at_most() {
    let authority = authority();
    for (refused, is_answered) in [(2, true), (3, false)] {
        let receiver = refusing_http2(server(&authority, &named("localhost")), refused).await;
        let result = attempt(&trusting(&authority), &receiver).await;
        assert_eq!(result.is_ok(), is_answered, "{result:?}");
    }
}

#[tokio::test]
async fn whoever_is_not_trusted_gets_no_request() {
    let authority = authority();
    let untrusted = on_loopback();
    let trusting = trusting(&authority);
    let mut expired = named("localhost");
    expired.not_before = rcgen::date_time_ymd(2020, 1, 1);
    expired.not_after = rcgen::date_time_ymd(2021, 1, 1);
    for (egress, params, text) in [
        (&untrusted, named("localhost"), "the certificate's issuer is not trusted"),
        (&trusting, named("other.test"), "the certificate is for another name"),
        (&trusting, expired, "the certificate has expired"),
    ] {
        let (receiver, _) = http1(server(&authority, &params)).await;
        assert_eq!(attempt(egress, &receiver).await, Err(Failure::Tls(text.to_owned())));
    }
}

#[tokio::test]
async fn plain_http_behind_https_is_a_tls_failure() {
    for (answer, text) in [
        (&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], "the receiver does not speak TLS"),
        (b"", "the connection was closed during the TLS handshake"),
    ] {
        let receiver = Receiver::new(async move |mut stream| {
            let mut hello = [0; 5];
            tokio::io::AsyncReadExt::read_exact(&mut stream, &mut hello).await?;
            stream.write_all(answer).await?;
            stream.shutdown().await?;
            // Closing with bytes unread would reset the connection, which is another failure.
            tokio::io::copy(&mut stream, &mut tokio::io::sink()).await.map(|_| ())
        })
        .await;
        assert_eq!(attempt(&on_loopback(), &receiver).await, Err(Failure::Tls(text.to_owned())));
    }
}

#[tokio::test]
async fn a_silent_handshake_ends_at_the_deadline() {
    let receiver = Receiver::new(async |_stream| std::future::pending().await).await;
    let url = format!("https://localhost:{}/", receiver.port());
    assert_timeout(&on_loopback().attempt(request(&url, SHORT)).await);
}

#[test]
fn an_extra_authority_that_is_none_is_an_error() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "no certificate").unwrap();
    let with = |path: &std::path::Path| {
        let mut config = config(&[]);
        config.extra_ca_file = Some(path.to_owned());
        Egress::new(&config).map(|_| ()).unwrap_err()
    };
    assert!(matches!(with(file.path()), Error::ExtraCaFormat { .. }));
    assert!(matches!(with("/nonexistent.pem".as_ref()), Error::ExtraCa { .. }));
}
