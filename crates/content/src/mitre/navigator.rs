//! A layer for the ATT&CK Navigator: how many running detections each technique has.
//! Format: <https://github.com/mitre-attack/attack-navigator/blob/master/layers/spec/v4.5/layerformat.md>

use serde_json::{Value, json};

use super::coverage::{Cell, Matrix};

/// Version of the layer format.
const LAYER_VERSION: &str = "4.5";
/// Version of the Navigator that introduced it.
const NAVIGATOR_VERSION: &str = "4.9.1";
/// Version of the matrix, by whose names tactics are called.
const ATTACK_VERSION: &str = "19";
/// Technique without a running detection, one with the most.
const COLORS: [&str; 2] = ["#ffffff", "#2c7fb8"];

/// The matrix as a layer, techniques that no detection names left out. The score of a technique is the number of
/// detections that run.
pub fn navigator_layer(matrix: &Matrix<'_>) -> Value {
    let mut techniques = Vec::new();
    let mut most = 1;
    for row in &matrix.tactics {
        for cell in row.techniques.iter().filter(|cell| cell.is_named()) {
            most = most.max(cell.enabled.len());
            techniques.push(technique(row.tactic.short_name, cell));
        }
    }
    json!({
        "name": "Margay detections",
        "versions": { "attack": ATTACK_VERSION, "navigator": NAVIGATOR_VERSION, "layer": LAYER_VERSION },
        "domain": "enterprise-attack",
        "description": "Score: detections that run. The comment names them, and those that do not run.",
        "sorting": 3,
        "hideDisabled": false,
        "gradient": { "colors": COLORS, "minValue": 0, "maxValue": most },
        "techniques": techniques,
    })
}

fn technique(tactic: &str, cell: &Cell<'_>) -> Value {
    let mut comment = cell.enabled.join(", ");
    if !cell.disabled.is_empty() {
        let separator = if comment.is_empty() { "" } else { "; " };
        comment += &format!("{separator}disabled: {}", cell.disabled.join(", "));
    }
    json!({
        "techniqueID": cell.id,
        "tactic": tactic,
        "score": cell.enabled.len(),
        "comment": comment,
        "enabled": true,
        "showSubtechniques": cell.id.contains('.'),
    })
}
