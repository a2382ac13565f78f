//! `margay token`: make, list and revoke API tokens; with or without a running server.

use comfy_table::Table;
use secrecy::ExposeSecret;

use crate::cli::{Global, TokenCommand};
use crate::config;
use crate::failure::Failure;
use crate::server::{open_store, runtime};

/// Runs one token command.
pub(crate) fn token(global: &Global, command: TokenCommand) -> Result<(), Failure> {
    let config = config::load(global, None, &config::process_environment())?;
    runtime()?.block_on(async {
        let store = open_store(&config).await?;
        let result = run(&store, command).await;
        store.close().await;
        result
    })
}

#[expect(clippy::print_stdout, reason = "results go to stdout")]
async fn run(store: &store::Store, command: TokenCommand) -> Result<(), Failure> {
    match command {
        TokenCommand::Create { name, role } => {
            let role: model::DefaultRole =
                role.parse().map_err(|error: model::UnknownRole| Failure::Usage(error.to_string()))?;
            let token = store
                .create_token(&name, role.as_str())
                .await
                .map_err(|error| Failure::operation("cannot make the token", &error))?;
            println!("{}", token.value.expose_secret());
        }
        TokenCommand::List => {
            let tokens = store
                .list_tokens()
                .await
                .map_err(|error| Failure::operation("cannot list the tokens", &error))?;
            let mut table = Table::new();
            table.load_preset(comfy_table::presets::NOTHING);
            table.set_header(["ID", "NAME", "ROLE", "BEGINS", "CREATED", "LAST USED", "REVOKED"]);
            let time =
                |at: Option<jiff::Timestamp>| at.map_or_else(|| "-".to_owned(), model::format_aws_date_time);
            for token in tokens {
                table.add_row([
                    token.id,
                    token.name,
                    token.role,
                    token.prefix,
                    time(Some(token.created_at)),
                    time(token.last_used_at),
                    time(token.revoked_at),
                ]);
            }
            println!("{table}");
        }
        TokenCommand::Revoke { token } => {
            let revoked = store
                .revoke_token(&token)
                .await
                .map_err(|error| Failure::operation("cannot revoke the token", &error))?;
            println!("revoked {} ({})", revoked.name, revoked.id);
        }
    }
    Ok(())
}
