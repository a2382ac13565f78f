//! Kinds of log sources that are not built yet: none of them exists, and none can be made.

use api_types::ErrorMessage;

use crate::auth::{Caller, LogSourceModify, LogSourceRead};
use crate::error::ApiError;
use crate::params::Id;

macro_rules! not_yet {
    ($module:ident, $collection:literal, $item:literal, $create:literal, $find:literal, $update:literal, $delete:literal) => {
        pub(crate) mod $module {
            use super::*;

            const MESSAGE: &str =
                concat!("`", $collection, "` is not available yet; use `/log-sources/http`");

            /// Not available yet: always 400.
            #[utoipa::path(post, path = $collection, tag = "log source", operation_id = $create,
                        request_body = Object, responses((status = 400, body = ErrorMessage)))]
            pub(crate) async fn create(_: Caller<LogSourceModify>) -> ApiError {
                ApiError::bad_request(MESSAGE)
            }

            /// Not available yet: always 404.
            #[utoipa::path(get, path = $item, tag = "log source", operation_id = $find,
                        params(("id" = String, Path)), responses((status = 404, body = ErrorMessage)))]
            pub(crate) async fn find(_: Caller<LogSourceRead>, Id(id): Id) -> ApiError {
                unknown(&id, MESSAGE)
            }

            /// Not available yet: always 404.
            #[utoipa::path(put, path = $item, tag = "log source", operation_id = $update,
                        params(("id" = String, Path)), request_body = Object,
                        responses((status = 404, body = ErrorMessage)))]
            pub(crate) async fn update(_: Caller<LogSourceModify>, Id(id): Id) -> ApiError {
                unknown(&id, MESSAGE)
            }

            /// Not available yet: always 404.
            #[utoipa::path(delete, path = $item, tag = "log source", operation_id = $delete,
                        params(("id" = String, Path)), responses((status = 404, body = ErrorMessage)))]
            pub(crate) async fn delete(_: Caller<LogSourceModify>, Id(id): Id) -> ApiError {
                unknown(&id, MESSAGE)
            }
        }
    };
}

not_yet!(
    s3,
    "/log-sources/s3",
    "/log-sources/s3/{id}",
    "create_s3_source",
    "find_s3_source",
    "update_s3_source",
    "delete_s3_source"
);
not_yet!(
    gcs,
    "/log-sources/gcs",
    "/log-sources/gcs/{id}",
    "create_gcs_source",
    "find_gcs_source",
    "update_gcs_source",
    "delete_gcs_source"
);
not_yet!(
    pubsub,
    "/log-sources/pubsub",
    "/log-sources/pubsub/{id}",
    "create_pubsub_source",
    "find_pubsub_source",
    "update_pubsub_source",
    "delete_pubsub_source"
);

fn unknown(id: &str, message: &str) -> ApiError {
    ApiError::not_found(format!("no log source `{id}`: {message}"))
}
