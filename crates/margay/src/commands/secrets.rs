//! `margay secrets`: the keys of stored secrets; a running server follows within a second.

use serde_json::{Value, json};

use crate::cli::{Global, SecretsCommand};
use crate::config;
use crate::failure::Failure;
use crate::recorder::{Deed, Recorder};
use crate::server::{open_store, runtime};

/// Runs one secrets command.
#[expect(clippy::print_stdout, reason = "results go to stdout")]
pub(crate) fn secrets(global: &Global, command: &SecretsCommand) -> Result<(), Failure> {
    let SecretsCommand::Rotate = command;
    let config = config::load(global, None, &config::process_environment())?;
    runtime()?.block_on(async {
        let store = open_store(&config).await?;
        let deed = Deed {
            name: "ROTATE_SECRETS",
            description: "Put all stored secrets under a new key",
            command: "secrets rotate",
            input: json!({}),
            before: Value::Null,
        };
        let rotated = store.rotate_secrets(&config.key_file).await;
        let rotated = rotated
            .map_err(|error| Failure::operation("cannot rotate the key", &error))
            .map(|count| (count, json!({ "rewrapped": count })));
        let count = Recorder::new(&store, &config).of(deed, rotated).await;
        store.close().await;
        let count = count?;
        println!("{count} stored secrets are under a new key in {}", config.key_file.display());
        Ok(())
    })
}
