//! Who may change how people sign in, what would lock everybody out, and what a provider says when it is tested.

use std::collections::BTreeMap;
use std::sync::Arc;

use api_types::{
    IdentityProviderForm, OidcForm, OidcOptions, ProviderAddresses, ServerFacts, Setting, SignOnForm,
};
use arc_swap::ArcSwap;
use axum::body::Body;
use axum::http::Request;
use model::{DefaultRole, LogTypeAccess, Permission, PermissionSet, Rights};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use store::{Grant, TokenForm};
use test_support::IdentityProvider as TestProvider;
use tower::ServiceExt as _;

use crate::tests::browser::{MIRA, person};
use crate::tests::{Api, TOKEN};
use crate::{
    AdminRefusal, AnyProvider, BoxFuture, OidcProvider, Provider, ProviderView, SettingsAdmin, SettingsView,
    SignInSettings, SignOnView,
};

/// Providers are those of the API's settings; nothing is checked.
pub(super) struct Still {
    sign_in: Arc<ArcSwap<SignInSettings>>,
    general: ArcSwap<SettingsView>,
}

impl Still {
    pub(super) fn new(sign_in: Arc<ArcSwap<SignInSettings>>) -> Still {
        let setting = Setting {
            key: "alerting.product_name".to_owned(),
            value: "Margay".into(),
            default: "Margay".into(),
            origin: "default".to_owned(),
        };
        let general = SettingsView { settings: vec![setting], warnings: Vec::new() };
        Still { sign_in, general: ArcSwap::from_pointee(general) }
    }

    fn change(&self, change: impl FnOnce(&mut SignInSettings)) {
        let mut settings = SignInSettings::clone(&self.sign_in.load());
        change(&mut settings);
        self.sign_in.store(settings.into());
    }
}

fn provider_of(form: IdentityProviderForm) -> OidcProvider {
    let IdentityProviderForm { id, label, role_map, oidc, .. } = form;
    let id = id.unwrap_or_default();
    let OidcForm { issuer, client_id, .. } = oidc.unwrap_or_default();
    OidcProvider {
        provider: Provider {
            label: label.unwrap_or_else(|| id.clone()),
            id,
            role_map: role_map.into_iter().map(|entry| (entry.group, entry.role)).collect(),
            email_domains: Vec::new(),
        },
        issuer,
        client_id,
        client_secret: None,
        scopes: vec!["openid".to_owned()],
        groups_claim: "groups".to_owned(),
    }
}

fn view_of(oidc: &OidcProvider) -> ProviderView {
    ProviderView {
        id: oidc.provider.id.clone(),
        label: oidc.provider.label.clone(),
        kind: "OIDC".to_owned(),
        provisioned: false,
        role_map: Vec::new(),
        email_domains: Vec::new(),
        oidc: Some(OidcOptions {
            issuer: oidc.issuer.clone(),
            client_id: oidc.client_id.clone(),
            client_secret: None,
            scopes: oidc.scopes.clone(),
            groups_claim: oidc.groups_claim.clone(),
        }),
        saml: None,
        issuer: Some(oidc.issuer.clone()),
        addresses: ProviderAddresses::default(),
        problem: None,
        warnings: Vec::new(),
    }
}

impl SettingsAdmin for Still {
    fn general(&self) -> Arc<SettingsView> {
        self.general.load_full()
    }

    fn put_general(
        &self,
        made: BTreeMap<String, Value>,
    ) -> BoxFuture<'_, Result<Arc<SettingsView>, AdminRefusal>> {
        Box::pin(async move {
            let mut view = SettingsView::clone(&self.general.load());
            let name = made.get("alerting.product_name").cloned();
            view.settings[0].value = name.ok_or_else(|| AdminRefusal::Invalid("no name".to_owned()))?;
            self.general.store(Arc::new(view));
            Ok(self.general.load_full())
        })
    }

    fn facts(&self) -> BoxFuture<'_, ServerFacts> {
        Box::pin(async { ServerFacts::default() })
    }

    fn sign_on(&self) -> Arc<SignOnView> {
        let settings = self.sign_in.load();
        Arc::new(SignOnView {
            enforce_sso: settings.enforce_sso,
            default_role: settings.default_role.clone(),
            providers: settings.oidc.iter().map(view_of).collect(),
            ..SignOnView::default()
        })
    }

    fn put_sign_on(&self, form: SignOnForm) -> BoxFuture<'_, Result<Arc<SignOnView>, AdminRefusal>> {
        self.change(|settings| settings.enforce_sso = form.enforce_sso == Some(true));
        Box::pin(async move { Ok(self.sign_on()) })
    }

    fn draft(&self, form: IdentityProviderForm) -> Result<AnyProvider, AdminRefusal> {
        Ok(AnyProvider::Oidc(provider_of(form)))
    }

    fn create_provider(
        &self,
        form: IdentityProviderForm,
    ) -> BoxFuture<'_, Result<ProviderView, AdminRefusal>> {
        let made = provider_of(form);
        let view = view_of(&made);
        self.change(|settings| settings.oidc.push(made));
        Box::pin(async move { Ok(view) })
    }

    fn update_provider<'a>(
        &'a self,
        id: &'a str,
        _: IdentityProviderForm,
    ) -> BoxFuture<'a, Result<ProviderView, AdminRefusal>> {
        Box::pin(async move { Err(AdminRefusal::Conflict(format!("`{id}` is of the file"))) })
    }

    fn delete_provider<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<(), AdminRefusal>> {
        self.change(|settings| settings.oidc.retain(|oidc| oidc.provider.id != id));
        Box::pin(async { Ok(()) })
    }
}

const PROVIDERS: &str = "/internal/sign-on/providers";

fn form(id: &str, issuer: &str) -> String {
    json!({ "id": id, "oidc": { "issuer": issuer, "clientId": "margay" } }).to_string()
}

/// A token with these permissions.
async fn token(api: &Api, permissions: PermissionSet) -> String {
    let form = TokenForm {
        grant: Grant::Own(Rights { permissions, log_types: LogTypeAccess::ALL }),
        ..TokenForm::in_role("few", "")
    };
    api.store.create_token(form, None, Rights::all()).await.unwrap().value.expose_secret().to_owned()
}

/// What somebody with this token gets.
async fn status(api: &Api, token: &str, method: &str, path: &str, body: &str) -> (u16, String) {
    let request = Request::builder().method(method).uri(path).header("x-api-key", token);
    let response =
        api.router.clone().oneshot(request.body(Body::from(body.to_owned())).unwrap()).await.unwrap();
    let status = response.status().as_u16();
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    (status, String::from_utf8(bytes.to_vec()).unwrap())
}

#[tokio::test]
async fn who_lacks_anything_makes_no_provider_that_could_give_it() {
    let api = Api::start(&[]).await;
    let all: Vec<Permission> = Rights::all().permissions.iter().collect();
    let but_one = all.iter().copied().filter(|it| *it != Permission::RuleModify).collect();
    let few = token(&api, but_one).await;
    let body = form("own", "https://id.example");
    for (method, path, body) in [
        ("POST", PROVIDERS, body.as_str()),
        ("PUT", "/internal/sign-on/providers/own", body.as_str()),
        ("DELETE", "/internal/sign-on/providers/own", ""),
        ("POST", "/internal/sign-on/test", body.as_str()),
        ("PUT", "/internal/sign-on", "{}"),
    ] {
        let (found, said) = status(&api, &few, method, path, body).await;
        assert_eq!(found, 403, "{method} {path}: {said}");
        assert!(said.contains("`RuleModify`") && said.contains("says who people are"), "{said}");
    }
    let (found, said) = status(&api, &few, "GET", "/internal/sign-on", "").await;
    assert_eq!(found, 200);
    assert!(said.contains("\"mayChange\":false"), "{said}");
    let (found, said) = status(&api, TOKEN, "GET", "/internal/sign-on", "").await;
    assert!(found == 200 && said.contains("\"mayChange\":true"), "{said}");
    assert!(!api.sign_in.load().has_providers());
}

#[tokio::test]
async fn nobody_is_locked_out_by_enforcing_single_sign_on() {
    let api = Api::start(&[]).await;
    let enforce = r#"{"enforceSso": true}"#;
    let said = api.refusal(409, "PUT", "/internal/sign-on", enforce).await;
    assert!(said.contains("no identity provider"), "{said}");
    api.json(201, "POST", PROVIDERS, &form("own", "https://id.example")).await;
    let said = api.refusal(409, "PUT", "/internal/sign-on", enforce).await;
    assert!(said.contains("no administrator has a password"), "{said}");
    let mira = person(&api, MIRA, DefaultRole::Admin).await;
    let said = api.refusal(409, "PUT", "/internal/sign-on", enforce).await;
    assert!(said.contains("nobody who manages users signs in through a provider"), "{said}");
    let identity = json!({ "issuer": "https://id.example", "subject": "1" }).to_string();
    api.json(200, "POST", &format!("/users/{mira}/identities"), &identity).await;
    assert_eq!(api.json(200, "PUT", "/internal/sign-on", enforce).await["enforceSso"], true);
    let said = api.refusal(409, "DELETE", "/internal/sign-on/providers/own", "").await;
    assert!(said.contains("last identity provider"), "{said}");
    api.json(200, "PUT", "/internal/sign-on", r#"{"enforceSso": null}"#).await;
    api.json(204, "DELETE", "/internal/sign-on/providers/own", "").await;
}

#[tokio::test]
async fn a_test_says_what_was_found_and_stores_nothing() {
    let (api, idp) = (Api::start(&[]).await, TestProvider::start().await);
    let mut body: Value = serde_json::from_str(&form("own", &idp.issuer())).unwrap();
    body["roleMap"] = json!([{ "group": "a", "role": "Nobody" }, { "group": "b", "role": "Admin" }]);
    let said = api.json(200, "POST", "/internal/sign-on/test", &body.to_string()).await;
    assert_eq!((&said["success"], &said["problem"]), (&json!(true), &Value::Null), "{said}");
    assert_eq!(said["found"][0], json!({ "name": "issuer", "text": idp.issuer() }));
    let warnings = said["warnings"].as_array().unwrap();
    assert!(warnings.len() == 1 && warnings[0].as_str().unwrap().contains("`Nobody`"), "{said}");

    let said = api.json(200, "POST", "/internal/sign-on/test", &form("own", "https://10.0.0.1")).await;
    assert_eq!(said["success"], false, "{said}");
    assert!(said["problem"].as_str().unwrap().contains("blocked address"), "{said}");
    let other = format!("{}/", idp.issuer());
    let said = api.json(200, "POST", "/internal/sign-on/test", &form("own", &other)).await;
    assert!(said["problem"].as_str().unwrap().contains(&idp.issuer()), "the name that it has: {said}");
    assert!(!api.sign_in.load().has_providers());
}

#[tokio::test]
async fn an_answer_has_what_is_entered_at_the_provider() {
    let api = Api::start(&[]).await;
    let made = api.json(201, "POST", PROVIDERS, &form("own", "https://id.example")).await;
    let addresses = &made["addresses"];
    assert_eq!(addresses["redirectUri"], "http://localhost/internal/oidc/own/callback");
    assert_eq!(addresses["scimBaseUrl"], "http://localhost/scim/v2");
    assert_eq!(addresses["acsUrl"], Value::Null);
    let any = api.json(200, "GET", "/internal/sign-on", "").await;
    assert_eq!(any["addresses"]["acsUrl"], "http://localhost/internal/saml/{id}/acs");
    assert!(any["warnings"][0].as_str().unwrap().contains("`external_url`"), "{any}");
    assert_eq!(api.json(200, "GET", PROVIDERS, "").await["results"][0]["id"], "own");
}

#[tokio::test]
async fn identities_are_connected_by_who_may_do_as_much_as_the_person() {
    let api = Api::start(&[]).await;
    let mira = person(&api, MIRA, DefaultRole::Admin).await;
    let path = format!("/users/{mira}/identities");
    let few = token(&api, [Permission::UserModify].into_iter().collect()).await;
    let body = json!({ "issuer": "https://id.example", "subject": "1" }).to_string();
    let (found, said) = status(&api, &few, "POST", &path, &body).await;
    assert_eq!(found, 403, "{said}");

    api.json(200, "POST", &path, &body).await;
    let listed = api.json(200, "GET", &path, "").await;
    assert_eq!(listed["results"][0]["subject"], "1");
    let noor = person(&api, "noor@example.com", DefaultRole::Analyst).await;
    let said = api.refusal(409, "POST", &format!("/users/{noor}/identities"), &body).await;
    assert!(said.contains(MIRA), "{said}");
    for bad in [json!({ "issuer": "", "subject": "1" }), json!({ "issuer": "i", "subject": "a\nb" })] {
        api.refusal(400, "POST", &path, &bad.to_string()).await;
    }
    let query = "issuer=https%3A%2F%2Fid.example&subject=1";
    api.json(204, "DELETE", &format!("{path}?{query}"), "").await;
    api.refusal(404, "DELETE", &format!("{path}?{query}"), "").await;
    api.refusal(404, "GET", "/users/nobody/identities", "").await;
}

#[tokio::test]
async fn a_change_of_settings_that_are_no_more_is_refused() {
    let api = Api::start(&[]).await;
    let put = async |name: &str, tag: Option<&str>| {
        let mut request =
            Request::builder().method("PUT").uri("/internal/settings").header("x-api-key", TOKEN);
        if let Some(tag) = tag {
            request = request.header("if-match", tag);
        }
        let body = json!({ "settings": { "alerting.product_name": name } }).to_string();
        let response = api.router.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
        let tag = response.headers().get("etag").map(|tag| tag.to_str().unwrap().to_owned());
        (response.status().as_u16(), tag)
    };
    let (found, first) = put("Ours", None).await;
    assert_eq!(found, 200);
    assert_eq!(put("Theirs", first.as_deref()).await.0, 200);
    assert_eq!(put("Ours again", first.as_deref()).await.0, 412);
    let shown = api.json(200, "GET", "/internal/settings", "").await;
    assert_eq!(shown["settings"][0]["value"], "Theirs");
    assert!(
        shown["server"]["counts"].as_array().unwrap().iter().any(|fact| fact["name"] == "users"),
        "{shown}"
    );
}
