//! Stores that speak TLS, with an authority of the test's own.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use hookyard::servers::{Durability, Nats, Postgres, PostgresOptions};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use super::servers::{Home, Housed, copy_template};
use super::wait;

pub const USER: &str = "hookyard";
pub const PASSWORD: &str = "the password of a test";
/// What its account may store.
pub const STORE_BYTES: u64 = 64 << 20;
/// A user's NKey: its seed, and the public half that the server knows.
pub const NKEY_SEED: &str = "SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY";
const NKEY_PUBLIC: &str = "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4";

/// A certificate for localhost with its key, and the authority that signed it: files of a folder.
struct Certificate {
    authority: PathBuf,
    chain: PathBuf,
    key: PathBuf,
}

impl Certificate {
    fn make(folder: &Path) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let certificate = certificate.signed_by(&key, &authority).unwrap();
        let files = Self {
            authority: folder.join("authority.pem"),
            chain: folder.join("certificate.pem"),
            key: folder.join("key.pem"),
        };
        fs::write(&files.authority, authority.pem()).unwrap();
        fs::write(&files.chain, certificate.pem()).unwrap();
        fs::write(&files.key, key.serialize_pem()).unwrap();
        files
    }
}

/// A nats-server that lets nobody in without TLS and a login.
pub struct SecuredNats {
    _child: Child,
    port: u16,
    certificate: Certificate,
    _home: Home,
}

impl SecuredNats {
    /// The port may be anybody's until the server has it: whoever logs in finds out.
    pub async fn start() -> Self {
        let home = Home::new();
        let certificate = Certificate::make(home.path());
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let path = |path: &Path| serde_json::Value::from(path.display().to_string());
        let settings = format!(
            "server_name: secured\nlisten: \"127.0.0.1:{port}\"\nmax_payload: 2097152\n\
             jetstream {{ store_dir: {} }}\ntls {{ cert_file: {}, key_file: {} }}\n\
             accounts {{ HOOKYARD: {{ jetstream: {{ max_file: {STORE_BYTES}, max_mem: 0 }}, users: [\n\
             {{ user: {USER:?}, password: {PASSWORD:?} }}, {{ nkey: {NKEY_PUBLIC} }} ] }} }}\n",
            path(&home.path().join("store")),
            path(&certificate.chain),
            path(&certificate.key),
        );
        let file = home.path().join("secured.conf");
        fs::write(&file, settings).unwrap();
        let child = Command::new(Nats::program().expect("a nats-server"))
            .arg("-c")
            .arg(&file)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("nats-server runs");
        let look = async || TcpStream::connect(("127.0.0.1", port)).await.is_ok();
        wait::until("the secured nats-server to listen", look, |listens| *listens).await;
        Self { _child: child, port, certificate, _home: home }
    }

    pub fn url(&self) -> String {
        format!("tls://localhost:{}", self.port)
    }

    pub fn authority(&self) -> String {
        self.certificate.authority.display().to_string()
    }

    /// A look from outside.
    pub async fn client(&self) -> async_nats::Client {
        async_nats::ConnectOptions::with_user_and_password(USER.to_owned(), PASSWORD.to_owned())
            .add_root_certificates(self.certificate.authority.clone())
            .connect(self.url())
            .await
            .expect("the login is right")
    }
}

/// A Postgres that speaks TLS to whoever asks for it, and where its authority's certificate is.
pub async fn secured_postgres() -> (Housed<Postgres>, String) {
    let home = Home::new();
    copy_template(&home).await;
    let certificate = Certificate::make(home.path());
    let data = fs::canonicalize(home.path().join("postgres")).unwrap();
    let owner = fs::metadata(&data).unwrap();
    for file in [&certificate.chain, &certificate.key] {
        let own = data.join(file.file_name().unwrap());
        fs::copy(file, &own).unwrap();
        fs::set_permissions(&own, fs::Permissions::from_mode(0o600)).unwrap();
        chown(&own, Some(owner.uid()), Some(owner.gid())).unwrap();
    }
    let settings = "\nssl = on\nssl_cert_file = 'certificate.pem'\nssl_key_file = 'key.pem'\n";
    let conf = data.join("postgresql.conf");
    let before = fs::read_to_string(&conf).unwrap();
    fs::write(&conf, before + settings).unwrap();
    let options = PostgresOptions::new(home.lock(), Durability::Fast);
    let server = Postgres::start(options).await.expect("postgres starts");
    (Housed { server, home }, certificate.authority.display().to_string())
}
