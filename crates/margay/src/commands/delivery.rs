//! `margay delivery`: list deliveries, try failed ones again; a running server follows within a second.

use comfy_table::Table;
use model::{Delivery, DeliveryId, DeliveryState, DestinationId};
use serde_json::{Value, json};
use store::{DeliveryFilter, PAGE_ITEMS_MAX, PageRequest, Store};

use crate::cli::{DeliveryCommand, Global};
use crate::config;
use crate::failure::Failure;
use crate::recorder::{Deed, Recorder};
use crate::server::{open_store, runtime};

/// Characters of a message that the table shows.
const MESSAGE_CHARS_MAX: usize = 80;

/// Runs one delivery command.
pub(crate) fn delivery(global: &Global, command: DeliveryCommand) -> Result<(), Failure> {
    let config = config::load(global, None, &config::process_environment())?;
    runtime()?.block_on(async {
        let store = open_store(&config).await?;
        let result = match known(&config, &store).await {
            Ok(known) => run(&store, &known, &Recorder::new(&store, &config), command).await,
            Err(failure) => Err(failure),
        };
        store.close().await;
        result
    })
}

/// A destination by what people call it.
struct Known {
    id: DestinationId,
    name: String,
    is_enabled: bool,
}

/// Those of the file, then the stored ones.
async fn known(config: &config::Config, store: &Store) -> Result<Vec<Known>, Failure> {
    let stored = store
        .list_destinations()
        .await
        .map_err(|error| Failure::operation("cannot read the stored destinations", &error))?;
    let of_file = config.destinations.iter().map(|destination| Known {
        id: destination.record.id.clone(),
        name: destination.record.display_name.clone(),
        is_enabled: destination.record.enabled,
    });
    let of_store = stored.into_iter().map(|row| Known {
        id: row.id,
        name: row.display_name,
        is_enabled: row.settings.enabled,
    });
    Ok(of_file.chain(of_store).collect())
}

async fn run(
    store: &Store,
    known: &[Known],
    recorder: &Recorder,
    command: DeliveryCommand,
) -> Result<(), Failure> {
    match command {
        DeliveryCommand::List { failed, destination, limit } => {
            let state = failed.then_some(DeliveryState::Failed);
            let destination = destination.map(|name| id_of(known, &name));
            list(store, &DeliveryFilter { state, destination, ..DeliveryFilter::default() }, limit).await
        }
        DeliveryCommand::Retry { id: Some(id), .. } => retry_one(store, known, recorder, id).await,
        DeliveryCommand::Retry { id: None, destination, .. } => {
            let only = destination.map(|name| find(known, &name)).transpose()?;
            retry_all(store, known, recorder, only).await
        }
    }
}

/// The id of a name; what is no name is taken as the id, also of a destination that is gone.
fn id_of(known: &[Known], name: &str) -> DestinationId {
    known.iter().find(|it| it.name == name).map_or_else(|| DestinationId::from(name), |it| it.id.clone())
}

fn find<'a>(known: &'a [Known], name: &str) -> Result<&'a Known, Failure> {
    let id = id_of(known, name);
    known.iter().find(|it| it.id == id).ok_or_else(|| {
        let names: Vec<String> = known.iter().map(|it| format!("`{}`", it.name)).collect();
        let names = if names.is_empty() { "none is configured".to_owned() } else { names.join(", ") };
        Failure::Usage(format!("no destination `{name}`; known: {names}"))
    })
}

#[expect(clippy::print_stdout, reason = "results go to stdout")]
async fn list(store: &Store, filter: &DeliveryFilter, limit: usize) -> Result<(), Failure> {
    let mut deliveries: Vec<Delivery> = Vec::new();
    let mut cursor = None;
    while deliveries.len() < limit {
        let page = PageRequest { cursor, limit: (limit - deliveries.len()).min(PAGE_ITEMS_MAX) };
        let page = store
            .list_deliveries(filter, &page)
            .await
            .map_err(|error| Failure::operation("cannot list the deliveries", &error))?;
        deliveries.extend(page.items);
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    let mut table = Table::new();
    table.load_preset(comfy_table::presets::NOTHING);
    table.set_header(["ID", "ALERT", "DESTINATION", "STATE", "CREATED", "ATTEMPTS", "LAST REPLY"]);
    for delivery in deliveries {
        let last = delivery.attempts.last();
        let message = last.map_or_else(String::new, |attempt| {
            let status = attempt.status_code.map_or_else(String::new, |code| format!("{code} "));
            format!("{status}{}", attempt.message.replace(['\n', '\r', '\t'], " "))
        });
        table.add_row([
            delivery.id.to_string(),
            delivery.alert_id.to_string(),
            delivery.destination_name,
            delivery.state.as_str().to_owned(),
            model::format_aws_date_time(delivery.created_at),
            delivery.attempt_count.to_string(),
            stdx::truncate_with_ellipsis(&message, MESSAGE_CHARS_MAX),
        ]);
    }
    println!("{table}");
    if cursor.is_some() {
        println!("more than {limit}; see them with --limit");
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "results go to stdout")]
async fn retry_one(store: &Store, known: &[Known], recorder: &Recorder, id: String) -> Result<(), Failure> {
    let id = DeliveryId::from(id);
    let unreadable = |error| Failure::operation("cannot read the delivery", &error);
    if let Some(delivery) = store.find_delivery(&id).await.map_err(unreadable)? {
        let name = &delivery.destination_name;
        let usable = known.iter().any(|it| it.id == delivery.destination_id && it.is_enabled);
        if delivery.state == DeliveryState::Failed && !usable {
            let message = format!(
                "delivery `{id}`: its destination `{name}` is not configured or disabled; bring it back first"
            );
            return Err(Failure::Operation(message));
        }
    }
    let deed = Deed {
        name: "RETRY_ALERT_DELIVERY",
        description: "Asked for one more attempt of a delivery",
        command: "delivery retry",
        input: json!({ "id": id.as_str() }),
        before: Value::Null,
    };
    let delivery = store
        .retry_delivery(&id)
        .await
        .map_err(|error| Failure::operation("cannot ask for one more attempt", &error));
    let delivery = recorder.of(deed, delivery.map(|delivery| (delivery, Value::Null))).await?;
    println!("one more attempt of {} to {}", delivery.id, delivery.destination_name);
    Ok(())
}

#[expect(clippy::print_stdout, reason = "results go to stdout")]
async fn retry_all(
    store: &Store,
    known: &[Known],
    recorder: &Recorder,
    only: Option<&Known>,
) -> Result<(), Failure> {
    if let Some(Known { name, .. }) = only.filter(|it| !it.is_enabled) {
        return Err(Failure::Usage(format!("destination `{name}` is disabled; enable it first")));
    }
    let chosen: Vec<&Known> =
        known.iter().filter(|it| it.is_enabled && only.is_none_or(|only| only.id == it.id)).collect();
    let names: Vec<&str> = chosen.iter().map(|it| it.name.as_str()).collect();
    let deed = Deed {
        name: "RETRY_ALERT_DELIVERY",
        description: "Asked for one more attempt of all failed deliveries",
        command: "delivery retry --all",
        input: json!({ "destinations": names }),
        before: Value::Null,
    };
    let retried = retry_failed(store, &chosen).await;
    let retried =
        recorder.of(deed, retried.map(|retried| (retried, json!({ "deliveries": retried })))).await?;
    println!("{retried} failed deliveries are tried again");
    Ok(())
}

async fn retry_failed(store: &Store, chosen: &[&Known]) -> Result<u64, Failure> {
    let mut retried = 0;
    for destination in chosen {
        retried += store
            .retry_failed_of(&destination.id, &model::LogTypeAccess::ALL)
            .await
            .map_err(|error| Failure::operation("cannot ask for more attempts", &error))?;
    }
    Ok(retried)
}
