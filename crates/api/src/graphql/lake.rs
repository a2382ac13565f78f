//! The data lake. It is not part of this server yet: nothing can be searched, so no list of databases is empty
//! as if there were nothing in it.

use model::Permission;

use super::call::{Answer, Call, Needs, Refusal, RootField};

const READ: Needs = Needs::All(&[Permission::DataAnalyticsRead]);

const fn unavailable(name: &'static str) -> RootField {
    RootField { name, needs: READ, resolve: |call| Box::pin(not_available(call)) }
}

const fn of_query(name: &'static str) -> RootField {
    RootField { name, needs: READ, resolve: |call| Box::pin(no_such_query(call)) }
}

pub(super) const ROOTS: &[RootField] = &[
    unavailable("actorProfileInfo"),
    unavailable("dataLakeDatabase"),
    unavailable("dataLakeDatabaseTable"),
    unavailable("dataLakeDatabaseTables"),
    unavailable("dataLakeDatabases"),
    unavailable("dataLakeQueries"),
    unavailable("executeAlertActorQuery"),
    unavailable("executeDataLakeQuery"),
    unavailable("executeIndicatorSearchQuery"),
    of_query("cancelDataLakeQuery"),
    of_query("dataLakeQuery"),
];

async fn not_available(call: Call<'_>) -> Answer {
    let field = call.field;
    Err(Refusal::not_available(format!(
        "`{field}` is not available: this server has no data lake yet; the events of an alert are under the alert"
    )))
}

/// No query was ever started here. Clients look for the words `not found`.
async fn no_such_query(mut call: Call<'_>) -> Answer {
    let input = call.arguments.remove("input").unwrap_or_default();
    let id = call.arguments.remove("id").unwrap_or_else(|| input["id"].clone());
    let id = id.as_str().unwrap_or_default();
    Err(Refusal {
        message: format!("query {id} not found: this server has no data lake yet"),
        ..Refusal::not_found("query", id)
    })
}
