//! The link by which the first administrator is made.
//!
//! It lies in the data directory, readable by the server's own user, and not in the log: whoever can read it
//! could as well change the database. So no stranger who finds a fresh server can take it.

use std::io::Write as _;
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use secrecy::ExposeSecret as _;
use store::Store;
use tracing::info;

use crate::config::Config;
use crate::failure::Failure;

/// Name of the file in the data directory.
const FILE: &str = "set-up-link";

/// Writes the link when there is nobody yet, else removes what an earlier start wrote.
pub(super) async fn offer(config: &Config, store: &Store, bound: SocketAddr) -> Result<(), Failure> {
    let path = config.data_dir.join(FILE);
    let link = store.create_set_up_link().await;
    let link = link.map_err(|error| Failure::operation("cannot make the set-up link", &error))?;
    match link {
        Some(value) => {
            let link = console_link(config, Some(bound), &format!("set-up#{}", value.expose_secret()));
            write(&path, &link)
                .map_err(|error| Failure::operation("cannot write the set-up link", &error))?;
            info!(
                "nobody can sign in yet: open the link in {} to make the first administrator",
                path.display()
            );
        }
        None => {
            if let Err(error) = std::fs::remove_file(&path)
                && error.kind() != std::io::ErrorKind::NotFound
            {
                return Err(Failure::operation("cannot remove the old set-up link", &error));
            }
        }
    }
    Ok(())
}

/// Readable by the server's own user alone, renamed into place.
fn write(path: &Path, link: &str) -> std::io::Result<()> {
    let temporary = path.with_extension("new");
    match std::fs::remove_file(&temporary) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
    file.write_all(format!("{link}\n").as_bytes())?;
    std::fs::rename(temporary, path)
}

/// A page of the console as people reach it: by the configured address, else where the server listens, or did.
pub(crate) fn console_link(config: &Config, bound: Option<SocketAddr>, page: &str) -> String {
    let base = config.external_url.as_ref().map(|url| url.as_str().trim_end_matches('/').to_owned());
    let written = || std::fs::read_to_string(config.data_dir.join("address")).ok();
    let base = base.unwrap_or_else(|| {
        let address = bound.map(|bound| bound.to_string());
        let address = address.or_else(written).unwrap_or_else(|| config.listen.to_string());
        format!("http://{}", address.trim())
    });
    format!("{base}/console/{page}")
}
