//! `margay destination`: list, test, make and delete destinations; a running server follows within a second.

use std::io::Read;
use std::sync::Arc;

use api::AdminRefusal;
use api_types::{DeliveryPolicy, DestinationForm};
use comfy_table::Table;
use delivery::{ConfiguredDestination, send_test};
use model::Destination;
use serde_json::{Map, Value, json};
use stdx::{Clock, SystemClock};

use crate::cli::{DestinationCommand, Global};
use crate::config::{self, Config};
use crate::failure::Failure;
use crate::recorder::{Deed, Recorder};
use crate::server::{message_settings, open_store, outbound, overlaid, runtime};
use crate::stored::{Entry, Vault};

/// Longest configuration that is read from a file.
const CONFIG_BYTES_MAX: u64 = 1 << 20;

/// Runs one destination command.
pub(crate) fn destination(global: &Global, command: DestinationCommand) -> Result<(), Failure> {
    let (global, command) = settings_beside_config(global.clone(), command)?;
    let config = config::load(&global, None, &config::process_environment())?;
    runtime()?.block_on(async {
        let store = open_store(&config).await?;
        let (config, _) = overlaid(config, &store).await?;
        let vault = Vault::new(Arc::clone(&store), &config);
        let result = run(&config, &vault, &Recorder::new(&store, &config), command).await;
        store.close().await;
        result
    })
}

/// `--config` is the configuration file of every command; of `create` it is also the destination's own
/// configuration, which begins with `{` or `@`.
fn settings_beside_config(
    mut global: Global,
    mut command: DestinationCommand,
) -> Result<(Global, DestinationCommand), Failure> {
    if let DestinationCommand::Create { settings, .. } = &mut command
        && settings.is_none()
    {
        let is_settings = |text: &&str| text.starts_with(['{', '@']);
        let given = global.config.as_deref().and_then(std::path::Path::to_str).filter(is_settings);
        let Some(given) = given.map(str::to_owned) else {
            let message =
                "the destination's configuration is missing; give `--config JSON` or `--config @FILE`";
            return Err(Failure::Usage(message.to_owned()));
        };
        *settings = Some(given);
        global.config = None;
    }
    Ok((global, command))
}

#[expect(clippy::print_stdout, reason = "results go to stdout")]
async fn run(
    config: &Config,
    vault: &Vault,
    recorder: &Recorder,
    command: DestinationCommand,
) -> Result<(), Failure> {
    let (file, default) = (&config.destinations, &config.delivery);
    match command {
        DestinationCommand::List => {
            list(&all(config, vault).await?);
            Ok(())
        }
        DestinationCommand::Test { name } => {
            let all = all(config, vault).await?;
            let entry = find(&all, &name)?;
            let deed = Deed {
                name: "SEND_TEST_ALERT",
                description: "Sent the test alert to a destination",
                command: "destination test",
                input: named(entry.record()),
                before: Value::Null,
            };
            let sent = test(config, entry).await;
            recorder.of(deed, sent.map(|()| ((), Value::Null))).await
        }
        DestinationCommand::Create { kind, name, settings, severities, alert_types, log_types, rate } => {
            let form = DestinationForm {
                id: None,
                display_name: name,
                destination_type: kind,
                config: config_of(settings.as_deref().unwrap_or_default())?,
                severities,
                alert_types,
                log_types,
                manual_dispatch: None,
                enabled: None,
                delivery: DeliveryPolicy { rate, ..DeliveryPolicy::default() },
            };
            let deed = Deed {
                name: "CREATE_ALERT_DESTINATION",
                description: "Made a destination",
                command: "destination create",
                input: serde_json::to_value(&form).unwrap_or_default(),
                before: Value::Null,
            };
            let made = vault.create(form, file, default, SystemClock.now()).await.map_err(refused);
            let made =
                recorder.of(deed, made.map(|made| (made.record.id.clone(), shown(&made.record)))).await?;
            println!("{made}");
            Ok(())
        }
        DestinationCommand::Delete { name } => {
            let all = all(config, vault).await?;
            let record = find(&all, &name)?.record();
            if record.provisioned {
                let message =
                    format!("destination `{name}` is declared in the configuration file; remove it there");
                return Err(Failure::Usage(message));
            }
            let deed = Deed {
                name: "DELETE_ALERT_DESTINATION",
                description: "Deleted a destination",
                command: "destination delete",
                input: named(record),
                before: shown(record),
            };
            let cancelled = vault.delete(&record.id).await.map_err(refused);
            let after = |cancelled| (cancelled, json!({ "cancelledDeliveries": cancelled }));
            let cancelled = recorder.of(deed, cancelled.map(after)).await?;
            println!("deleted {} ({}); {cancelled} deliveries are cancelled", record.display_name, record.id);
            Ok(())
        }
    }
}

/// A destination, as the audit log names what is acted on.
fn named(record: &Destination) -> Value {
    json!({ "id": record.id.as_str(), "displayName": record.display_name })
}

/// A destination without its configuration, for the audit log.
fn shown(record: &Destination) -> Value {
    let words = |texts: Vec<String>| Value::from(texts);
    json!({
        "id": record.id.as_str(), "displayName": record.display_name,
        "type": record.destination_type.to_string(),
        "severities": words(record.severities.iter().map(ToString::to_string).collect()),
        "alertTypes": words(record.alert_types.iter().map(ToString::to_string).collect()),
        "logTypes": words(record.log_types.iter().map(ToString::to_string).collect()),
        "manualDispatch": record.manual_dispatch, "enabled": record.enabled,
    })
}

fn refused(refusal: AdminRefusal) -> Failure {
    match refusal {
        AdminRefusal::Invalid(message)
        | AdminRefusal::NotFound(message)
        | AdminRefusal::Conflict(message)
        | AdminRefusal::Outdated(message) => Failure::Usage(message),
        AdminRefusal::Failed(message) => Failure::Operation(message),
    }
}

/// Reads `--config`: JSON, or `@FILE` with it. No error repeats what may be a secret.
fn config_of(argument: &str) -> Result<Map<String, Value>, Failure> {
    let unreadable = |name: &str, error| Failure::Usage(format!("`--config`: cannot read `{name}`: {error}"));
    let text = match argument.strip_prefix('@') {
        None => argument.to_owned(),
        Some("-") => {
            let mut text = String::new();
            let mut input = std::io::stdin().take(CONFIG_BYTES_MAX);
            input.read_to_string(&mut text).map_err(|error| unreadable("standard input", error))?;
            text
        }
        Some(file) => std::fs::read_to_string(file).map_err(|error| unreadable(file, error))?,
    };
    match serde_json::from_str(&text) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) => Err(Failure::Usage("`--config` must be a JSON object of keys and values".to_owned())),
        Err(error) => Err(Failure::Usage(format!(
            "`--config` is no JSON (line {}, column {}); give an object, or @FILE",
            error.line(),
            error.column()
        ))),
    }
}

/// Those of the file, then the stored ones.
pub(super) async fn all(config: &Config, vault: &Vault) -> Result<Vec<Entry>, Failure> {
    let stored = vault
        .entries(&config.delivery)
        .await
        .map_err(|error| Failure::operation("cannot read the stored destinations", &error))?;
    let mut all: Vec<Entry> = config.destinations.iter().cloned().map(Entry::from).chain(stored).collect();
    let noted = vault.note_mutes(&mut all).await;
    noted.map_err(|error| Failure::operation("cannot read which destinations are muted", &error))?;
    Ok(all)
}

fn find<'a>(all: &'a [Entry], name: &str) -> Result<&'a Entry, Failure> {
    let by_name = all.iter().find(|entry| entry.record().display_name == name);
    by_name.or_else(|| all.iter().find(|entry| entry.record().id.as_str() == name)).ok_or_else(|| {
        let names: Vec<String> =
            all.iter().map(|entry| format!("`{}`", entry.record().display_name)).collect();
        let known = if names.is_empty() { "none is configured".to_owned() } else { names.join(", ") };
        Failure::Usage(format!("no destination `{name}`; known: {known}"))
    })
}

#[expect(clippy::print_stdout, reason = "results go to stdout")]
fn list(all: &[Entry]) {
    let now = SystemClock.now();
    let mut table = Table::new();
    table.load_preset(comfy_table::presets::NOTHING);
    table.set_header([
        "NAME",
        "TYPE",
        "SEVERITIES",
        "ALERT TYPES",
        "LOG TYPES",
        "ENABLED",
        "MUTED UNTIL",
        "MADE BY",
        "ID",
    ]);
    for entry in all {
        let record = entry.record();
        let or = |texts: Vec<String>, empty: &str| {
            if texts.is_empty() { empty.to_owned() } else { texts.join(",") }
        };
        table.add_row([
            record.display_name.clone(),
            record.destination_type.to_string(),
            or(record.severities.iter().map(ToString::to_string).collect(), "(only when named)"),
            or(record.alert_types.iter().map(ToString::to_string).collect(), "(all but SYSTEM_ERROR)"),
            or(record.log_types.iter().map(ToString::to_string).collect(), "(all)"),
            enabled(entry, record),
            record.muted_until(now).map_or_else(|| "-".to_owned(), |until| until.to_string()),
            if record.provisioned { "file" } else { "hand" }.to_owned(),
            record.id.to_string(),
        ]);
    }
    println!("{table}");
}

fn enabled(entry: &Entry, record: &Destination) -> String {
    match entry {
        Entry::Usable { .. } => record.enabled.to_string(),
        Entry::Unreadable { problem, .. } => format!("cannot be used: {problem}"),
    }
}

#[expect(clippy::print_stdout, reason = "results go to stdout")]
async fn test(config: &Config, entry: &Entry) -> Result<(), Failure> {
    let destination = match entry {
        Entry::Usable { destination, .. } => destination,
        Entry::Unreadable { problem, .. } => return Err(Failure::Operation(problem.clone())),
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
