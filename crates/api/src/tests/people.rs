//! `/internal/people`: what everybody who is signed in may know of the others.

use model::{DefaultRole, Rights};
use serde_json::{Value, json};
use store::{NewUser, RoleKey, UserForm};

use super::Api;
use super::browser::{Browser, MIRA, PASSWORD, person};

#[tokio::test]
async fn who_may_see_no_users_learns_their_names_and_nothing_else() {
    let api = Api::start(&[]).await;
    let mira = person(&api, MIRA, DefaultRole::AnalystReadOnly).await;
    let new = NewUser {
        email: "noor@example.com".to_owned(),
        given_name: String::new(),
        family_name: String::new(),
        role: RoleKey::Name("Analyst".to_owned()),
    };
    let noor = api.store.create_user(new, Rights::all()).await.unwrap().id;
    let disabled = UserForm { enabled: Some(false), ..UserForm::default() };
    api.store.update_user(&noor, disabled, Rights::all()).await.unwrap();

    let mut browser = Browser::new(&api);
    assert_eq!(browser.get("/internal/people").await.status, 401);
    let form = json!({ "email": MIRA, "password": PASSWORD }).to_string();
    assert_eq!(browser.send("POST", "/internal/sign-in", &form).await.status, 200);
    let answer = browser.get("/internal/people").await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let expected = json!({
        "results": [
            { "id": mira, "name": "Mira Ode", "isEnabled": true },
            { "id": noor, "name": "noor", "isEnabled": false },
        ],
        "truncated": false,
    });
    assert_eq!(serde_json::from_str::<Value>(&answer.body).unwrap(), expected);
    let reads = api.reads().await;
    assert_eq!(reads.last().unwrap()["actionName"], "LIST_USER_NAMES", "among the reads of users");
}
