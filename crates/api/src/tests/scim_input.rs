//! What is refused of SCIM, and in which form: wrong, too much, not permitted, not there.

use axum::body::Body;
use rstest::rstest;
use serde_json::{Value, json};

use crate::params::BODY_BYTES_MAX;
use crate::tests::scim::USERS;
use crate::tests::{Api, TOKEN};

#[rstest]
#[case::no_name(json!({}), "`userName` is missing")]
#[case::empty_name(json!({"userName": " "}), "`userName` is missing")]
#[case::name_is_a_number(json!({"userName": 7}), "`userName` must be a text")]
#[case::name_is_a_list(json!({"userName": ["mira@example.com"]}), "`userName` must be a text")]
#[case::long_name(json!({"userName": "m".repeat(256)}), "255 characters")]
#[case::control_characters(json!({"userName": "mira\n@example.com"}), "a line of")]
#[case::no_address(json!({"userName": "mira"}), "no mail address")]
#[case::address_is_none(json!({"userName": "mira", "emails": [{"value": "mira"}]}), "no address such as")]
#[case::address_without_value(json!({"userName": "mira", "emails": [{"type": "work"}]}), "`emails` must hold an address")]
#[case::addresses_are_a_number(json!({"userName": "mira", "emails": 5}), "`emails` must hold an address")]
#[case::names_are_a_text(json!({"userName": "m@example.com", "name": "Mira"}), "`name` must be an object")]
#[case::given_name_is_a_truth(json!({"userName": "m@example.com", "name": {"givenName": true}}), "`name.givenName` must be a text")]
#[case::active_is_a_word(json!({"userName": "m@example.com", "active": "yes"}), "`active` must be `true` or `false`")]
#[case::active_is_a_number(json!({"userName": "m@example.com", "active": 1}), "`active` must be `true` or `false`")]
#[case::role_is_a_number(json!({"userName": "m@example.com", "roles": [5]}), "name or id of a role")]
#[case::role_without_value(json!({"userName": "m@example.com", "roles": [{"display": "Admin"}]}), "name or id of a role")]
#[case::no_such_role(json!({"userName": "m@example.com", "roles": ["Boss"]}), "there is no role `Boss`")]
#[case::no_such_role_id(json!({"userName": "m@example.com", "roles": ["b3f6a0c4-3d0b-4f0e-9b56-000000000000"]}), "there is no role")]
#[case::extension_is_a_text(json!({"userName": "m@example.com", "urn:ietf:params:scim:schemas:extension:margay:2.0:User": "Admin"}), "must be an object")]
#[tokio::test]
async fn a_person_that_cannot_be_is_refused(#[case] form: Value, #[case] words: &str) {
    let api = Api::start(&[]).await;
    let said = api.scim("POST", USERS, form.clone()).await.refuses(400, Some("invalidValue"));
    assert!(said.contains(words), "{said}");
    let path = api.provision("there@example.com").await;
    if form != json!({}) {
        api.scim("PUT", &path, form.clone()).await.refuses(400, Some("invalidValue"));
        let operations = json!([{ "op": "replace", "value": form }]);
        let answer = api.patch(&path, operations).await;
        assert!([200, 400].contains(&answer.status), "{}", answer.json);
    }
    assert_eq!(api.scim("GET", USERS, Value::Null).await.is(200)["totalResults"], 1);
}

#[rstest]
#[case::no_operations(json!({}), "invalidSyntax", "`Operations`")]
#[case::operations_are_an_object(json!({"Operations": {}}), "invalidSyntax", "`Operations`")]
#[case::no_operation(json!({"Operations": []}), "invalidSyntax", "`Operations`")]
#[case::operation_is_a_text(json!({"Operations": ["replace"]}), "invalidSyntax", "operation 1")]
#[case::other_schema(json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "Operations": [{"op": "add"}]}), "invalidSyntax", "PatchOp")]
#[case::no_op(json!({"Operations": [{"path": "active", "value": true}]}), "invalidSyntax", "`op`")]
#[case::unknown_op(json!({"Operations": [{"op": "replace", "value": {}}, {"op": "move", "path": "active"}]}), "invalidSyntax", "operation 2: `op`")]
#[case::path_is_a_number(json!({"Operations": [{"op": "replace", "path": 1, "value": true}]}), "invalidSyntax", "`path` must be a text")]
#[case::path_is_broken(json!({"Operations": [{"op": "replace", "path": "emails[type eq \"work\"", "value": 1}]}), "invalidPath", "`path` cannot be read")]
#[case::path_of_another_operator(json!({"Operations": [{"op": "remove", "path": "emails[type eq \"work\" and value ew \"example.com\"]"}]}), "invalidPath", "`ew`")]
#[case::path_is_unknown(json!({"Operations": [{"op": "replace", "path": "favouriteTeam", "value": 1}]}), "invalidPath", "`favouriteTeam`")]
#[case::path_of_a_part_that_is_unknown(json!({"Operations": [{"op": "replace", "path": "name.given", "value": "x"}]}), "invalidPath", "`name.given`")]
#[case::path_of_a_custom_schema(json!({"Operations": [{"op": "add", "path": "urn:example:2.0:User:tag", "value": 1}]}), "invalidPath", "`urn:example:2.0:User:tag`")]
#[case::long_path(json!({"Operations": [{"op": "replace", "path": "a".repeat(3000), "value": 1}]}), "invalidPath", "2048 bytes")]
#[case::nothing_to_remove(json!({"Operations": [{"op": "remove"}]}), "noTarget", "`path` is missing")]
#[case::no_value(json!({"Operations": [{"op": "replace", "path": "active"}]}), "invalidValue", "`value` is missing")]
#[case::value_without_names(json!({"Operations": [{"op": "replace", "value": false}]}), "invalidValue", "an object of attributes")]
#[case::nobody_has_another_address(json!({"Operations": [{"op": "replace", "path": "emails[type eq \"home\"].value", "value": "x@example.com"}]}), "noTarget", "`emails[type eq \"home\"].value`")]
#[case::nobody_has_another_role(json!({"Operations": [{"op": "replace", "path": "roles[value eq \"Boss\"].value", "value": "Admin"}]}), "noTarget", "`roles[value eq \"Boss\"].value`")]
#[case::read_only(json!({"Operations": [{"op": "replace", "path": "id", "value": "1"}]}), "mutability", "`id` is read-only")]
#[case::read_only_removed(json!({"Operations": [{"op": "remove", "path": "meta"}]}), "mutability", "`meta` is read-only")]
#[case::name_removed(json!({"Operations": [{"op": "remove", "path": "userName"}]}), "mutability", "`userName` is required")]
#[case::name_is_null(json!({"Operations": [{"op": "replace", "path": "userName", "value": null}]}), "mutability", "`userName` is required")]
#[case::active_removed(json!({"Operations": [{"op": "remove", "path": "active"}]}), "mutability", "`active`")]
#[case::wrong_after_right(json!({"Operations": [{"op": "replace", "path": "active", "value": false}, {"op": "replace", "path": "active", "value": "maybe"}]}), "invalidValue", "operation 2: `active`")]
#[case::only_address_removed(json!({"Operations": [{"op": "replace", "path": "userName", "value": "mira"}, {"op": "remove", "path": "emails"}]}), "invalidValue", "no mail address")]
#[tokio::test]
async fn a_change_that_cannot_be_made_is_refused(
    #[case] body: Value,
    #[case] kind: &str,
    #[case] words: &str,
) {
    let api = Api::start(&[]).await;
    let path = api.provision("mira@example.com").await;
    let before = api.scim("GET", &path, Value::Null).await.is(200);
    let said = api.scim("PATCH", &path, body).await.refuses(400, Some(kind));
    assert!(said.contains(words), "{said}");
    assert_eq!(api.scim("GET", &path, Value::Null).await.is(200), before, "all or none");
}

#[rstest]
#[case("userName")]
#[case("userName eq")]
#[case("userName eq mira")]
#[case("userName eq \"mira")]
#[case("userName eq \"\\x\"")]
#[case("userName eq 7")]
#[case("userName sw \"m\"")]
#[case("userName pr")]
#[case("userName eq \"a\" or userName eq \"b\"")]
#[case("not (userName eq \"a\")")]
#[case("(userName eq \"a\")")]
#[case("userName eq \"a\" and")]
#[case("and userName eq \"a\"")]
#[case("userName eq \"a\" userName eq \"b\"")]
#[case("active eq \"maybe\"")]
#[case("title eq \"x\"")]
#[case("name.givenName eq \"Mira\"")]
#[case("emails[type eq \"work\"")]
#[case("emails[type eq \"work\"]]")]
#[case("emails[]")]
#[case("emails[display eq \"x\"]")]
#[case("emails.type eq \"work\"")]
#[case("meta.lastModified gt \"2011-05-13T04:42:34Z\"")]
#[case("groups eq \"x\"")]
#[case("favouriteTeam eq \"x\"")]
#[case("'; DROP TABLE users; --")]
#[case("\u{1f98a} eq \"x\"")]
#[tokio::test]
async fn a_filter_that_is_not_understood_is_refused(#[case] filter: &str) {
    let api = Api::start(&[]).await;
    api.provision("mira@example.com").await;
    let encoded: String = url::form_urlencoded::byte_serialize(filter.as_bytes()).collect();
    let answer = api.scim("GET", &format!("{USERS}?filter={encoded}"), Value::Null).await;
    let said = answer.refuses(400, Some("invalidFilter"));
    assert!(said.contains("`attribute eq \"value\"`"), "it says what can be done: {said}");
}

#[tokio::test]
async fn a_filter_is_bounded_however_it_grows() {
    let api = Api::start(&[]).await;
    for filter in [
        "(".repeat(2_000),
        "emails[".repeat(290),
        format!("userName eq \"{}\"", "a".repeat(5_000)),
        vec!["active eq true"; 17].join(" and "),
        format!("emails[{}]", vec!["type eq \"work\""; 17].join(" and ")),
    ] {
        let encoded: String = url::form_urlencoded::byte_serialize(filter.as_bytes()).collect();
        let answer = api.scim("GET", &format!("{USERS}?filter={encoded}"), Value::Null).await;
        answer.refuses(400, Some("invalidFilter"));
    }
}

/// Texts that would be something else if they were pasted together.
#[rstest]
#[case("a\"b@example.com")]
#[case("a'b@example.com")]
#[case("a\\b@example.com")]
#[case("a%_b@example.com")]
#[case("a\"+or+1+eq+1@example.com")]
#[case("ünï🦊@example.com")]
#[tokio::test]
async fn a_name_is_found_as_it_is_written(#[case] name: &str) {
    let api = Api::start(&[]).await;
    let made = api.scim("POST", USERS, json!({ "userName": name, "externalId": name })).await.is(201);
    api.provision("another@example.com").await;
    for filter in
        [format!("userName eq {}", json!(name)), format!("EXTERNALID EQ {} AND active eq True", json!(name))]
    {
        let encoded: String = url::form_urlencoded::byte_serialize(filter.as_bytes()).collect();
        let found = api.scim("GET", &format!("{USERS}?filter={encoded}"), Value::Null).await.is(200);
        assert_eq!(found["Resources"], json!([made]), "{filter}");
    }
}

#[tokio::test]
async fn what_is_too_much_is_refused() {
    let api = Api::start(&[]).await;
    let path = api.provision("mira@example.com").await;
    let operation = json!({ "op": "replace", "path": "active", "value": false });
    let many = api.patch(&path, json!(vec![operation.clone(); 1_000])).await;
    assert!(many.refuses(400, Some("invalidSyntax")).contains("100 is the most"));
    api.patch(&path, json!(vec![operation; 100])).await.is(200);
    let huge = json!({ "userName": "m@example.com", "externalId": "x".repeat(BODY_BYTES_MAX) });
    api.scim("POST", USERS, huge).await.refuses(413, None);
    let bearer = format!("Bearer {TOKEN}");
    let headers = [("authorization", bearer.as_str())];
    for body in ["[".repeat(100_000), format!("{}{}", "{\"name\":".repeat(50_000), "1")] {
        let answer = api.scim_with("POST", USERS, &headers, Body::from(body)).await;
        answer.refuses(400, Some("invalidSyntax"));
    }
    // Many attributes that are not kept: the answer names as many as fit.
    let wide: serde_json::Map<String, Value> =
        (0..5_000).map(|number| (format!("attribute{number:04}"), json!(1))).collect();
    let answer = api.patch(&path, json!([{ "op": "add", "value": wide }])).await;
    assert!(answer.headers["x-ignored-attributes"].len() <= 1_024);
    answer.is(200);
}

#[tokio::test]
async fn bodies_are_json_objects() {
    let api = Api::start(&[]).await;
    let bearer = format!("Bearer {TOKEN}");
    for body in ["", "null", "[]", "\"x\"", "{", "{} {}", "{\"userName\": \"a@example.com\",}", "\u{feff}{}"]
    {
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
        let answer = api.scim_with("POST", USERS, &headers, Body::from(body)).await;
        answer.refuses(400, Some("invalidSyntax"));
    }
    let headers = [("authorization", bearer.as_str())];
    let broken = api.scim_with("POST", USERS, &headers, Body::from(&b"{\"userName\": \"\xff\"}"[..])).await;
    broken.refuses(400, Some("invalidSyntax"));
    let mut number = 0;
    for (kind, status) in [
        ("application/scim+json", 201),
        ("application/json", 201),
        ("Application/SCIM+JSON; charset=utf-8", 201),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("application/jsonp", 415),
        ("", 415),
    ] {
        number += 1;
        let headers = [("authorization", bearer.as_str()), ("content-type", kind)];
        let body = json!({ "userName": format!("u{number}@example.com") }).to_string();
        assert_eq!(api.scim_with("POST", USERS, &headers, Body::from(body)).await.status, status, "{kind}");
    }
    let wrong =
        json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "userName": "x@example.com" });
    api.scim("POST", USERS, wrong).await.refuses(400, Some("invalidSyntax"));
}

#[tokio::test]
async fn who_may_not_is_refused_in_the_same_form() {
    let api = Api::start(&[]).await;
    let path = api.provision("mira@example.com").await;
    let form = json!({ "userName": "ana@example.com" });
    let patch = json!({ "Operations": [{ "op": "replace", "path": "active", "value": false }] });
    let calls = [
        ("GET", USERS, Value::Null, false),
        ("GET", path.as_str(), Value::Null, false),
        ("GET", "/scim/v2/Groups", Value::Null, false),
        ("POST", USERS, form.clone(), true),
        ("PUT", path.as_str(), form, true),
        ("PATCH", path.as_str(), patch, true),
        ("DELETE", path.as_str(), Value::Null, true),
    ];
    for (role, reads, writes) in [("AnalystReadOnly", 403, 403), ("Analyst", 200, 403)] {
        let bearer = format!("Bearer {}", api.token_of(role).await);
        for (method, path, body, is_write) in &calls {
            let expected = if *is_write { writes } else { reads };
            let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
            let answer = api.scim_with(method, path, &[("authorization", &bearer)], body).await;
            assert_eq!(answer.status, expected, "{role} {method} {path}: {}", answer.json);
        }
    }
    for headers in [vec![], vec![("authorization", "Bearer nothing")], vec![("authorization", "Basic eDp5")]]
    {
        for (method, path, _, _) in &calls {
            let answer = api.scim_with(method, path, &headers, Body::empty()).await;
            assert_eq!(answer.headers["www-authenticate"], "Bearer");
            answer.refuses(401, None);
        }
    }
    assert_eq!(api.scim("GET", &path, Value::Null).await.is(200)["active"], true);
}

#[tokio::test]
async fn what_is_not_there_is_refused_in_the_same_form() {
    let api = Api::start(&[]).await;
    for (method, path, status) in [
        ("GET", "/scim", 404),
        ("GET", "/scim/v2", 404),
        ("GET", "/scim/v2/users", 404),
        ("GET", "/scim/v2/Groups/1", 404),
        ("GET", "/scim/v2/Users/nobody", 404),
        ("PUT", "/scim/v2/Users", 405),
        ("DELETE", "/scim/v2/Users", 405),
        ("POST", "/scim/v2/Users/nobody", 405),
        ("POST", "/scim/v2/Groups", 405),
        ("POST", "/scim/v2/ServiceProviderConfig", 405),
        ("GET", "/scim/v2/Me", 501),
        ("PATCH", "/scim/v2/Me", 501),
        ("POST", "/scim/v2/Bulk", 501),
        ("POST", "/scim/v2/.search", 501),
        ("POST", "/scim/v2/Users/.search", 501),
        ("GET", "/scim/v2/Users/%FF", 400),
    ] {
        api.scim(method, path, Value::Null).await.refuses(status, None);
    }
    for (method, body) in [
        ("PUT", json!({ "userName": "a@example.com" })),
        ("PATCH", json!({ "Operations": [{ "op": "replace", "path": "active", "value": false }] })),
        ("DELETE", Value::Null),
    ] {
        let said = api.scim(method, "/scim/v2/Users/nobody", body).await.refuses(404, None);
        assert_eq!(said, "no user `nobody`");
    }
    let elsewhere = api.json(404, "GET", "/scimitar", "").await;
    assert!(elsewhere["message"].is_string(), "other paths keep their own form");
}
