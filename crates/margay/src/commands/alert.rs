//! `margay alert`: why an alert went where it went, and sending it by hand.

use std::sync::Arc;

use alerting::{check_manual_dispatch, is_auto_delivery_id, manual_delivery};
use comfy_table::Table;
use model::{Alert, AlertId, Delivery, DeliveryId, DestinationId, RoutingScenario};
use serde_json::{Value, json};
use uuid::Uuid;

use super::destination::all;
use crate::cli::{AlertCommand, Global};
use crate::config::{self, Config};
use crate::failure::Failure;
use crate::recorder::{Deed, Recorder};
use crate::server::{open_store, runtime};
use crate::stored::Vault;

/// Runs one alert command.
pub(crate) fn alert(global: &Global, command: AlertCommand) -> Result<(), Failure> {
    let config = config::load(global, None, &config::process_environment())?;
    runtime()?.block_on(async {
        let store = open_store(&config).await?;
        let result = match command {
            AlertCommand::Why { id } => why(&store, &id).await,
            AlertCommand::Send { id, to } => {
                let vault = Vault::new(Arc::clone(&store), &config);
                send(&config, &store, &vault, &Recorder::new(&store, &config), &id, &to).await
            }
        };
        store.close().await;
        result
    })
}

async fn find(store: &store::Store, id: &AlertId) -> Result<Arc<Alert>, Failure> {
    let found = store.find_alert(id).await;
    found
        .map_err(|error| Failure::operation("cannot read the alert", &error))?
        .ok_or_else(|| Failure::Usage(format!("no alert `{id}`; `GET /alerts` lists the alerts")))
}

#[expect(clippy::print_stdout, reason = "results go to stdout")]
async fn why(store: &store::Store, id: &str) -> Result<(), Failure> {
    let id = AlertId::from(id);
    let alert = find(store, &id).await?;
    let deliveries = store
        .deliveries_of_alert(&id)
        .await
        .map_err(|error| Failure::operation("cannot read the deliveries", &error))?;
    let Alert { title, severity, alert_type, routing, .. } = &*alert;
    println!("{title}\n{alert_type} {severity}: {}\n", decided(routing.scenario));
    if routing.explanation.is_empty() {
        println!("no destination was known when this alert was made, or its reasons were not kept then");
    }
    let (by_itself, by_hand): (Vec<&Delivery>, Vec<&Delivery>) =
        deliveries.iter().partition(|delivery| is_auto_delivery_id(&delivery.id));
    let mut table = Table::new();
    table.load_preset(comfy_table::presets::NOTHING);
    table.set_header(["DESTINATION", "CHOSEN", "DELIVERY", "WHY"]);
    for line in &routing.explanation {
        let chosen = if line.chosen { "yes" } else { "no" };
        table.add_row([&line.display_name, chosen, state_of(&by_itself, &line.destination_id), &line.reason]);
    }
    for delivery in by_hand {
        let reason = format!("a person sent it at {}", model::format_aws_date_time(delivery.created_at));
        table.add_row([&delivery.destination_name, "by hand", delivery.state.as_str(), &reason]);
    }
    println!("{table}");
    for warning in &routing.warnings {
        println!("warning: {warning}");
    }
    Ok(())
}

fn state_of(deliveries: &[&Delivery], to: &DestinationId) -> &'static str {
    let last = deliveries.iter().rfind(|delivery| delivery.destination_id == *to);
    last.map_or("-", |delivery| delivery.state.as_str())
}

#[expect(clippy::print_stdout, reason = "results go to stdout")]
async fn send(
    config: &Config,
    store: &store::Store,
    vault: &Vault,
    recorder: &Recorder,
    id: &str,
    to: &[String],
) -> Result<(), Failure> {
    let alert = find(store, &AlertId::from(id)).await?;
    let records: Vec<_> = all(config, vault).await?.iter().map(|entry| entry.record().clone()).collect();
    let chosen =
        check_manual_dispatch(&alert, to, &records).map_err(|error| Failure::Usage(error.to_string()))?;
    let new = |destination| manual_delivery(destination, DeliveryId::from(Uuid::new_v4().to_string()));
    let deed = Deed {
        name: "CREATE_ALERT_DELIVERY",
        description: "Sent an alert to destinations by hand",
        command: "alert send",
        input: json!({ "id": alert.id.as_str(), "to": to }),
        before: Value::Null,
    };
    let deliveries = store
        .create_manual_deliveries(&alert.id, chosen.into_iter().map(new).collect())
        .await
        .map_err(|error| Failure::operation("cannot send the alert", &error))
        .map(|deliveries| {
            let ids: Vec<&str> = deliveries.iter().map(|delivery| delivery.id.as_str()).collect();
            let after = json!({ "deliveries": ids });
            (deliveries, after)
        });
    for delivery in recorder.of(deed, deliveries).await? {
        println!("{} to {}", delivery.id, delivery.destination_name);
    }
    Ok(())
}

fn decided(scenario: RoutingScenario) -> &'static str {
    match scenario {
        RoutingScenario::Dynamic => "`destinations()` of the rule decided",
        RoutingScenario::Static => "`OutputIds` of the detection decided",
        RoutingScenario::Configuration => "the filters of the destinations decided",
        RoutingScenario::Manual => "a person decided",
        RoutingScenario::None => "no destination was chosen",
    }
}
