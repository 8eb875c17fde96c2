//! When the certificates of our settings expire: the authorities that are trusted besides the system's.
//!
//! Leaves out: certificates of others, which only they can renew; those of endpoints show as attempts that end in
//! `tls_error`.

use std::fs;
use std::path::Path;

use time::OffsetDateTime;
use x509_parser::pem::Pem;

use crate::config::Config;
use crate::metrics::{self, CERTIFICATE_FILES};

/// Tells when the first certificate of each file expires.
pub fn tell(config: &Config) {
    let files = [&config.nats.tls_ca_file, &config.egress.extra_ca_file];
    for (setting, file) in CERTIFICATE_FILES.into_iter().zip(files) {
        // Whoever trusts in them has said what is wrong with the file.
        if let Some(at) = file.as_deref().and_then(first_expiry) {
            metrics::certificate_expiry(setting, at);
        }
    }
}

fn first_expiry(file: &Path) -> Option<OffsetDateTime> {
    let text = fs::read(file).ok()?;
    let certificates = Pem::iter_from_buffer(&text).filter_map(Result::ok);
    let expiry = |pem: Pem| Some(pem.parse_x509().ok()?.validity().not_after.to_datetime());
    certificates.filter_map(expiry).min()
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use rcgen::{CertificateParams, KeyPair};
    use time::macros::datetime;

    use super::*;

    fn pem(not_after: OffsetDateTime) -> String {
        let mut params = CertificateParams::new(vec!["ca.example".to_owned()]).unwrap();
        params.not_after = not_after;
        params.self_signed(&KeyPair::generate().unwrap()).unwrap().pem()
    }

    #[test]
    fn the_first_of_a_file_counts() {
        let (first, last) = (datetime!(2031-05-01 12:00 UTC), datetime!(2040-01-01 0:00 UTC));
        let mut file = tempfile::NamedTempFile::new().unwrap();
        write!(file, "# ours\n{}{}", pem(last), pem(first)).unwrap();
        assert_eq!(first_expiry(file.path()), Some(first));
    }

    #[test]
    fn what_is_no_certificate_tells_nothing() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        write!(file, "nothing").unwrap();
        assert_eq!(first_expiry(file.path()), None);
        assert_eq!(first_expiry(Path::new("/nowhere")), None);
    }
}
