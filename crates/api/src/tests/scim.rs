//! Identity providers at work: the examples of RFC 7644, and what Okta and Entra ID send.

use axum::body::Body;
use axum::http::{HeaderMap, Request, header};
use jiff::SignedDuration;
use model::{DefaultRole, Rights};
use rstest::rstest;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use store::{NewUser, RoleKey};
use tower::ServiceExt as _;

use crate::tests::{Api, TOKEN};

pub(crate) const USERS: &str = "/scim/v2/Users";
const EXTENSION: &str = "urn:ietf:params:scim:schemas:extension:margay:2.0:User";

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) json: Value,
}

impl Answer {
    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.json);
        self.json
    }

    /// Whether it is a refusal of this kind; its words are given back.
    #[track_caller]
    pub(crate) fn refuses(self, status: u16, kind: Option<&str>) -> String {
        assert_eq!((self.status, self.json["scimType"].as_str()), (status, kind), "{}", self.json);
        self.json["detail"].as_str().unwrap().to_owned()
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl Api {
    /// Sends to SCIM with any headers; what comes back has the form of SCIM whatever it is.
    pub(crate) async fn scim_with(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Body,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path).header("host", "siem.example:8080");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self.router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, 1 << 20).await.unwrap();
        let status = parts.status.as_u16();
        let json: Value = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        if !bytes.is_empty() {
            assert_eq!(
                parts.headers[header::CONTENT_TYPE],
                "application/scim+json",
                "{method} {path} {json}"
            );
        }
        if status >= 400 {
            assert_eq!(json["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:Error"]), "{json}");
            assert_eq!(json["status"], status.to_string());
            assert!(!json["detail"].as_str().unwrap().is_empty());
        }
        Answer { status, headers: parts.headers, json }
    }

    /// Sends to SCIM as the administrator's token does.
    pub(crate) async fn scim(&self, method: &str, path: &str, body: Value) -> Answer {
        let bearer = format!("Bearer {TOKEN}");
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/scim+json")];
        let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
        self.scim_with(method, path, &headers, body).await
    }

    /// Makes a person with this address, and answers where it is.
    pub(crate) async fn provision(&self, email: &str) -> String {
        let form = json!({ "userName": email, "name": { "givenName": "Mira", "familyName": "Ode" } });
        let made = self.scim("POST", USERS, form).await.is(201);
        format!("{USERS}/{}", made["id"].as_str().unwrap())
    }

    /// Changes a person step by step.
    pub(crate) async fn patch(&self, path: &str, operations: Value) -> Answer {
        let body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations,
        });
        self.scim("PATCH", path, body).await
    }
}

/// Checks the parts of an answer that a row names by JSON pointers.
#[track_caller]
fn has(json: &Value, parts: &[(&str, Value)]) {
    for (pointer, expected) in parts {
        assert_eq!(json.pointer(pointer).unwrap_or(&Value::Null), expected, "{pointer} of {json}");
    }
}

#[tokio::test]
async fn a_person_is_made_as_in_the_rfc() {
    let api = Api::start(&[]).await;
    let form = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": "bjensen", "externalId": "bjensen",
        "name": { "formatted": "Ms. Barbara J Jensen III", "familyName": "Jensen", "givenName": "Barbara" },
        "emails": [
            { "value": "babs@jensen.org", "type": "home" },
            { "value": "bjensen@example.com", "type": "work", "primary": true },
        ],
    });
    let answer = api.scim("POST", USERS, form.clone()).await;
    let location = answer.header("location").to_owned();
    assert_eq!(answer.header("etag"), "W/\"1\"");
    assert_eq!(answer.header("x-ignored-attributes"), "emails, name.formatted");
    let made = answer.is(201);
    assert_eq!(made["meta"]["location"], location);
    assert_eq!(location, format!("http://siem.example:8080{USERS}/{}", made["id"].as_str().unwrap()));
    has(
        &made,
        &[
            ("/schemas/0", json!("urn:ietf:params:scim:schemas:core:2.0:User")),
            ("/userName", json!("bjensen")),
            ("/externalId", json!("bjensen")),
            ("/name/formatted", json!("Barbara Jensen")),
            ("/displayName", json!("Barbara Jensen")),
            ("/emails", json!([{ "value": "bjensen@example.com", "type": "work", "primary": true }])),
            ("/active", json!(true)),
            ("/roles/0/value", json!("AnalystReadOnly")),
            ("/meta/resourceType", json!("User")),
            ("/meta/created", json!("2026-03-01T11:00:00Z")),
            ("/meta/version", json!("W/\"1\"")),
        ],
    );
    assert_eq!(made[EXTENSION]["role"], "AnalystReadOnly");
    let taken = api.scim("POST", USERS, form).await.refuses(409, Some("uniqueness"));
    assert!(taken.contains("`bjensen`"), "{taken}");
    let user = api.json(200, "GET", &format!("/users/{}", made["id"].as_str().unwrap()), "").await;
    has(
        &user,
        &[
            ("/status", json!("EXTERNAL_PROVIDER")),
            ("/email", json!("bjensen@example.com")),
            ("/role/name", json!("AnalystReadOnly")),
        ],
    );
}

/// What a new person may look like: the body, and what is made of it.
#[rstest]
#[case::only_a_name(json!({"userName": "Mira@example.com"}), &[("/emails/0/value", json!("Mira@example.com")), ("/displayName", json!("Mira@example.com")), ("/name", Value::Null)])]
#[case::keys_in_any_letter_case(json!({"USERNAME": "m@example.com", "Name": {"GivenName": " Mira "}, "ACTIVE": true}), &[("/name/givenName", json!("Mira"))])]
#[case::keys_with_the_urn(json!({"urn:ietf:params:scim:schemas:core:2.0:User:userName": "m@example.com", "name.givenName": "Mira"}), &[("/userName", json!("m@example.com")), ("/displayName", json!("Mira"))])]
#[case::not_active(json!({"userName": "m@example.com", "active": "False"}), &[("/active", json!(false))])]
#[case::nothing_is_as_absent(json!({"userName": "m@example.com", "active": null, "roles": [], "emails": [], "name": null, "externalId": null}), &[("/active", json!(true)), ("/roles/0/value", json!("AnalystReadOnly"))])]
#[case::role_by_extension(json!({"userName": "m@example.com", "roles": [{"value": "Admin"}], EXTENSION: {"role": "Analyst"}}), &[("/roles/0/value", json!("Analyst"))])]
#[case::extension_first(json!({EXTENSION: {"role": "Analyst"}, "userName": "m@example.com", "roles": ["Admin"]}), &[("/roles/0/value", json!("Analyst"))])]
#[case::first_role(json!({"userName": "m@example.com", "roles": [{"value": "Analyst"}, {"value": "Admin"}]}), &[("/roles/0/value", json!("Analyst"))])]
#[case::primary_role(json!({"userName": "m@example.com", "roles": [{"value": "Admin"}, {"value": "Analyst", "primary": "True"}]}), &[("/roles/0/value", json!("Analyst"))])]
#[case::role_by_id(json!({"userName": "m@example.com", "roles": ["b3f6a0c4-3d0b-4f0e-9b56-2a1f5d8c7e02"]}), &[("/roles/0/value", json!("Analyst"))])]
#[case::app_role_of_entra(json!({"userName": "m@example.com", "roles": [{"value": "{\"id\":\"06b07648\",\"value\":\"Analyst\",\"displayName\":\"People who look\"}"}]}), &[("/roles/0/value", json!("Analyst"))])]
#[case::first_address(json!({"userName": "mira", "emails": [{"value": "a@example.com"}, {"value": "b@example.com"}]}), &[("/emails/0/value", json!("a@example.com")), ("/userName", json!("mira"))])]
#[case::work_address(json!({"userName": "mira", "emails": [{"value": "a@example.com", "type": "home"}, {"value": "b@example.com", "type": "Work"}]}), &[("/emails/0/value", json!("b@example.com"))])]
#[case::unicode(json!({"userName": "miraé@example.com", "name": {"givenName": "Миra 🦊", "familyName": "Ōde"}, "externalId": "ид\"\\"}), &[("/displayName", json!("Миra 🦊 Ōde")), ("/externalId", json!("ид\"\\"))])]
#[tokio::test]
async fn a_person_is_made_of(#[case] form: Value, #[case] parts: &[(&str, Value)]) {
    let api = Api::start(&[]).await;
    let made = api.scim("POST", USERS, form).await.is(201);
    has(&made, parts);
    let read = api.scim("GET", made["meta"]["location"].as_str().unwrap(), Value::Null).await.is(200);
    assert_eq!(read, made);
}

/// Operations, as in RFC 7644 §3.5.2 and as providers send them, on a person `mira@example.com`, Mira Ode.
#[rstest]
#[case::replace_with_path(json!([{"op": "replace", "path": "name.familyName", "value": "Otto"}]), &[("/name/formatted", json!("Mira Otto"))])]
#[case::upper_case_op_and_keys(json!([{"Op": "Replace", "Path": "NAME.FAMILYNAME", "Value": "Otto"}]), &[("/name/familyName", json!("Otto"))])]
#[case::with_the_urn(json!([{"op": "add", "path": "urn:ietf:params:scim:schemas:core:2.0:User:name.givenName", "value": "Ana"}]), &[("/name/givenName", json!("Ana"))])]
#[case::part_of_an_object(json!([{"op": "replace", "path": "name", "value": {"givenName": "Ana"}}]), &[("/name/formatted", json!("Ana Ode"))])]
#[case::without_path(json!([{"op": "replace", "value": {"active": false}}]), &[("/active", json!(false))])]
#[case::empty_path(json!([{"op": "replace", "path": "", "value": {"active": false}}]), &[("/active", json!(false))])]
#[case::a_truth_as_text(json!([{"op": "Replace", "path": "active", "value": "False"}]), &[("/active", json!(false))])]
#[case::dotted_keys(json!([{"op": "Add", "value": {"name.givenName": "Ana", "emails[type eq \"work\"].value": "ana@example.com", "externalId": "7"}}]), &[("/name/formatted", json!("Ana Ode")), ("/emails/0/value", json!("ana@example.com")), ("/externalId", json!("7"))])]
#[case::value_path(json!([{"op": "replace", "path": "emails[type eq \"work\"].value", "value": "ana@example.com"}]), &[("/emails/0/value", json!("ana@example.com")), ("/userName", json!("mira@example.com"))])]
#[case::value_path_of_two(json!([{"op": "replace", "path": "emails[type eq \"work\" and primary eq true]", "value": {"value": "ana@example.com", "type": "work"}}]), &[("/emails/0/value", json!("ana@example.com"))])]
#[case::user_name_takes_the_address_along(json!([{"op": "replace", "path": "userName", "value": "ana@example.com"}]), &[("/emails/0/value", json!("ana@example.com")), ("/userName", json!("ana@example.com"))])]
#[case::user_name_alone(json!([{"op": "replace", "path": "userName", "value": "ana"}]), &[("/emails/0/value", json!("mira@example.com")), ("/userName", json!("ana"))])]
#[case::both(json!([{"op": "replace", "path": "emails[type eq \"work\"].value", "value": "ana@example.com"}, {"op": "replace", "path": "userName", "value": "ana@corp.example"}]), &[("/emails/0/value", json!("ana@example.com")), ("/userName", json!("ana@corp.example"))])]
#[case::role_of_entra(json!([{"op": "Add", "path": "roles[primary eq \"True\"].value", "value": "Analyst"}]), &[("/roles/0/value", json!("Analyst"))])]
#[case::role_exchanged(json!([{"op": "Add", "path": "roles", "value": [{"value": "Analyst"}]}, {"op": "Remove", "path": "roles[value eq \"AnalystReadOnly\"]"}]), &[("/roles/0/value", json!("Analyst"))])]
#[case::role_by_extension(json!([{"op": "replace", "path": "urn:ietf:params:scim:schemas:extension:margay:2.0:User:role", "value": "Analyst"}]), &[("/roles/0/value", json!("Analyst"))])]
#[case::role_by_extension_object(json!([{"op": "add", "value": {"urn:ietf:params:scim:schemas:extension:margay:2.0:User": {"role": "Analyst"}}}]), &[("/roles/0/value", json!("Analyst"))])]
#[case::role_taken_away(json!([{"op": "replace", "path": "roles", "value": ["Analyst"]}, {"op": "remove", "path": "roles"}]), &[("/roles/0/value", json!("AnalystReadOnly"))])]
#[case::another_role_taken_away(json!([{"op": "replace", "path": "roles", "value": ["Analyst"]}, {"op": "remove", "path": "roles", "value": [{"value": "Admin"}]}]), &[("/roles/0/value", json!("Analyst"))])]
#[case::names_taken_away(json!([{"op": "remove", "path": "name"}]), &[("/name", Value::Null), ("/displayName", json!("mira@example.com"))])]
#[case::null_takes_away(json!([{"op": "replace", "path": "name.familyName", "value": null}]), &[("/name/formatted", json!("Mira"))])]
#[case::last_one_counts(json!([{"op": "replace", "path": "active", "value": false}, {"op": "replace", "path": "active", "value": true}]), &[("/active", json!(true))])]
#[case::what_is_composed_stays(json!([{"op": "Replace", "path": "displayName", "value": "Somebody"}]), &[("/displayName", json!("Mira Ode"))])]
#[case::address_taken_away(json!([{"op": "replace", "path": "emails", "value": [{"value": "x@example.com"}]}, {"op": "remove", "path": "emails[type eq \"work\"].value"}]), &[("/emails/0/value", json!("mira@example.com"))])]
#[tokio::test]
async fn a_person_is_changed_step_by_step(#[case] operations: Value, #[case] parts: &[(&str, Value)]) {
    let api = Api::start(&[]).await;
    let path = api.provision("mira@example.com").await;
    let changed = api.patch(&path, operations).await.is(200);
    has(&changed, parts);
    assert_eq!(api.scim("GET", &path, Value::Null).await.is(200), changed);
}

/// What no person here has: it is taken, not kept, and named in the answer.
#[rstest]
#[case(json!([{"op": "Add", "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", "value": "x"}]), "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department")]
#[case(json!([{"op": "add", "value": {"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"manager": {"value": "1"}}}}]), "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User")]
#[case(json!([{"op": "Replace", "path": "phoneNumbers[type eq \"work\"].value", "value": "1"}, {"op": "Add", "path": "title", "value": "x"}]), "phoneNumbers[typeeq\"work\"].value, title")]
#[case(json!([{"op": "add", "value": {"emails": [{"value": "babs@jensen.org", "type": "home"}], "nickname": "Babs"}}]), "emails, nickname")]
#[case(json!([{"op": "add", "path": "emails[type eq \"home\"].value", "value": "x@example.com"}]), "emails[typeeq\"home\"].value")]
#[case(json!([{"op": "add", "value": {"urn:example:custom:2.0:User": {"tag": 1}, "favouriteTeam": "x", "a b": 1}}]), "ab, favouriteTeam, urn:example:custom:2.0:User")]
#[case(json!([{"op": "add", "value": {"password": "secret-of-mira", "id": "1", "meta": {}}}]), "password")]
#[tokio::test]
async fn what_is_not_kept_is_named(#[case] operations: Value, #[case] ignored: &str) {
    let api = Api::start(&[]).await;
    let path = api.provision("mira@example.com").await;
    let before = api.scim("GET", &path, Value::Null).await.is(200);
    let answer = api.patch(&path, operations).await;
    assert_eq!(answer.header("x-ignored-attributes"), ignored);
    assert_eq!(answer.is(200), before, "nothing else happens, and no version is used up");
}

#[tokio::test]
async fn a_person_is_written_anew() {
    let api = Api::start(&[]).await;
    let form = json!({
        "userName": "mira", "externalId": "7", "emails": [{ "value": "mira@example.com" }],
        "name": { "givenName": "Mira", "familyName": "Ode" }, "active": false, "roles": ["Analyst"],
    });
    let made = api.scim("POST", USERS, form).await.is(201);
    let path = format!("{USERS}/{}", made["id"].as_str().unwrap());
    api.clock.advance(SignedDuration::from_secs(60));
    let body = json!({ "id": "another", "userName": "ana@example.com", "meta": { "resourceType": "User" } });
    let written = api.scim("PUT", &path, body).await.is(200);
    has(
        &written,
        &[
            ("/id", made["id"].clone()),
            ("/userName", json!("ana@example.com")),
            ("/emails/0/value", json!("ana@example.com")),
            ("/externalId", Value::Null),
            ("/name", Value::Null),
            ("/active", json!(false)),
            ("/roles/0/value", json!("Analyst")),
            ("/meta/lastModified", json!("2026-03-01T11:01:00Z")),
            ("/meta/version", json!("W/\"2\"")),
        ],
    );
    api.scim("PUT", &path, json!({ "name": {} })).await.refuses(400, Some("invalidValue"));
}

/// The sequence that Okta's provisioning sends for a person who comes, changes, goes and comes back.
#[tokio::test]
async fn okta_provisions_a_person() {
    let api = Api::start(&[]).await;
    // The connection is tested.
    let page = api.scim("GET", &format!("{USERS}?startIndex=1&count=2"), Value::Null).await.is(200);
    has(&page, &[("/totalResults", json!(0)), ("/Resources", json!([])), ("/startIndex", json!(1))]);
    let wanted = format!("{USERS}?filter=userName%20eq%20%22mira%40example.com%22&startIndex=1&count=100");
    assert_eq!(api.scim("GET", &wanted, Value::Null).await.is(200)["totalResults"], 0);
    let mut form = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "mira@example.com",
        "name": { "givenName": "Mira", "familyName": "Ode" },
        "emails": [{ "primary": true, "value": "mira@example.com", "type": "work" }],
        "displayName": "Mira Ode", "locale": "en-US", "externalId": "00ujl29u0le5T6Aj10h7", "groups": [],
        "password": "1mz050nq", "active": true,
    });
    let made = api.scim("POST", USERS, form.clone()).await.is(201);
    let path = format!("{USERS}/{}", made["id"].as_str().unwrap());
    let found = api.scim("GET", &wanted, Value::Null).await.is(200);
    has(&found, &[("/totalResults", json!(1)), ("/itemsPerPage", json!(1)), ("/Resources/0", made.clone())]);
    assert_eq!(api.scim("GET", &path, Value::Null).await.is(200), made);
    // A profile is pushed: all of it, with what was read before.
    form["id"] = made["id"].clone();
    form["meta"] = made["meta"].clone();
    form["name"]["familyName"] = json!("Otto");
    form[EXTENSION] = json!({ "role": "Analyst" });
    let changed = api.scim("PUT", &path, form).await.is(200);
    has(&changed, &[("/name/familyName", json!("Otto")), ("/roles/0/value", json!("Analyst"))]);
    // The person goes, and comes back.
    for active in [false, true] {
        let changed =
            api.patch(&path, json!([{ "op": "replace", "value": { "active": active } }])).await.is(200);
        assert_eq!(changed["active"], active);
        assert_eq!(api.scim("GET", &path, Value::Null).await.is(200)["active"], active);
        assert_eq!(api.scim("GET", &wanted, Value::Null).await.is(200)["Resources"][0]["active"], active);
    }
    let groups = api.scim("GET", "/scim/v2/Groups?startIndex=1&count=100", Value::Null).await.is(200);
    assert_eq!((&groups["totalResults"], &groups["Resources"]), (&json!(0), &json!([])));
}

/// The sequence that Entra ID's provisioning sends.
#[tokio::test]
async fn entra_provisions_a_person() {
    let api = Api::start(&[]).await;
    let nobody = format!("{USERS}?filter=userName+eq+%223c2b7e5a-1f7a-4a53-8a86-6b1c2a44b1f0%22");
    assert_eq!(api.scim("GET", &nobody, Value::Null).await.is(200)["totalResults"], 0, "the connection test");
    let form = json!({
        "schemas": [
            "urn:ietf:params:scim:schemas:core:2.0:User",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
        ],
        "externalId": "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef", "userName": "Test_User_ab6490ee", "active": true,
        "emails": [{ "primary": true, "type": "work", "value": "Test_User_fd0ea19b@testuser.com" }],
        "meta": { "resourceType": "User" },
        "name": { "formatted": "givenName familyName", "familyName": "familyName", "givenName": "givenName" },
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { "department": "Finance" },
        "roles": [],
    });
    let made = api.scim("POST", USERS, form).await.is(201);
    let path = format!("{USERS}/{}", made["id"].as_str().unwrap());
    for filter in [
        "userName eq \"test_user_AB6490EE\"",
        "emails[type eq \"work\"].value eq \"test_user_fd0ea19b@testuser.com\"",
        "externalId eq \"0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef\" and active eq true",
    ] {
        let filter: String = url::form_urlencoded::byte_serialize(filter.as_bytes()).collect();
        let found = api.scim("GET", &format!("{USERS}?filter={filter}"), Value::Null).await.is(200);
        assert_eq!(found["Resources"], json!([made]), "{filter}");
    }
    let operations = json!([
        { "op": "Replace", "path": "emails[type eq \"work\"].value", "value": "updatedEmail@microsoft.com" },
        { "op": "Replace", "path": "name.familyName", "value": "updatedFamilyName" },
    ]);
    let changed = api.patch(&path, operations).await.is(200);
    has(
        &changed,
        &[
            ("/emails/0/value", json!("updatedEmail@microsoft.com")),
            ("/name/formatted", json!("givenName updatedFamilyName")),
            ("/userName", json!("Test_User_ab6490ee")),
        ],
    );
    let operations = json!([{ "op": "Replace", "path": "userName", "value": "5b50642d@testuser.com" }]);
    let changed = api.patch(&path, operations).await.is(200);
    has(
        &changed,
        &[
            ("/userName", json!("5b50642d@testuser.com")),
            ("/emails/0/value", json!("updatedEmail@microsoft.com")),
        ],
    );
    for active in ["False", "True"] {
        let operations = json!([{ "op": "Replace", "path": "active", "value": active }]);
        let changed = api.patch(&path, operations).await.is(200);
        assert_eq!(changed["active"], active == "True");
    }
    // Deleted for good, 30 days later.
    api.patch(&path, json!([{ "op": "Replace", "path": "active", "value": false }])).await.is(200);
    assert_eq!(api.scim("DELETE", &path, Value::Null).await.is(204), Value::Null);
    api.scim("GET", &path, Value::Null).await.refuses(404, None);
    api.scim("DELETE", &path, Value::Null).await.refuses(404, None);
    let filter = format!("{USERS}?filter=userName%20eq%20%225b50642d%40testuser.com%22");
    assert_eq!(api.scim("GET", &filter, Value::Null).await.is(200)["totalResults"], 0);
}

#[tokio::test]
async fn a_deleted_person_stays_known_and_may_come_back() {
    let api = Api::start(&[]).await;
    let path = api.provision("mira@example.com").await;
    api.scim("DELETE", &path, Value::Null).await.is(204);
    let id = path.rsplit('/').next().unwrap();
    let user = api.json(200, "GET", &format!("/users/{id}"), "").await;
    assert_eq!(user["enabled"], false);
    let back = api.scim("POST", USERS, json!({ "userName": "MIRA@example.com", "roles": ["Analyst"] })).await;
    let back = back.is(201);
    has(&back, &[("/id", json!(id)), ("/active", json!(true)), ("/roles/0/value", json!("Analyst"))]);
    assert_eq!(api.scim("GET", &path, Value::Null).await.is(200), back);
}

#[tokio::test]
async fn a_list_is_cut_as_it_is_asked_for() {
    let api = Api::start(&[]).await;
    for number in 0..5 {
        api.provision(&format!("u{number}@example.com")).await;
        api.clock.advance(SignedDuration::from_secs(1));
    }
    let names = async |query: &str| {
        let page = api.scim("GET", &format!("{USERS}?{query}"), Value::Null).await.is(200);
        assert_eq!(page["itemsPerPage"], page["Resources"].as_array().unwrap().len());
        let listed = page["Resources"].as_array().unwrap().iter();
        let names: String = listed.map(|user| user["userName"].as_str().unwrap()[1..2].to_owned()).collect();
        (names, page["totalResults"].as_u64().unwrap(), page["startIndex"].as_u64().unwrap())
    };
    for (query, expected, start_index) in [
        ("", "01234", 1),
        ("count=2", "01", 1),
        ("startIndex=2&count=3", "123", 2),
        ("startIndex=5", "4", 5),
        ("startIndex=6", "", 6),
        ("startIndex=9223372036854775807", "", 9_223_372_036_854_775_807),
        ("startIndex=0&count=1", "0", 1),
        ("startIndex=-7&count=1", "0", 1),
        ("count=0", "", 1),
        ("count=-1", "", 1),
        ("count=9223372036854775807", "01234", 1),
    ] {
        assert_eq!(names(query).await, (expected.to_owned(), 5, start_index), "{query}");
    }
    assert_eq!(names("filter=userName%20eq%20%22u3%40example.com%22&count=0").await, (String::new(), 1, 1));
    assert_eq!(names("filter=emails[type%20eq%20%22home%22]").await, (String::new(), 0, 1));
    assert_eq!(names("filter=emails%5Bprimary%20eq%20true%5D").await.1, 5);
    for query in ["startIndex=x", "count=1.5", "count=99999999999999999999", "sortBy=userName"] {
        api.scim("GET", &format!("{USERS}?{query}"), Value::Null).await.refuses(400, Some("invalidValue"));
    }
}

#[tokio::test]
async fn only_what_is_asked_for_is_answered() {
    let api = Api::start(&[]).await;
    let path = api.provision("mira@example.com").await;
    let keys = async |query: &str| {
        let shown = api.scim("GET", &format!("{path}?{query}"), Value::Null).await.is(200);
        let kept =
            shown.as_object().unwrap().iter().filter(|(key, _)| !["schemas", "id"].contains(&key.as_str()));
        let kept: serde_json::Map<String, Value> =
            kept.map(|(key, value)| (key.clone(), value.clone())).collect();
        Value::Object(kept)
    };
    assert_eq!(keys("attributes=userName").await, json!({ "userName": "mira@example.com" }));
    assert_eq!(
        keys("attributes=USERNAME,name.givenName,emails.value,nothing").await,
        json!({ "userName": "mira@example.com", "name": { "givenName": "Mira" }, "emails": [{ "value": "mira@example.com" }] })
    );
    let role = json!({ EXTENSION: { "role": "AnalystReadOnly" } });
    assert_eq!(keys(&format!("attributes={EXTENSION}:role")).await, role);
    assert_eq!(keys(&format!("attributes={EXTENSION}")).await, role);
    assert_eq!(
        keys("attributes=urn:ietf:params:scim:schemas:core:2.0:User:active").await,
        json!({ "active": true })
    );
    let without = format!("excludedAttributes=emails,meta,name.formatted,id,roles,{EXTENSION}");
    assert_eq!(
        keys(&without).await,
        json!({
            "userName": "mira@example.com", "name": { "givenName": "Mira", "familyName": "Ode" },
            "displayName": "Mira Ode", "active": true,
        })
    );
    api.scim("GET", &format!("{path}?attributes=id&excludedAttributes=id"), Value::Null)
        .await
        .refuses(400, Some("invalidValue"));
    let operations = json!([{ "op": "replace", "path": "active", "value": false }]);
    let body = json!({ "Operations": operations });
    let changed = api.scim("PATCH", &format!("{path}?attributes=active"), body).await.is(200);
    assert_eq!((&changed["active"], &changed["userName"]), (&json!(false), &Value::Null));
}

#[tokio::test]
async fn versions_keep_one_change_from_undoing_another() {
    let api = Api::start(&[]).await;
    let path = api.provision("mira@example.com").await;
    let bearer = format!("Bearer {TOKEN}");
    let send = async |method: &str, name: &str, value: &str, body: Value| {
        let headers = [("authorization", bearer.as_str()), (name, value)];
        api.scim_with(method, &path, &headers, Body::from(body.to_string())).await
    };
    let known = send("GET", "if-none-match", "W/\"1\"", Value::Null).await;
    assert_eq!((known.status, known.header("etag")), (304, "W/\"1\""));
    assert_eq!(send("GET", "if-none-match", "W/\"0\"", Value::Null).await.status, 200);
    let off = json!({ "Operations": [{ "op": "replace", "path": "active", "value": false }] });
    for (version, status) in
        [("W/\"7\"", 412), ("\"\"", 412), ("W/\"7\", W/\"1\"", 200), ("W/\"1\"", 412), ("*", 200)]
    {
        assert_eq!(send("PATCH", "if-match", version, off.clone()).await.status, status, "{version}");
    }
    let put = json!({ "userName": "mira@example.com" });
    send("PUT", "if-match", "W/\"1\"", put.clone()).await.refuses(412, None);
    send("DELETE", "if-match", "W/\"1\"", Value::Null).await.refuses(412, None);
    assert_eq!(send("PUT", "if-match", "\"2\"", put).await.is(200)["meta"]["version"], "W/\"3\"");
    send("DELETE", "if-match", "W/\"3\"", Value::Null).await.is(204);
}

#[tokio::test]
async fn changes_at_the_same_time_are_all_made() {
    let api = Api::start(&[]).await;
    let path = api.provision("mira@example.com").await;
    let given = api.patch(&path, json!([{ "op": "replace", "path": "name.givenName", "value": "Ana" }]));
    let family = api.patch(&path, json!([{ "op": "replace", "path": "name.familyName", "value": "Otto" }]));
    let role = api.patch(&path, json!([{ "op": "replace", "path": "roles", "value": ["Analyst"] }]));
    let (given, family, role) = futures_util::future::join3(given, family, role).await;
    assert_eq!((given.status, family.status, role.status), (200, 200, 200));
    let now = api.scim("GET", &path, Value::Null).await.is(200);
    has(
        &now,
        &[
            ("/name/formatted", json!("Ana Otto")),
            ("/roles/0/value", json!("Analyst")),
            ("/meta/version", json!("W/\"4\"")),
        ],
    );
}

#[tokio::test]
async fn what_this_server_does_can_be_asked() {
    let api = Api::start(&[]).await;
    let bearer = format!("Bearer {}", api.token_of("AnalystReadOnly").await);
    let get = async |path: &str| {
        let headers = [("authorization", bearer.as_str())];
        api.scim_with("GET", &format!("/scim/v2/{path}"), &headers, Body::empty()).await
    };
    let open = api.scim_with("GET", "/scim/v2/ServiceProviderConfig", &[], Body::empty()).await.is(200);
    has(
        &open,
        &[
            ("/patch/supported", json!(true)),
            ("/bulk/supported", json!(false)),
            ("/filter", json!({ "supported": true, "maxResults": 200 })),
            ("/sort/supported", json!(false)),
            ("/etag/supported", json!(true)),
            ("/authenticationSchemes/0/type", json!("oauthbearertoken")),
            ("/meta/location", json!("http://siem.example:8080/scim/v2/ServiceProviderConfig")),
        ],
    );
    let types = get("ResourceTypes").await.is(200);
    has(&types, &[("/totalResults", json!(1)), ("/Resources/0/endpoint", json!("/Users"))]);
    assert_eq!(get("ResourceTypes/User").await.is(200), types["Resources"][0]);
    let schemas = get("Schemas").await.is(200);
    assert_eq!(schemas["totalResults"], 2);
    for schema in schemas["Resources"].as_array().unwrap() {
        assert_eq!(get(&format!("Schemas/{}", schema["id"].as_str().unwrap())).await.is(200), *schema);
        assert!(!schema.to_string().contains("null"), "what is absent is not null");
    }
    for path in ["ResourceTypes/Group", "Schemas/urn:ietf:params:scim:schemas:core:2.0:Group"] {
        get(path).await.refuses(404, None);
    }
    // Each attribute of a person is in a schema, and each of a schema in a person.
    let form = json!({ "userName": "mira", "emails": ["m@example.com"], "name": { "givenName": "M", "familyName": "O" } });
    let person = api.scim("POST", USERS, form).await.is(201);
    let names = |schema: &Value| -> Vec<String> {
        schema["attributes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["name"].as_str().unwrap().to_owned())
            .collect()
    };
    let common = ["schemas", "id", "externalId", "meta", EXTENSION];
    let mut shown: Vec<&str> = person.as_object().unwrap().keys().map(String::as_str).collect();
    shown.retain(|key| !common.contains(key));
    assert_eq!(names(&schemas["Resources"][0]), shown);
    assert_eq!(names(&schemas["Resources"][1]), ["role"]);
}

/// A person who signs in with a password; the id, and the cookie of a session.
async fn signed_in(api: &Api, email: &str, role: DefaultRole) -> (String, String, String) {
    let new = NewUser {
        email: email.to_owned(),
        given_name: "Mira".to_owned(),
        family_name: "Ode".to_owned(),
        role: RoleKey::Name(role.as_str().to_owned()),
    };
    let user = api.store.create_user(new, Rights::all()).await.unwrap();
    let (link, _) = api.store.create_password_link(&user.id, Rights::all()).await.unwrap();
    let body = json!({ "token": link.expose_secret(), "password": "a long enough password" });
    let request = Request::put("/internal/link").body(Body::from(body.to_string())).unwrap();
    assert_eq!(api.router.clone().oneshot(request).await.unwrap().status(), 200);
    let (cookie, csrf) = sign_in(api, email).await.unwrap();
    (user.id, cookie, csrf)
}

/// The cookie of a new session and the token beside it; the status when there is none.
async fn sign_in(api: &Api, email: &str) -> Result<(String, String), u16> {
    let body = json!({ "email": email, "password": "a long enough password" });
    let request = Request::post("/internal/sign-in").body(Body::from(body.to_string())).unwrap();
    let response = api.router.clone().oneshot(request).await.unwrap();
    if response.status() != 200 {
        return Err(response.status().as_u16());
    }
    let line = response.headers()[header::SET_COOKIE].to_str().unwrap();
    let cookie = line.split(';').next().unwrap().to_owned();
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    let session: Value = serde_json::from_slice(&bytes).unwrap();
    Ok((cookie, session["csrfToken"].as_str().unwrap().to_owned()))
}

async fn status_with_cookie(api: &Api, cookie: &str) -> u16 {
    let request = Request::get("/alerts").header("cookie", cookie).body(Body::empty()).unwrap();
    api.router.clone().oneshot(request).await.unwrap().status().as_u16()
}

#[tokio::test]
async fn a_person_who_is_switched_off_is_out_at_once() {
    let api = Api::start(&[]).await;
    signed_in(&api, "boss@example.com", DefaultRole::Admin).await;
    let (id, cookie, _) = signed_in(&api, "mira@example.com", DefaultRole::Analyst).await;
    let path = format!("{USERS}/{id}");
    assert_eq!(status_with_cookie(&api, &cookie).await, 200);
    let switch = async |on: bool| {
        let operations = json!([{ "op": "replace", "path": "active", "value": on }]);
        api.patch(&path, operations).await.is(200)
    };
    switch(false).await;
    assert_eq!(status_with_cookie(&api, &cookie).await, 401);
    assert_eq!(sign_in(&api, "mira@example.com").await, Err(401));
    switch(true).await;
    assert_eq!(status_with_cookie(&api, &cookie).await, 401, "the old session does not come back");
    let (cookie, _) = sign_in(&api, "mira@example.com").await.unwrap();
    assert_eq!(status_with_cookie(&api, &cookie).await, 200);
    api.scim("DELETE", &path, Value::Null).await.is(204);
    assert_eq!(status_with_cookie(&api, &cookie).await, 401);
    assert_eq!(sign_in(&api, "mira@example.com").await, Err(401));
}

#[tokio::test]
async fn the_guards_of_people_hold_for_providers_too() {
    let api = Api::start(&[]).await;
    let (id, cookie, csrf) = signed_in(&api, "boss@example.com", DefaultRole::Admin).await;
    let path = format!("{USERS}/{id}");
    let off = json!([{ "op": "replace", "path": "active", "value": false }]);
    let said = api.patch(&path, off.clone()).await.refuses(409, None);
    assert!(said.contains("nobody would be left"), "{said}");
    api.scim("DELETE", &path, Value::Null).await.refuses(409, None);
    api.patch(&path, json!([{ "op": "remove", "path": "roles" }])).await.refuses(409, None);
    let said = api.patch(&path, json!([{ "op": "add", "path": "roles", "value": ["Nobody"] }])).await;
    assert!(said.refuses(400, Some("invalidValue")).contains("`Nobody`"));
    assert_eq!(api.scim("GET", &path, Value::Null).await.is(200)["meta"]["version"], "W/\"1\"");

    // In a browser: nobody does it to himself.
    let own = async |method: &str, body: Value| {
        let headers = [("cookie", cookie.as_str()), ("x-csrf-token", csrf.as_str())];
        api.scim_with(method, &path, &headers, Body::from(body.to_string())).await
    };
    for body in [json!({ "Operations": off }), json!({ "Operations": [{ "op": "remove", "path": "roles" }] })]
    {
        own("PATCH", body).await.refuses(403, None);
    }
    own("DELETE", json!({})).await.refuses(403, None);
    let names = json!({ "Operations": [{ "op": "replace", "path": "name.givenName", "value": "Ana" }] });
    assert_eq!(own("PATCH", names).await.is(200)["name"]["givenName"], "Ana");

    // A token gives nobody more than it holds itself.
    let form = r#"{"name": "provisioning", "permissions": ["UserModify"]}"#;
    let made = api.json(200, "POST", "/api-tokens", form).await;
    let bearer = format!("Bearer {}", made["value"].as_str().unwrap());
    let headers = [("authorization", bearer.as_str())];
    let form = json!({ "userName": "ana@example.com", "roles": ["Admin"] });
    let answer = api.scim_with("POST", USERS, &headers, Body::from(form.to_string())).await;
    assert!(answer.refuses(403, None).contains("rights that the caller does not hold"));
}

#[tokio::test]
async fn what_providers_do_is_in_the_audit_log() {
    let api = Api::start(&[]).await;
    let path = api.provision("mira@example.com").await;
    let made = api.audit("CREATE_USER").await.remove(0);
    has(
        &made,
        &[
            ("/actionResult", json!("SUCCEEDED")),
            ("/actor/type", json!("TOKEN")),
            ("/actionDetails/route", json!(USERS)),
            ("/actionDetails/after/email", json!("mira@example.com")),
            ("/actionDetails/after/role/name", json!("AnalystReadOnly")),
        ],
    );
    let operations = json!([
        { "op": "replace", "path": "userName", "value": "mira.ode" },
        { "op": "replace", "path": "active", "value": false },
        { "op": "replace", "path": "externalId", "value": "7" },
    ]);
    api.patch(&path, operations).await.is(200);
    let changed = api.audit("UPDATE_USER").await.remove(0);
    has(
        &changed,
        &[
            ("/actionDetails/before/enabled", json!(true)),
            ("/actionDetails/before/userName", json!("mira@example.com")),
            ("/actionDetails/after/enabled", json!(false)),
            ("/actionDetails/after/userName", json!("mira.ode")),
            ("/actionDetails/after/externalId", json!("7")),
        ],
    );
    let said = api.patch(&path, json!([{ "op": "add", "path": "roles", "value": ["Nobody"] }])).await;
    let said = said.refuses(400, Some("invalidValue"));
    let failed = api.audit("UPDATE_USER").await.remove(0);
    has(&failed, &[("/actionResult", json!("FAILED")), ("/errors/0/message", json!(said))]);
    api.scim("DELETE", &path, Value::Null).await.is(204);
    let deleted = api.audit("DELETE_USER").await.remove(0);
    has(
        &deleted,
        &[("/actionResult", json!("SUCCEEDED")), ("/actionDetails/before/userName", json!("mira.ode"))],
    );
}

/// A name is the provider's own: what is changed here does not keep it from finding the person.
#[tokio::test]
async fn a_user_name_stays_when_the_address_is_changed_here() {
    let api = Api::start(&[]).await;
    let provisioned = api.provision("mira@example.com").await;
    let invited = r#"{"email": "ana@example.com", "givenName": "Ana", "familyName": "Ode", "role": {"name": "Analyst"}}"#;
    let invited = api.json(200, "POST", "/users", invited).await;
    let invited = format!("{USERS}/{}", invited["id"].as_str().unwrap());
    for (path, before, after) in [
        (&provisioned, "mira@example.com", "mira@example.com"),
        // Nobody named this one: it goes by its address.
        (&invited, "ana@example.com", "new.ana@example.com"),
    ] {
        let id = path.rsplit('/').next().unwrap();
        assert_eq!(api.scim("GET", path, Value::Null).await.is(200)["userName"], before);
        api.json(
            200,
            "POST",
            &format!("/users/{id}"),
            &json!({ "email": format!("new.{before}") }).to_string(),
        )
        .await;
        let read = api.scim("GET", path, Value::Null).await.is(200);
        has(&read, &[("/userName", json!(after)), ("/emails/0/value", json!(format!("new.{before}")))]);
    }
    let operations =
        json!([{ "op": "replace", "path": "emails", "value": [{ "value": "newer@example.com" }] }]);
    let changed = api.patch(&invited, operations).await.is(200);
    has(
        &changed,
        &[("/userName", json!("new.ana@example.com")), ("/emails/0/value", json!("newer@example.com"))],
    );
}
