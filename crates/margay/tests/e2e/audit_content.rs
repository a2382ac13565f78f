//! Changes of schemas and of content as a whole, in the audit log of a running server: before and after.

use serde_json::{Value, json};

use crate::content_api::{rule, site, upload, yaml, zip};
use crate::harness::Server;

/// The newest entry with this name.
fn newest(server: &Server, action: &str) -> Value {
    server.list(&format!("/audit-log?action={action}&limit=1")).remove(0)["entry"].clone()
}

fn views(entry: &Value) -> (&Value, &Value) {
    (&entry["actionDetails"]["before"], &entry["actionDetails"]["after"])
}

#[test]
fn what_content_and_schemas_were_and_are_is_on_record() {
    let site = site();
    let server = site.start();
    let python = |word: &str| format!("def rule(event):\n    return {word}\n");
    for word in ["True", "False"] {
        let put = server.change("PUT", "/rules/Own.Rule", &rule("Own.Rule", &python(word)));
        assert!([200, 201].contains(&put.status), "{}", put.body);
    }
    let back = server.change("POST", "/content/versions/Own.Rule/rollback", &json!({ "version": 1 }));
    assert_eq!(back.status, 200, "{}", back.body);
    let rolled = newest(&server, "ROLL_BACK_DETECTION");
    let (before, after) = views(&rolled);
    assert_eq!((&before["version"], &after["version"]), (&json!(2), &json!(3)));
    assert_eq!((&before["python"], &after["python"]), (&json!(python("False")), &json!(python("True"))));

    let names = ["Up.One", "Up.Two"];
    let files: Vec<(String, String)> = names
        .iter()
        .flat_map(|name| {
            let file = format!("{}.py", name.to_lowercase().replace('.', "_"));
            [(format!("rules/{name}.yml"), yaml(name, &file)), (format!("rules/{file}"), python("True"))]
        })
        .collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let uploaded = upload(&server, "/content/upload", &zip(&files));
    assert_eq!(uploaded.status, 200, "{}", uploaded.body);
    let entry = newest(&server, "UPLOAD_DETECTION_ENTITIES");
    assert_eq!(views(&entry).1["rule"]["addedIds"], json!(names));
    assert!(entry["actionParams"]["dynamic"]["input"]["sha256"].is_string(), "not the zip itself");

    let gone = server.change("POST", "/content/delete", &json!({ "ids": ["Up.One", "Own.Rule", "No.Such"] }));
    assert_eq!(gone.json()["ids"], json!(["Own.Rule", "Up.One"]));
    let entry = newest(&server, "DELETE_DETECTION");
    assert_eq!(entry["actionResult"], "PARTIALLY_FAILED");
    assert_eq!(entry["errors"], json!([{ "message": "there is no `No.Such`" }]));
    let (before, after) = views(&entry);
    assert_eq!((&before["count"], &after["ids"]), (&json!(2), &json!(["Own.Rule", "Up.One"])));
    assert_eq!(before["items"][1]["version"], 3);
    assert_eq!(server.list("/audit-log?result=PARTIALLY_FAILED").len(), 1);

    let spec =
        |field: &str| format!("schema: Custom.Audited\nfields:\n  - name: {field}\n    type: string\n");
    for (revision, field) in ["one", "two"].into_iter().enumerate() {
        let form =
            json!({ "spec": spec(field), "description": "", "referenceURL": "", "revision": revision });
        let put = server.change("PUT", "/schemas/Custom.Audited", &form);
        assert_eq!(put.status, 200, "{}", put.body);
    }
    let entry = newest(&server, "CREATE_OR_UPDATE_SCHEMA");
    let (before, after) = views(&entry);
    assert!(before["spec"].as_str().unwrap().contains("name: one"), "{entry}");
    assert!(after["spec"].as_str().unwrap().contains("name: two"), "{entry}");
    let archived = server.change("PATCH", "/schemas/Custom.Audited", &json!({ "isArchived": true }));
    assert_eq!(archived.status, 200, "{}", archived.body);
    let entry = newest(&server, "UPDATE_CUSTOM_SCHEMA_STATE");
    let (before, after) = views(&entry);
    assert_eq!((&before["isArchived"], &after["isArchived"]), (&json!(false), &json!(true)));
}
