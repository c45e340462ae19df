//! TLS: trusted root certificates.

use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore, crypto};
use rustls_platform_verifier::Verifier;

use crate::address::Address;
use crate::error::{Error, Kind, Result};

/// Trusted root certificates besides the platform's, as PEM.
#[derive(Debug, Clone, Default)]
pub(crate) struct TlsRoots(Vec<Vec<u8>>);

impl TlsRoots {
    pub(crate) fn add(&mut self, pem: &[u8]) {
        self.0.push(pem.to_owned());
    }

    /// Returns the TLS configuration for this server.
    pub(crate) fn client_config(&self, address: &Address) -> Result<ClientConfig> {
        let extra = self.extra_certificates()?;
        let provider = Arc::new(crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|e| Error::new(Kind::Client, "cannot set up TLS").because(&e))?;
        // Plain HTTP to this machine needs no certificates, and reading them takes time.
        if address.is_loopback() && !address.is_https() {
            return Ok(builder.with_root_certificates(RootCertStore::empty()).with_no_client_auth());
        }
        let verifier = Verifier::new_with_extra_roots(extra, provider).map_err(|e| {
            Error::new(Kind::Client, "cannot read the certificates of this machine")
                .with_next_step("install the system's CA certificates")
                .because(&e)
        })?;
        // rustls calls every verifier but its own "dangerous"; this one is the platform's.
        let builder = builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier));
        Ok(builder.with_no_client_auth())
    }

    fn extra_certificates(&self) -> Result<Vec<CertificateDer<'static>>> {
        let mut all = Vec::new();
        for pem in &self.0 {
            let before = all.len();
            for certificate in CertificateDer::pem_slice_iter(pem) {
                let certificate = certificate.map_err(|e| invalid_pem().because(&e))?;
                let mut probe = RootCertStore::empty();
                probe.add(certificate.clone()).map_err(|e| invalid_pem().because(&e))?;
                all.push(certificate);
            }
            if all.len() == before {
                return Err(invalid_pem());
            }
        }
        Ok(all)
    }
}

fn invalid_pem() -> Error {
    Error::input("the root certificates are not valid PEM certificates")
        .with_next_step("use a file with -----BEGIN CERTIFICATE-----")
}
