//! The description of the API is committed, so that a change of it is seen in review. `UPDATE_DOCS=1` writes it
//! anew.

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "asked for on the command line of the test, not by the product"
)]
fn the_committed_description_is_that_of_the_router() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");
    let (_, description) = crate::router::described();
    let fresh = description.to_pretty_json().unwrap() + "\n";
    if std::env::var("UPDATE_DOCS").is_ok() {
        std::fs::write(path, &fresh).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    // Too long to be shown.
    assert!(committed == fresh, "docs/openapi.json is old; run UPDATE_DOCS=1 cargo nextest run -p api");
}
