//! Who may ask for what: every field of the roots with each default role.

use async_graphql::parser::types::{BaseType, Type};
use model::{DefaultRole, Rights, SignInMethod};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use store::{NewSession, NewUser, RoleKey, TokenForm};

use crate::graphql::engine::Engine;
use crate::graphql::sdl::{MUTATION, QUERY};
use crate::graphql::types::{InputShape, Shape, Types};
use crate::sign_in::cookie::csrf_token;
use crate::tests::Api;

/// Fields that AnalystReadOnly and Analyst may ask for; Admin may ask for all.
const MAY: &[(&str, bool, bool)] = &[
    ("actorProfileInfo", true, true),
    ("aiInferenceStream", false, true),
    ("aiInferenceStreamsMetadata", false, true),
    ("aiSummarizeAlert", false, true),
    ("aiSummarizeLogEvents", false, true),
    ("alert", true, true),
    ("alerts", true, true),
    ("bulkUploadDetections", false, true),
    ("bulkUploadDetectionsStatus", false, true),
    ("bulkUploadPresignedUrl", false, true),
    ("cachedAISummaryData", false, true),
    ("cancelDataLakeQuery", true, true),
    ("cloudAccount", true, true),
    ("cloudAccounts", true, true),
    ("createAlertComment", false, true),
    ("createCloudAccount", false, true),
    ("createOrUpdateSchema", false, true),
    ("createPerfTest", false, true),
    ("createRole", false, false),
    ("createS3Source", false, true),
    ("dataLakeDatabase", true, true),
    ("dataLakeDatabaseTable", true, true),
    ("dataLakeDatabaseTables", true, true),
    ("dataLakeDatabases", true, true),
    ("dataLakeQueries", true, true),
    ("dataLakeQuery", true, true),
    ("deleteCloudAccount", false, true),
    ("deleteDetections", false, true),
    ("deleteRole", false, false),
    ("deleteSavedQueriesByName", false, true),
    ("deleteSource", false, true),
    ("deleteUser", false, false),
    ("detectionEntitiesUploadStatus", false, true),
    ("detections", true, true),
    ("executeAlertActorQuery", true, true),
    ("executeDataLakeQuery", true, true),
    ("executeIndicatorSearchQuery", true, true),
    ("featureFlags", true, true),
    ("generalSettings", true, true),
    ("generateEnrichedEvent", true, true),
    ("inviteUser", false, false),
    ("metrics", true, true),
    ("organizationStats", true, true),
    ("replay", true, true),
    ("roleById", false, true),
    ("roleByName", false, true),
    ("roles", false, true),
    ("rotateAPIToken", true, true),
    ("rulePythonBody", true, true),
    ("schemas", true, true),
    ("source", true, true),
    ("sources", true, true),
    ("stopReplay", false, true),
    ("testCorrelationRuleYAML", true, true),
    ("transpileFilters", true, true),
    ("transpileSimpleDetectionsToPython", true, true),
    ("updateAlertStatusById", false, true),
    ("updateAlertsAssigneeByEmail", false, true),
    ("updateAlertsAssigneeById", false, true),
    ("updateCloudAccount", false, true),
    ("updateRole", false, false),
    ("updateS3Source", false, true),
    ("updateSchemaStatus", false, true),
    ("updateUser", false, false),
    ("uploadDetectionEntities", false, true),
    ("uploadDetectionEntitiesAsync", false, true),
    ("userByEmail", false, true),
    ("userById", false, true),
    ("users", false, true),
    ("validateBulkUpload", false, true),
    ("validateBulkUploadStatus", false, true),
];

/// The smallest value that the schema takes.
fn smallest(ty: &Type, types: &Types) -> Value {
    match &ty.base {
        BaseType::List(item) => json!([smallest(item, types)]),
        BaseType::Named(name) => match types.get(name) {
            Some(Shape::Input(shapes)) => required(shapes, types),
            Some(Shape::Enum(words)) => words.first().cloned().unwrap_or_default().into(),
            _ => match name.as_str() {
                "Int" | "Float" | "Long" => json!(1),
                "Boolean" => json!(true),
                "DateTime" => json!("2026-03-01T00:00:00Z"),
                "JSON" => json!({}),
                _ => json!("nothing-has-this-id"),
            },
        },
    }
}

fn required(shapes: &[InputShape], types: &Types) -> Value {
    shapes
        .iter()
        .filter(|shape| !shape.ty.nullable && shape.default.is_none())
        .map(|shape| (shape.name.clone(), smallest(&shape.ty, types)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// A document that asks for one field, and its variables.
fn document(root: &str, field: &str) -> (String, Value) {
    let types = &Engine::get().unwrap().types;
    let shape = types.field(root, field).unwrap();
    let wanted: Vec<&InputShape> = shape
        .arguments
        .iter()
        .filter(|argument| !argument.ty.nullable && argument.default.is_none())
        .collect();
    let declared: Vec<String> = wanted.iter().map(|one| format!("${}: {}", one.name, one.ty)).collect();
    let given: Vec<String> = wanted.iter().map(|one| format!("{0}: ${0}", one.name)).collect();
    let (declared, given) = if wanted.is_empty() {
        (String::new(), String::new())
    } else {
        (format!("({})", declared.join(", ")), format!("({})", given.join(", ")))
    };
    let kind = if root == QUERY { "query" } else { "mutation" };
    let variables: serde_json::Map<String, Value> =
        wanted.iter().map(|one| (one.name.clone(), smallest(&one.ty, types))).collect();
    (format!("{kind} {declared} {{ {field}{given} {{ __typename }} }}"), variables.into())
}

/// What a caller sends to be known.
type Headers = Vec<(&'static str, String)>;

fn key(token: &str) -> Headers {
    vec![("x-api-key", token.to_owned())]
}

/// Somebody of this role who is signed in.
async fn signed_in(api: &Api, role: DefaultRole, name: &str) -> Headers {
    let new = NewUser {
        email: format!("{name}@example.com"),
        given_name: String::new(),
        family_name: String::new(),
        role: RoleKey::Name(role.to_string()),
    };
    let user = api.store.create_user(new, Rights::all()).await.unwrap();
    let new = NewSession {
        user_id: user.id,
        method: SignInMethod::Password,
        address: String::new(),
        user_agent: String::new(),
        ends_before: None,
    };
    let session = api.store.open_session(new).await.unwrap();
    let value = session.value.expose_secret();
    vec![("cookie", format!("margay_session={value}")), ("x-csrf-token", csrf_token(value))]
}

/// Callers whom no field answers, each with the status of the refusal.
async fn strangers(api: &Api) -> Vec<(&'static str, u16, Headers)> {
    let form = |name| TokenForm::in_role(name, "Admin");
    let expired = TokenForm { expires_at: Some(api.now), ..form("expired") };
    let outside = TokenForm { allowed_networks: vec!["203.0.113.0/24".parse().unwrap()], ..form("outside") };
    let mut strangers = vec![
        ("nobody", 401, Headers::new()),
        ("a wrong token", 401, key("mgy_wrong")),
        ("a wrong session", 401, vec![("cookie", "margay_session=wrong".to_owned())]),
    ];
    for (what, status, form) in [("an expired token", 401, expired), ("a token elsewhere", 403, outside)] {
        let made = api.store.create_token(form, None, Rights::all()).await.unwrap();
        strangers.push((what, status, key(made.value.expose_secret())));
    }
    let mut person = signed_in(api, DefaultRole::Admin, "elsewhere").await;
    person.truncate(1);
    strangers.push(("a session from another site", 403, person));
    strangers
}

#[tokio::test]
async fn every_field_asks_for_its_permission() {
    let api = Api::start_with(&[], std::sync::Arc::new(super::shelf::Shelf::default())).await;
    let engine = Engine::get().unwrap();
    let mut declared: Vec<&str> = engine.roots.keys().copied().collect();
    declared.sort_unstable();
    assert_eq!(declared, MAY.iter().map(|(name, ..)| *name).collect::<Vec<_>>(), "every field has its row");

    let strangers = strangers(&api).await;
    let mut callers = Vec::new();
    for role in DefaultRole::ALL {
        callers.push((role, key(&api.token_of(role.as_str()).await)));
        callers.push((role, signed_in(&api, role, role.as_str()).await));
    }
    for (field, read_only, analyst) in MAY {
        let root = if engine.types.field(QUERY, field).is_some() { QUERY } else { MUTATION };
        let (query, variables) = document(root, field);
        let body = json!({ "query": query, "variables": variables }).to_string();
        for (who, refused, headers) in &strangers {
            let (status, text) = post(&api, headers, &body).await;
            assert_eq!(status, *refused, "{field} as {who}: {text}");
        }
        for (role, headers) in &callers {
            // A token is of no use after it was rotated, and a person has none.
            let is_rotated = *field == "rotateAPIToken";
            if is_rotated && headers[0].0 == "cookie" {
                continue;
            }
            let fresh = if is_rotated { Some(key(&api.token_of(role.as_str()).await)) } else { None };
            let (status, text) = post(&api, fresh.as_ref().unwrap_or(headers), &body).await;
            assert_eq!(status, 200, "{field}: {text}");
            let answer: Value = serde_json::from_str(&text).unwrap();
            let is_denied = answer["errors"][0]["message"] == "access denied";
            let may = match role {
                DefaultRole::AnalystReadOnly => *read_only,
                DefaultRole::Analyst => *analyst,
                DefaultRole::Admin => true,
            };
            assert_eq!(is_denied, !may, "{field} as {role}: {text}");
            if is_denied {
                let root_is_null = answer["data"].is_null() || answer["data"][field].is_null();
                assert!(root_is_null, "{field} as {role}: {text}");
            }
        }
    }
}

async fn post(api: &Api, headers: &Headers, body: &str) -> (u16, String) {
    let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let (status, text) = api.post_graphql_as(&headers, "/public/graphql", body.to_owned()).await;
    (status.as_u16(), text)
}

#[tokio::test]
async fn nobody_deletes_himself_or_changes_the_own_role() {
    let api = Api::start(&[]).await;
    let headers = signed_in(&api, DefaultRole::Admin, "mira").await;
    let filter = store::UserFilter { email: Some("mira@example.com".to_owned()), ..Default::default() };
    let page = store::PageRequest { cursor: None, limit: 1 };
    let id = api.store.list_users(&filter, &page).await.unwrap().items.remove(0).id;
    let ask = async |field: &str, input: Value| -> Value {
        let kind = format!("{}{}Input", field[..1].to_uppercase(), &field[1..]);
        let query = format!("mutation ($input: {kind}!) {{ {field}(input: $input) {{ __typename }} }}");
        let body = json!({ "query": query, "variables": { "input": input } }).to_string();
        serde_json::from_str(&post(&api, &headers, &body).await.1).unwrap()
    };
    let role = json!({ "kind": "NAME", "value": "Analyst" });
    let changed = ask("updateUser", json!({ "id": id, "role": role })).await;
    assert!(changed["errors"][0]["message"].as_str().unwrap().contains("own role"), "{changed}");
    let deleted = ask("deleteUser", json!({ "id": id })).await;
    assert!(deleted["errors"][0]["message"].as_str().unwrap().contains("nobody deletes"), "{deleted}");
    let named = ask("updateUser", json!({ "id": id, "givenName": "Mia" })).await;
    assert!(named.get("errors").is_none(), "{named}");
}

#[tokio::test]
async fn any_token_may_introspect() {
    let api = Api::start(&[]).await;
    let token = api.token_of("AnalystReadOnly").await;
    let body = json!({ "query": include_str!("../../../testdata/graphql/documents/pat_introspection_query.graphql") });
    let (status, text) = api.post_graphql("/public/graphql", &token, body.to_string()).await;
    assert_eq!(status, 200);
    assert!(!text.contains("\"errors\""));
}
