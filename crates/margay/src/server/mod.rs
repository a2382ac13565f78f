//! `margay serve`: assembly, readiness, signals, the end.

mod audit_events;
mod bridges;
mod catalogue;
mod chores;
mod content;
mod http;
mod intake;
mod lock;
mod running;
mod set_up;
mod settings;
mod sign_in;
mod signals;
mod world;

use std::path::Path;
use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};
use stdx::{Clock, SystemClock};
use store::Store;

use crate::cli::{Global, ServeArgs};
use crate::commands::{UNFINISHED, of_token};
use crate::config::{self, Config, Environment};
use crate::failure::Failure;
use crate::recorder::{Deed, Recorder};
use crate::telemetry;

pub(crate) use content::items_of;
pub(crate) use lock::lock;
pub(crate) use running::{Running, message_settings, outbound, python_host_config};
pub(crate) use set_up::console_link;
pub(crate) use settings::overlaid;
pub(crate) use signals::Signals;
pub(crate) use world::schemas;

/// Shortest bootstrap token.
const BOOTSTRAP_TOKEN_CHARS_MIN: usize = 16;

/// Runs everything until SIGTERM.
pub(crate) fn serve(global: &Global, args: &ServeArgs) -> Result<(), Failure> {
    let environment = config::process_environment();
    let reread = || config::load(global, args.listen.as_deref(), &environment).map_err(Failure::from);
    let config = reread()?;
    let bootstrap = bootstrap_token(&environment)?;
    telemetry::start(&config.log, global)?;
    keep_files_private();
    let _lock = lock(&config.data_dir)?;
    if config.data_dir.join(UNFINISHED).exists() {
        return Err(Failure::Operation(format!(
            "a restore into `{}` was interrupted; run `margay restore` again",
            config.data_dir.display()
        )));
    }
    remove_address(&config.data_dir)?;
    let runtime = runtime()?;
    runtime.block_on(async {
        // Before anything else, so that a signal counts from the first moment on.
        let mut signals = Signals::listen()?;
        let mut running = tokio::select! {
            running = Running::start(config, bootstrap) => running?,
            () = signals.terminated() => return Ok(()),
        };
        running.announce()?;
        running.until_terminated(&mut signals, reread).await;
        running.shut_down().await;
        Ok(())
    })
}

/// The runtime of every command that needs one.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::operation("cannot start the runtime", &error))
}

fn bootstrap_token(environment: &Environment) -> Result<Option<SecretString>, Failure> {
    let Some(token) = environment.get("MARGAY_BOOTSTRAP_TOKEN") else {
        return Ok(None);
    };
    if token.chars().count() < BOOTSTRAP_TOKEN_CHARS_MIN {
        return Err(Failure::Usage(
            "`MARGAY_BOOTSTRAP_TOKEN` is shorter than 16 characters; choose a longer one".to_owned(),
        ));
    }
    Ok(Some(SecretString::from(token.clone())))
}

fn remove_address(data_dir: &Path) -> Result<(), Failure> {
    match std::fs::remove_file(data_dir.join("address")) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Failure::operation("cannot remove the old address file", &error))
        }
        _ => Ok(()),
    }
}

/// Opens the metadata database of a data directory; also beside a running server.
pub(crate) async fn open_store(config: &Config) -> Result<Arc<Store>, Failure> {
    keep_files_private();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    Store::open(&config.data_dir, clock)
        .await
        .map(Arc::new)
        .map_err(|error| Failure::operation("cannot open the database", &error))
}

/// Logs, alerts and token digests are nobody else's business: new files are readable by their owner only.
pub(crate) fn keep_files_private() {
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
}

async fn ensure_bootstrap(store: &Arc<Store>, config: &Config, token: &SecretString) -> Result<(), Failure> {
    debug_assert!(token.expose_secret().chars().count() >= BOOTSTRAP_TOKEN_CHARS_MIN);
    let cannot = |error| Failure::operation("cannot store the bootstrap token", &error);
    let before =
        store.authenticate(token.expose_secret()).await.map_err(cannot)?.map(|known| known.token.clone());
    let made = store.ensure_token("bootstrap", model::DefaultRole::Admin.as_str(), token).await;
    let made = made.map_err(cannot)?;
    if before.as_ref() == Some(&made) {
        return Ok(());
    }
    let deed = Deed {
        name: "CREATE_API_TOKEN",
        description: "Made the token of MARGAY_BOOTSTRAP_TOKEN",
        command: "serve",
        input: serde_json::json!({ "name": made.name }),
        before: before.as_ref().map(of_token).unwrap_or_default(),
    };
    Recorder::new(store, config).of(deed, Ok(((), of_token(&made)))).await
}
