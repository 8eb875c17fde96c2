//! Why no answer came, told from the errors of six crates to an endpoint's owner in a few words of our own: what
//! those errors print changes with their versions and may name what is inside.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "the matched enums are others', non-exhaustive, and every further cause has the same general text"
)]

use std::{error::Error as StdError, io};

use rustls::{AlertDescription, CertificateError, Error as TlsError};

use super::{connector, resolver};

/// No answer, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    #[error("no complete answer in time")]
    Timeout,
    #[error("{0}")]
    Unreachable(String),
    #[error("{0}")]
    Tls(String),
    #[error("{0}")]
    Protocol(String),
    /// The policy forbids it; nothing was sent.
    #[error("{0}")]
    Blocked(String),
}

impl Failure {
    /// `connecting`: it went wrong before there was a connection.
    pub(super) fn of(error: &(dyn StdError + 'static), connecting: bool) -> Self {
        let mut incomplete = None;
        let mut next = Some(error);
        while let Some(link) = next {
            if let Some(error) = link.downcast_ref::<resolver::Error>() {
                return error.into();
            }
            if link.is::<connector::Endless>() {
                return Self::Protocol("the answer does not end".to_owned());
            }
            if let Some(tls) = link.downcast_ref::<TlsError>() {
                return Self::Tls(certificate_or_handshake(tls));
            }
            if let Some(failure) = link.downcast_ref::<io::Error>().and_then(|io| of_io(io, connecting)) {
                return failure;
            }
            if let Some(http) = link.downcast_ref::<hyper::Error>() {
                // Looked at last: a reset underneath says more.
                incomplete = Some(of_http(http));
            }
            next = beneath(link);
        }
        let text = incomplete.unwrap_or(if connecting {
            "the connection could not be set up"
        } else {
            "the answer is not valid HTTP"
        });
        Self::Protocol(text.to_owned())
    }
}

impl From<&resolver::Error> for Failure {
    fn from(error: &resolver::Error) -> Self {
        match error {
            resolver::Error::Refused(_) => Self::Blocked(error.to_string()),
            resolver::Error::NotFound(_) | resolver::Error::Lookup(_) => Self::Unreachable(error.to_string()),
        }
    }
}

/// The next link of the chain. What an `io::Error` wraps, as a TLS error is, its `source` steps over.
fn beneath<'a>(link: &'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
    match link.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(wrapped) => Some(wrapped),
        None => link.source(),
    }
}

fn of_io(error: &io::Error, connecting: bool) -> Option<Failure> {
    let text = match error.kind() {
        io::ErrorKind::TimedOut => return Some(Failure::Timeout),
        io::ErrorKind::UnexpectedEof if connecting => {
            return Some(Failure::Tls("the connection was closed during the TLS handshake".to_owned()));
        }
        io::ErrorKind::ConnectionRefused => "the connection was refused",
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted | io::ErrorKind::BrokenPipe => {
            "the connection was reset"
        }
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => "there is no way to the host",
        io::ErrorKind::AddrNotAvailable => "no local address could be had",
        _ => return None,
    };
    Some(Failure::Unreachable(text.to_owned()))
}

fn of_http(error: &hyper::Error) -> &'static str {
    if error.is_parse_too_large() {
        "the answer's headers are too large"
    } else if error.is_parse() {
        "the answer is not valid HTTP"
    } else {
        "the connection was closed before the answer was complete"
    }
}

fn certificate_or_handshake(error: &TlsError) -> String {
    let text = match error {
        TlsError::InvalidCertificate(certificate) => certificate_text(certificate),
        TlsError::InvalidMessage(_) => "the receiver does not speak TLS",
        TlsError::AlertReceived(AlertDescription::CertificateRequired) => {
            "the receiver asks for a client certificate"
        }
        TlsError::AlertReceived(_) => "the receiver broke off the TLS handshake",
        _ => "the TLS handshake failed",
    };
    text.to_owned()
}

fn certificate_text(error: &CertificateError) -> &'static str {
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "the certificate has expired",
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "the certificate is not valid yet"
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "the certificate is for another name"
        }
        CertificateError::UnknownIssuer => "the certificate's issuer is not trusted",
        CertificateError::Revoked => "the certificate was revoked",
        _ => "the certificate is not valid",
    }
}
