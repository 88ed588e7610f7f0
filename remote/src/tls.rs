//! Whose certificates are trusted, and our own.

use ureq::tls::{Certificate, ClientCert, PemItem, PrivateKey, RootCerts, TlsConfig, parse_pem};

/// Certificates in PEM, as bytes of files; empty for none.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Trust {
    /// Who may sign the server's certificate; the system's authorities if empty.
    pub authorities: Vec<u8>,
    /// Our own certificate, for servers that ask for one.
    pub certificate: Vec<u8>,
    /// Its key.
    pub key: Vec<u8>,
}

impl std::fmt::Debug for Trust {
    /// Without the key, which nobody may read.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Trust").finish_non_exhaustive()
    }
}

/// What was given as PEM and is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotPem(pub(crate) &'static str);

pub(crate) fn tls_config(is_insecure: bool, trust: &Trust) -> Result<TlsConfig, NotPem> {
    let mut config = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier);
    if is_insecure {
        config = config.disable_verification(true);
    }
    if !trust.authorities.is_empty() {
        let authorities = certificates(&trust.authorities, "file of certificate authorities")?;
        config = config.root_certs(RootCerts::new_with_certs(&authorities));
    }
    if !trust.certificate.is_empty() {
        let chain = certificates(&trust.certificate, "certificate")?;
        let key = PrivateKey::from_pem(&trust.key).ok().ok_or(NotPem("key"))?;
        config = config.client_cert(Some(ClientCert::new_with_certs(&chain, key)));
    }
    Ok(config.build())
}

fn certificates(pem: &[u8], what: &'static str) -> Result<Vec<Certificate<'static>>, NotPem> {
    let certificate = |item| match item {
        Ok(PemItem::Certificate(certificate)) => Some(certificate),
        _ => None,
    };
    let found: Vec<_> = parse_pem(pem).filter_map(certificate).collect();
    if found.is_empty() { Err(NotPem(what)) } else { Ok(found) }
}
