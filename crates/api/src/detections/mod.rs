//! The console's own routes about detections: their texts, checks and tests, the list, switches, the MITRE ATT&CK
//! matrix, packs, and what detections may be about.

mod desk;
mod item;
mod kinds;
mod list;
mod log_types;
mod matrix;
mod packs;
mod switch;
mod try_out;
mod wire;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use desk::{
    DetectionDesk, ItemText, Precondition, PutText, SWITCHED_MAX, TextFile, TextFinding, TextTests,
};

use crate::state::ApiState;

/// The routes and their description.
pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list::list_detections))
        .routes(routes!(try_out::check_detection))
        .routes(routes!(try_out::test_detection))
        .routes(routes!(switch::switch_detections))
        .routes(routes!(matrix::show_matrix))
        .routes(routes!(matrix::export_layer))
        .routes(routes!(item::find_detection, item::put_detection, item::delete_detection))
        .routes(routes!(item::find_version))
        .routes(routes!(packs::list_packs))
        .routes(routes!(packs::switch_pack))
        .routes(routes!(log_types::list_log_types))
        .routes(routes!(log_types::list_fields))
}
