//! `margay upload` on the way: TLS with an authority of one's own, the question on a terminal, a server that goes
//! in the middle, and a second upload at the same time.

use std::io::{Read as _, Write as _};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio_rustls::TlsAcceptor;

use crate::content_api::{upload, yaml};
use crate::harness::{Ran, Server, Site, TOKEN, wait_until};

/// Fronts live here; the tests themselves are plain threads.
static FRONTS: LazyLock<Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
});
/// The request that changes content begins with it.
const UPLOAD: &[u8] = b"POST /content/upload";
const GOOD: &str = "def rule(event):\n    return True\n";
/// The server loads it for a while before it takes an upload over.
const SLOW: &str = "import time\ntime.sleep(2)\ndef rule(event):\n    return True\n";

/// Something between clients and a server.
struct Front {
    address: SocketAddr,
    /// The authority of its certificate.
    authority: String,
    saw_upload: Arc<AtomicBool>,
}

/// What a front does.
#[derive(Clone, Copy, PartialEq)]
enum Does {
    /// It speaks TLS to clients.
    Tls,
    /// It passes everything on, and tells when an upload went by.
    Watch,
    /// It hangs up when an upload comes.
    HangUp,
}

impl Front {
    fn of(server: &Server, does: Does) -> Front {
        let inside = server.base.strip_prefix("http://").unwrap().to_owned();
        let (acceptor, authority) = tls();
        let saw_upload = Arc::new(AtomicBool::new(false));
        let listener = FRONTS.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let saw = Arc::clone(&saw_upload);
        FRONTS.spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (acceptor, inside, saw) = (acceptor.clone(), inside.clone(), Arc::clone(&saw));
                FRONTS.spawn(async move {
                    let Ok(server) = TcpStream::connect(inside).await else { return };
                    if does != Does::Tls {
                        pass(client, server, &saw, does).await;
                    } else if let Ok(client) = acceptor.accept(client).await {
                        pass(client, server, &saw, does).await;
                    }
                });
            }
        });
        Front { address, authority, saw_upload }
    }

    fn url(&self, scheme: &str) -> String {
        format!("{scheme}://{}", self.address)
    }
}

/// A certificate for 127.0.0.1 of an authority of its own.
fn tls() -> (TlsAcceptor, String) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &authority).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    (TlsAcceptor::from(Arc::new(config)), authority.pem())
}

/// Passes bytes on, both ways, until one side ends.
async fn pass(
    mut client: impl AsyncRead + AsyncWrite + Unpin,
    mut server: TcpStream,
    saw: &AtomicBool,
    does: Does,
) {
    let (mut up, mut down) = ([0; 4096], [0; 4096]);
    loop {
        let passed = tokio::select! {
            read = client.read(&mut up) => match read {
                Ok(1..) if up.starts_with(UPLOAD) && does == Does::HangUp => return,
                Ok(length @ 1..) => {
                    saw.fetch_or(up.starts_with(UPLOAD), Ordering::AcqRel);
                    server.write_all(&up[..length]).await
                }
                _ => return,
            },
            read = server.read(&mut down) => match read {
                Ok(length @ 1..) => async {
                    client.write_all(&down[..length]).await?;
                    client.flush().await
                }.await,
                _ => return,
            },
        };
        if passed.is_err() {
            return;
        }
    }
}

/// A site with a repository of one rule that no server reads.
fn site() -> Site {
    let site = Site::new("sources:\n  - { id: okta, type: http, log_types: [Okta.SystemLog] }\n");
    site.write("repo/rules/own.yml", &yaml("Own", "own.py")).write("repo/rules/own.py", GOOD);
    site
}

fn command(site: &Site, url: &str, args: &[&str]) -> Command {
    let mut command = site.margay(&[&["upload", "repo", "--server", url], args].concat());
    command.env("MARGAY_TOKEN", TOKEN).env_remove("SSL_CERT_FILE").env_remove("SSL_CERT_DIR");
    command.stdin(Stdio::null());
    command
}

fn changes(server: &Server) -> usize {
    server.list("/content/changes").len()
}

#[test]
fn an_https_server_is_trusted_by_the_authority_that_is_named() {
    let site = site();
    let server = site.start();
    let front = Front::of(&server, Does::Tls);
    let stranger = Front::of(&server, Does::Tls);
    site.write("own.pem", &front.authority).write("stranger.pem", &stranger.authority);
    let upload = |authority: &str| {
        Ran::from(
            command(&site, &front.url("https"), &["--yes"]).env("SSL_CERT_FILE", authority).output().unwrap(),
        )
    };
    let distrusted = upload("stranger.pem");
    assert_eq!(distrusted.code, Some(3), "{distrusted:?}");
    assert!(distrusted.stderr.contains("invalid peer certificate"), "{distrusted:?}");
    assert!(distrusted.stderr.contains("SSL_CERT_FILE"), "the remedy is named: {distrusted:?}");
    assert_eq!(changes(&server), 0);
    let nothing = upload("no/such.pem");
    assert_eq!(nothing.code, Some(3), "{nothing:?}");
    assert!(nothing.stderr.contains("SSL_CERT_FILE"), "{nothing:?}");

    let done = upload("own.pem");
    assert_eq!(done.code, Some(0), "{done:?}");
    assert!(done.stdout.contains("uploaded to https://127.0.0.1:"), "{done:?}");
    assert!(!done.stderr.contains("not encrypted"), "{done:?}");
    assert_eq!(server.get("/rules/Own").status, 200);

    // Who speaks http to it, or https to a server without TLS, is told what broke.
    let plain = Ran::from(command(&site, &front.url("http"), &["--yes"]).output().unwrap());
    assert_eq!(plain.code, Some(3), "{plain:?}");
    assert!(plain.stderr.contains("cannot talk to `http://127.0.0.1:"), "{plain:?}");
    let mut bare = command(&site, &server.base.replace("http://", "https://"), &["--yes"]);
    let bare = Ran::from(bare.env("SSL_CERT_FILE", "own.pem").output().unwrap());
    assert_eq!(bare.code, Some(3), "{bare:?}");
    assert!(bare.stderr.contains("cannot talk to `https://127.0.0.1:"), "{bare:?}");
}

/// An upload on a terminal of its own.
fn on_terminal(site: &Site, server: &Server, args: &[&str]) -> Child {
    const TERMINAL: &str =
        "import os, pty, sys\nsys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))\n";
    let program = command(site, &server.base, args);
    let mut terminal = Command::new("python3");
    terminal.args(["-c", TERMINAL]).arg(program.get_program()).args(program.get_args());
    terminal.env("MARGAY_TOKEN", TOKEN).current_dir(site.path());
    terminal.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Types on a terminal, and waits for the end of the upload there.
fn typed(mut terminal: Child, text: &str) -> Ran {
    terminal.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    Ran::from(terminal.wait_with_output().unwrap())
}

#[test]
fn the_question_on_a_terminal_is_obeyed() {
    let site = site();
    let server = site.start();
    for answer in ["n\n", "\n", "what\n"] {
        let refused = typed(on_terminal(&site, &server, &[]), answer);
        assert_eq!(refused.code, Some(1), "{refused:?}");
        assert!(refused.stdout.contains("new       rule  Own"), "first it is shown: {refused:?}");
        let question = format!("upload this to {}? [y/N]", server.base);
        assert!(refused.stdout.contains(&question), "{refused:?}");
        assert!(refused.stdout.contains("nothing was uploaded"), "{refused:?}");
        assert_eq!(changes(&server), 0);
    }
    let done = typed(on_terminal(&site, &server, &[]), "y\n");
    assert_eq!(done.code, Some(0), "{done:?}");
    assert!(done.stdout.contains("uploaded to "), "{done:?}");
    assert_eq!(changes(&server), 1);
    // Nothing is asked when nothing changes, or when the answer is on the command line.
    let same = typed(on_terminal(&site, &server, &[]), "");
    assert!(same.code == Some(0) && !same.stdout.contains("[y/N]"), "{same:?}");
    site.write("repo/rules/own.py", "def rule(event):\n    return False\n");
    let told = typed(on_terminal(&site, &server, &["--yes"]), "");
    assert!(told.code == Some(0) && !told.stdout.contains("[y/N]"), "{told:?}");

    // Without a terminal there is nobody to ask.
    site.write("repo/rules/own.py", GOOD);
    let silent = Ran::from(command(&site, &server.base, &[]).output().unwrap());
    assert_eq!(silent.code, Some(2), "{silent:?}");
    assert!(silent.stderr.contains("there is no terminal to ask on; add --yes"), "{silent:?}");
    assert_eq!(changes(&server), 2);
}

#[test]
fn a_server_that_goes_in_the_middle_has_the_old_content() {
    let site = site();
    let server = site.start();
    let hangs_up = Front::of(&server, Does::HangUp);
    let cut = Ran::from(command(&site, &hangs_up.url("http"), &["--yes"]).output().unwrap());
    assert_eq!(cut.code, Some(3), "{cut:?}");
    assert!(cut.stderr.contains("cannot talk to `http://127.0.0.1:"), "{cut:?}");
    assert!(!cut.stdout.contains("uploaded to"), "{cut:?}");
    assert_eq!(changes(&server), 0);
    assert_eq!(Ran::from(command(&site, &server.base, &["--yes"]).output().unwrap()).code, Some(0));

    // The server itself dies while it takes the upload over.
    site.write("repo/rules/own.py", SLOW);
    let watched = Front::of(&server, Does::Watch);
    let mut upload = command(&site, &watched.url("http"), &["--yes", "--skip-tests"]);
    let upload = upload.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait_until("the upload is on its way", || watched.saw_upload.load(Ordering::Acquire));
    server.kill();
    let gone = Ran::from(upload.wait_with_output().unwrap());
    assert_eq!(gone.code, Some(3), "{gone:?}");
    assert!(gone.stderr.contains("cannot talk to `http://127.0.0.1:"), "{gone:?}");

    let server = site.start();
    assert_eq!(server.get_json("/rules/Own")["body"], GOOD, "the old content counts");
    let again = Ran::from(command(&site, &server.base, &["--yes", "--skip-tests"]).output().unwrap());
    assert_eq!(again.code, Some(0), "the same command repairs it: {again:?}");
    assert_eq!(server.get_json("/rules/Own")["body"], SLOW);
}

/// One upload waits for its answer on a terminal, and another one begins meanwhile.
#[test]
fn a_second_upload_at_the_same_time_is_refused() {
    let site = site();
    let server = site.start();
    site.write("repo/rules/own.py", SLOW);
    let mut asking = on_terminal(&site, &server, &["--skip-tests"]);
    let mut shown = Vec::new();
    let mut screen = asking.stdout.take().unwrap();
    while !String::from_utf8_lossy(&shown).contains("[y/N]") {
        let mut buffer = [0; 1024];
        let length = screen.read(&mut buffer).unwrap();
        assert!(length > 0, "it asks before it ends: {}", String::from_utf8_lossy(&shown));
        shown.extend_from_slice(&buffer[..length]);
    }
    let watched = Front::of(&server, Does::Watch);
    let mut other = command(&site, &watched.url("http"), &["--yes", "--skip-tests"]);
    let other = other.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait_until("the other one is on its way", || watched.saw_upload.load(Ordering::Acquire));
    // Not at once: where the other one has not arrived yet, this would be the first of the two.
    std::thread::sleep(Duration::from_millis(300));
    wait_until("the other one is at work", || upload(&server, "/content/upload", b"no zip").status == 409);
    asking.stdin.take().unwrap().write_all(b"y\n").unwrap();
    let mut rest = String::new();
    screen.read_to_string(&mut rest).unwrap();
    assert_eq!(asking.wait().unwrap().code(), Some(3), "{rest}");
    assert!(rest.contains("another upload is under way; try again"), "{rest}");

    // One that begins now looks when the other one is done.
    let late = Ran::from(command(&site, &server.base, &["--yes", "--skip-tests"]).output().unwrap());
    assert_eq!(late.code, Some(0), "{late:?}");
    assert!(late.stdout.starts_with("nothing to change"), "{late:?}");
    let other = Ran::from(other.wait_with_output().unwrap());
    assert_eq!(other.code, Some(0), "{other:?}");
    assert_eq!(changes(&server), 1);
}
