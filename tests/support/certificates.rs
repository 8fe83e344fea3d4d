//! An authority of a test's own, and the certificates that it signs, well or not.

#![allow(dead_code, reason = "not every test uses all of it")]

use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};

/// Signs, and writes what it has signed into a folder.
pub struct Authority {
    folder: PathBuf,
    issuer: Issuer<'static, KeyPair>,
}

/// A certificate and its key.
pub struct Pair {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

impl Authority {
    /// A new one; its own certificate is `ca.crt` in the folder.
    pub fn new(folder: &Path) -> Self {
        std::fs::create_dir_all(folder).expect("a folder");
        let mut params = CertificateParams::new(Vec::new()).expect("an authority");
        params.distinguished_name.push(DnType::CommonName, "jikimi test authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate().expect("a key");
        let certificate = params.self_signed(&key).expect("a certificate");
        std::fs::write(folder.join("ca.crt"), certificate.pem()).expect("a file");
        Self { folder: folder.to_owned(), issuer: Issuer::new(params, key) }
    }

    pub fn ca(&self) -> PathBuf {
        self.folder.join("ca.crt")
    }

    /// A broker's, for these hosts.
    pub fn server(&self, file: &str, hosts: &[&str]) -> Pair {
        self.signed(file, hosts, "broker", ExtendedKeyUsagePurpose::ServerAuth, false)
    }

    pub fn expired_server(&self, file: &str, hosts: &[&str]) -> Pair {
        self.signed(file, hosts, "broker", ExtendedKeyUsagePurpose::ServerAuth, true)
    }

    /// A client's, of this account.
    pub fn client(&self, file: &str, account: &str) -> Pair {
        self.signed(file, &[], account, ExtendedKeyUsagePurpose::ClientAuth, false)
    }

    pub fn expired_client(&self, file: &str, account: &str) -> Pair {
        self.signed(file, &[], account, ExtendedKeyUsagePurpose::ClientAuth, true)
    }

    fn signed(
        &self,
        file: &str,
        hosts: &[&str],
        name: &str,
        purpose: ExtendedKeyUsagePurpose,
        expired: bool,
    ) -> Pair {
        let hosts: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
        let mut params = CertificateParams::new(hosts).expect("hosts");
        params.distinguished_name.push(DnType::CommonName, name);
        params.extended_key_usages = vec![purpose];
        if expired {
            params.not_before = date_time_ymd(2020, 1, 1);
            params.not_after = date_time_ymd(2020, 12, 31);
        }
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        let pair = Pair {
            certificate: self.folder.join(format!("{file}.crt")),
            key: self.folder.join(format!("{file}.key")),
        };
        std::fs::write(&pair.certificate, certificate.pem()).expect("a file");
        std::fs::write(&pair.key, key.serialize_pem()).expect("a file");
        pair
    }
}
