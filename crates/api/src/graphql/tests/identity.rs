//! Users, roles and tokens, and who is shown whom.

use serde_json::{Value, json};

use crate::tests::Api;

const ROLE: &str = "id name permissions logTypeAccess logTypeAccessKind createdAt updatedAt updatedBy { ... on APIToken { name } }";
const USER: &str = "id email givenName familyName enabled status role { name } createdAt lastLoggedInAt";

#[tokio::test]
async fn roles_are_made_changed_and_deleted() {
    let api = Api::start(&[]).await;
    let data = api.data(&format!("{{ roles {{ {ROLE} }} }}"), json!({})).await;
    let names: Vec<&Value> = data["roles"].as_array().unwrap().iter().map(|role| &role["name"]).collect();
    assert_eq!(names, ["Admin", "Analyst", "AnalystReadOnly"]);
    let sorted = "{ roles(input: {nameContains: \"analyst\", sortDir: descending}) { name } }";
    let data = api.data(sorted, json!({})).await;
    assert_eq!(data["roles"], json!([{"name": "AnalystReadOnly"}, {"name": "Analyst"}]));

    let create = format!(
        "mutation ($input: CreateRoleInput!) {{ createRole(input: $input) {{ role {{ {ROLE} }} }} }}"
    );
    let input = json!({"name": "Okta only", "permissions": ["AlertRead"], "logTypeAccessKind": "ALLOW", "logTypeAccess": ["Okta.SystemLog"]});
    let role = api.data(&create, json!({ "input": input })).await["createRole"]["role"].clone();
    assert_eq!(role["logTypeAccess"], json!(["Okta.SystemLog"]));
    assert_eq!(role["permissions"], json!(["AlertRead"]));
    assert_eq!(role["updatedBy"]["name"], "tests", "the token that did it");
    let error = api.error(&create, json!({ "input": input })).await;
    assert!(error["message"].as_str().unwrap().contains("Okta only"), "{error}");

    let update = "mutation ($input: UpdateRoleInput!) { updateRole(input: $input) { role { name permissions logTypeAccessKind } } }";
    let input = json!({"id": role["id"], "permissions": ["AlertModify"]});
    let changed = &api.data(update, json!({ "input": input })).await["updateRole"]["role"];
    let expected = json!({"name": "Okta only", "permissions": ["AlertRead", "AlertModify"], "logTypeAccessKind": "ALLOW"});
    assert_eq!(*changed, expected);
    let found = api
        .data(
            "query ($id: ID!) { roleById(id: $id) { name } roleByName(name: \"Admin\") { name } }",
            json!({"id": role["id"]}),
        )
        .await;
    assert_eq!(found, json!({"roleById": {"name": "Okta only"}, "roleByName": {"name": "Admin"}}));
    let delete = "mutation ($input: DeleteRoleInput!) { deleteRole(input: $input) { id } }";
    let input = json!({"input": {"id": role["id"]}});
    assert_eq!(api.data(delete, input.clone()).await["deleteRole"]["id"], role["id"]);
    assert_eq!(api.error(delete, input).await["extensions"]["code"], "NOT_FOUND");
    let error = api.error("{ roleByName(name: \"Nobody\") { id } }", json!({})).await;
    assert_eq!(error["message"], "role Nobody not found");
}

#[tokio::test]
async fn users_are_invited_changed_and_deleted() {
    let api = Api::start(&[]).await;
    let alert = api.commit(&[], Vec::new()).await;
    let invite = format!(
        "mutation ($input: InviteUserInput!) {{ inviteUser(input: $input) {{ user {{ {USER} }} }} }}"
    );
    let input = json!({"email": "Mira@example.com", "givenName": "Mira", "familyName": "Moss", "role": {"kind": "NAME", "value": "Analyst"}});
    let user = api.data(&invite, json!({ "input": input })).await["inviteUser"]["user"].clone();
    assert_eq!(user["role"]["name"], "Analyst");
    assert_eq!(user["status"], "FORCE_CHANGE_PASSWORD");
    assert_eq!(api.error(&invite, json!({ "input": input })).await["data"], Value::Null);

    let assign = "mutation ($input: UpdateAlertsAssigneeByEmailInput!) { updateAlertsAssigneeByEmail(input: $input) { alerts { assignee { email } } } }";
    let input = json!({"ids": [alert.id.as_str()], "assigneeEmail": "mira@example.com"});
    let data = api.data(assign, json!({ "input": input })).await;
    assert_eq!(data["updateAlertsAssigneeByEmail"]["alerts"][0]["assignee"]["email"], "Mira@example.com");
    let input = json!({"ids": [alert.id.as_str()], "assigneeEmail": "nobody@example.com"});
    assert_eq!(
        api.error(assign, json!({ "input": input })).await["message"],
        "user nobody@example.com not found"
    );
    let none = json!({"ids": [alert.id.as_str()], "assigneeEmail": null});
    let data = api.data(assign, json!({ "input": none })).await;
    assert_eq!(data["updateAlertsAssigneeByEmail"]["alerts"][0]["assignee"], Value::Null);

    let update = "mutation ($input: UpdateUserInput!) { updateUser(input: $input) { user { givenName role { name } } } }";
    let input =
        json!({"id": user["id"], "givenName": "Mia", "role": {"kind": "NAME", "value": "AnalystReadOnly"}});
    let data = api.data(update, json!({ "input": input })).await;
    assert_eq!(data["updateUser"]["user"], json!({"givenName": "Mia", "role": {"name": "AnalystReadOnly"}}));
    let data = api.data("query ($id: ID!) { users { id } userById(id: $id) { email } userByEmail(email: \"MIRA@example.com\") { id } }", json!({"id": user["id"]})).await;
    assert_eq!(data["users"], json!([{"id": user["id"]}]));
    assert_eq!(data["userByEmail"]["id"], user["id"]);
    let delete = "mutation ($input: DeleteUserInput!) { deleteUser(input: $input) { id } }";
    api.data(delete, json!({"input": {"id": user["id"]}})).await;
    assert_eq!(api.data("{ users { id } }", json!({})).await["users"], json!([]));
}

/// Who may not view users sees no actor, and the rest of the answer all the same.
#[tokio::test]
async fn actors_are_hidden_from_those_who_may_not_view_users() {
    let api = Api::start(&[]).await;
    let alert = api.commit(&[], Vec::new()).await;
    let change = "mutation ($input: UpdateAlertStatusByIdInput!) { updateAlertStatusById(input: $input) { alerts { id } } }";
    api.data(change, json!({"input": {"ids": [alert.id.as_str()], "status": "TRIAGED"}})).await;
    let question = "query ($id: ID!) { alert(id: $id) { status updatedBy { __typename ... on APIToken { id name permissions value } } } }";
    let data = api.data(question, json!({"id": alert.id.as_str()})).await;
    assert_eq!(data["alert"]["updatedBy"]["__typename"], "APIToken");
    assert_eq!(data["alert"]["updatedBy"]["name"], "tests");
    assert_eq!(data["alert"]["updatedBy"]["value"], Value::Null);
    let reader = api.token_of("AnalystReadOnly").await;
    let body = json!({ "query": question, "variables": {"id": alert.id.as_str()} }).to_string();
    let (_, text) = api.post_graphql("/public/graphql", &reader, body).await;
    assert_eq!(text, r#"{"data":{"alert":{"status":"TRIAGED","updatedBy":null}}}"#);
}

/// A field that cannot be null is refused to them, which is no fault of the server.
#[tokio::test]
async fn actors_that_must_be_there_are_refused_to_those_who_may_not_view_users() {
    let api = Api::start(&[]).await;
    let alert = api.commit(&[], Vec::new()).await;
    let create = "mutation ($input: CreateRoleInput!) { createRole(input: $input) { role { id } } }";
    let input = json!({"name": "Alerts only", "permissions": ["AlertModify"]});
    api.data(create, json!({ "input": input })).await;
    let comment = format!(
        "mutation {{ createAlertComment(input: {{alertId: \"{}\", body: \"seen\"}}) {{ comment {{ createdBy {{ __typename }} }} }} }}",
        alert.id
    );
    for document in [comment.as_str(), "mutation { rotateAPIToken { token { createdBy { id } } } }"] {
        let token = api.token_of("Alerts only").await;
        let body = json!({ "query": document }).to_string();
        let (status, text) = api.post_graphql("/public/graphql", &token, body).await;
        let answer: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(status, 200, "{text}");
        let error = &answer["errors"][0];
        assert_eq!(
            (&error["extensions"]["code"], &error["message"]),
            (&json!("FORBIDDEN"), &json!("access denied"))
        );
    }
    let data = api.data(&comment, json!({})).await;
    assert_eq!(data["createAlertComment"]["comment"]["createdBy"]["__typename"], "APIToken");
}

#[tokio::test]
async fn a_token_rotates_itself() {
    let api = Api::start(&[]).await;
    let old = api.token_of("AnalystReadOnly").await;
    let body = json!({ "query": "mutation { rotateAPIToken { token { id value rotatedAt } } }" }).to_string();
    let (_, text) = api.post_graphql("/public/graphql", &old, body).await;
    let answer: Value = serde_json::from_str(&text).unwrap();
    let new = answer["data"]["rotateAPIToken"]["token"]["value"].as_str().unwrap().to_owned();
    let body = json!({ "query": "{ __typename }" }).to_string();
    assert_eq!(api.post_graphql("/public/graphql", &new, body.clone()).await.0, 200);
    assert_eq!(api.post_graphql("/public/graphql", &old, body).await.0, 401, "the old value stops at once");
}

/// A role for some log types sees the alerts of these and no other.
#[tokio::test]
async fn hidden_alerts_are_not_there() {
    let api = Api::start(&[]).await;
    let alert = api.commit(&[], Vec::new()).await;
    let create = "mutation ($input: CreateRoleInput!) { createRole(input: $input) { role { id } } }";
    let input = json!({"name": "Trail only", "permissions": ["AlertModify"], "logTypeAccessKind": "ALLOW", "logTypeAccess": ["AWS.CloudTrail"]});
    api.data(create, json!({ "input": input })).await;
    let token = api.token_of("Trail only").await;
    let list = "{ alerts(input: {first: 10}) { edges { node { id } } } }";
    let one = format!("{{ alert(id: \"{}\") {{ id }} }}", alert.id);
    let change = format!(
        "mutation {{ updateAlertStatusById(input: {{ids: [\"{}\"], status: CLOSED}}) {{ alerts {{ id }} }} }}",
        alert.id
    );
    let ask = async |query: &str| {
        let body = json!({ "query": query }).to_string();
        api.post_graphql("/public/graphql", &token, body).await.1
    };
    assert_eq!(ask(list).await, r#"{"data":{"alerts":{"edges":[]}}}"#);
    assert!(ask(&one).await.contains("not found"));
    assert!(ask(&change).await.contains("not found"));
    assert_eq!(api.data(&one, json!({})).await["alert"]["id"], alert.id.as_str());
}
