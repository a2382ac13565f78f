//! `margay alert`: why an alert went where it went.

use comfy_table::Table;
use model::{Alert, AlertId, DeliveryState, RoutingScenario};

use crate::cli::{AlertCommand, Global};
use crate::config;
use crate::failure::Failure;
use crate::server::{open_store, runtime};

/// Runs one alert command.
pub(crate) fn alert(global: &Global, command: AlertCommand) -> Result<(), Failure> {
    let config = config::load(global, None, &config::process_environment())?;
    runtime()?.block_on(async {
        let store = open_store(&config).await?;
        let AlertCommand::Why { id } = command;
        let result = why(&store, &id).await;
        store.close().await;
        result
    })
}

#[expect(clippy::print_stdout, reason = "results go to stdout")]
async fn why(store: &store::Store, id: &str) -> Result<(), Failure> {
    let unreadable = |error| Failure::operation("cannot read the alert", &error);
    let id = AlertId::from(id);
    let Some(alert) = store.find_alert(&id).await.map_err(unreadable)? else {
        return Err(Failure::Usage(format!("no alert `{id}`; `GET /alerts` lists the alerts")));
    };
    let Alert { title, severity, alert_type, routing, .. } = &*alert;
    println!("{title}\n{alert_type} {severity}: {}\n", decided(routing.scenario));
    if routing.explanation.is_empty() {
        println!("no destination was known when this alert was made, or its reasons were not kept then");
    }
    let deliveries = store.deliveries_of_alert(&id).await.map_err(unreadable)?;
    let state_of = |destination: &model::DestinationId| -> &str {
        let last = deliveries.iter().rfind(|delivery| delivery.destination_id == *destination);
        last.map_or("-", |delivery| DeliveryState::as_str(delivery.state))
    };
    let mut table = Table::new();
    table.load_preset(comfy_table::presets::NOTHING);
    table.set_header(["DESTINATION", "CHOSEN", "DELIVERY", "WHY"]);
    for line in &routing.explanation {
        let chosen = if line.chosen { "yes" } else { "no" };
        table.add_row([&line.display_name, chosen, state_of(&line.destination_id), &line.reason]);
    }
    println!("{table}");
    for warning in &routing.warnings {
        println!("warning: {warning}");
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
