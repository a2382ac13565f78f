//! `margay destination`: list destinations, send test alerts.

use std::sync::Arc;

use comfy_table::Table;
use delivery::{ConfiguredDestination, send_test};
use stdx::{Clock, SystemClock};

use crate::cli::{DestinationCommand, Global};
use crate::config::{self, Config};
use crate::failure::Failure;
use crate::server::{message_settings, outbound, runtime};

/// Runs one destination command.
pub(crate) fn destination(global: &Global, command: DestinationCommand) -> Result<(), Failure> {
    let config = config::load(global, None, &config::process_environment())?;
    match command {
        DestinationCommand::List => {
            list(&config);
            Ok(())
        }
        DestinationCommand::Test { name } => runtime()?.block_on(test(&config, &name)),
    }
}

#[expect(clippy::print_stdout, reason = "results go to stdout")]
fn list(config: &Config) {
    let mut table = Table::new();
    table.load_preset(comfy_table::presets::NOTHING);
    table.set_header(["NAME", "TYPE", "SEVERITIES", "ALERT TYPES", "LOG TYPES", "ENABLED", "ID"]);
    for destination in &config.destinations {
        let record = &destination.record;
        let or = |texts: Vec<String>, empty: &str| {
            if texts.is_empty() { empty.to_owned() } else { texts.join(",") }
        };
        table.add_row([
            record.display_name.clone(),
            record.destination_type.to_string(),
            or(record.severities.iter().map(ToString::to_string).collect(), "(only when named)"),
            or(record.alert_types.iter().map(ToString::to_string).collect(), "(all but SYSTEM_ERROR)"),
            or(record.log_types.iter().map(ToString::to_string).collect(), "(all)"),
            record.enabled.to_string(),
            record.id.to_string(),
        ]);
    }
    println!("{table}");
}

#[expect(clippy::print_stdout, reason = "results go to stdout")]
async fn test(config: &Config, name: &str) -> Result<(), Failure> {
    let by_name = config.destinations.iter().find(|d| d.record.display_name == name);
    let destination = by_name.or_else(|| config.destinations.iter().find(|d| d.record.id.as_str() == name));
    let Some(destination) = destination else {
        let names: Vec<String> =
            config.destinations.iter().map(|d| format!("`{}`", d.record.display_name)).collect();
        let known = if names.is_empty() { "none is configured".to_owned() } else { names.join(", ") };
        return Err(Failure::Usage(format!("no destination `{name}`; known: {known}")));
    };
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let configured = ConfiguredDestination {
        record: destination.record.clone(),
        sender: Arc::clone(&destination.sender),
        policy: destination.policy.clone(),
    };
    let external_url = config.external_url.clone().map_or_else(
        || {
            format!("http://{}", config.listen)
                .parse()
                .map_err(|error| Failure::operation("the listen address makes no URL", &error))
        },
        Ok,
    )?;
    let settings = message_settings(config, &external_url);
    let result = send_test(&outbound(config, &clock), &*clock, &settings, &configured).await;
    let status = result.status_code.map_or_else(|| "no reply".to_owned(), |code| format!("status {code}"));
    if result.success {
        println!("delivered to {} ({status})", destination.record.display_name);
        Ok(())
    } else {
        println!("not delivered to {} ({status}): {}", destination.record.display_name, result.message);
        Err(Failure::Found)
    }
}
