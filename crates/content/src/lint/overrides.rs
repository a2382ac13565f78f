//! The values of overrides, as those of items.

use super::destinations;
use super::keys::is_zero;
use crate::codes;
use crate::item::LoadOptions;
use crate::overlay::OverridesFile;
use crate::yaml::Node;

/// Warns of destinations that do not exist and of a threshold without effect.
pub(crate) fn check_overrides(file: &mut OverridesFile<'_>, options: &LoadOptions) {
    let OverridesFile { entries, report, .. } = file;
    for entry in entries {
        report.item_id = Some(entry.id.clone());
        if let Some(field) = entry.keys.get("threshold").filter(|field| is_zero(&field.value)) {
            let message = "`threshold` 0 is treated as 1".to_owned();
            let hint = Some("write 1 or more".to_owned());
            report.add_with_hint(&codes::THRESHOLD_ZERO, field.value.span, message, hint);
        }
        let Some(known) = &options.destinations else { continue };
        let names = entry.keys.get("output_ids").and_then(|field| field.value.as_list()).unwrap_or_default();
        for node in names {
            let Some(name) = Node::as_text(node).filter(|name| !known.contains(*name)) else { continue };
            let message = format!("there is no destination `{name}`");
            let hint = Some(destinations::hint(name, known));
            report.add_with_hint(&codes::UNKNOWN_DESTINATION, node.span, message, hint);
        }
    }
    report.item_id = None;
}
