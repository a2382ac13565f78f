//! What the file may say, and how it is refused.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rstest::rstest;
use secrecy::ExposeSecret;
use serde_json::json;

use super::{Config, ConfigError, Environment, load, validate};

fn read_in(base: &Path, text: &str) -> Result<Config, ConfigError> {
    let environment = Environment::from([("TOKEN".to_owned(), "from-environment".to_owned())]);
    validate::validate(load::parse(text)?, base, None, &environment)
}

fn read(text: &str) -> Result<Config, ConfigError> {
    read_in(Path::new("/etc/margay"), text)
}

fn webhook(config: &str) -> String {
    format!("destinations:\n  - {{ name: hook, type: webhook, config: {config} }}\n")
}

#[rstest]
#[case::first_delay("delivery: { retry: { first_delay: 0s } }", "delivery.retry.first_delay", "`10ms`")]
#[case::delay_max("delivery: { retry: { delay_max: 9ms } }", "delivery.retry.delay_max", "`10ms`")]
#[case::age_max("delivery: { retry: { age_max: 0s } }", "delivery.retry.age_max", "at least")]
#[case::timeout("delivery: { timeout: 0s }", "delivery.timeout", "at least")]
#[case::alert_events("retention: { alert_events: 0d }", "retention.alert_events", "at least")]
#[case::failures("retention: { failures: 0s }", "retention.failures", "at least")]
#[case::audit("retention: { audit: 0s }", "retention.audit", "at least")]
#[case::audit_reads("retention: { audit_reads: 0s }", "retention.audit_reads", "at least")]
#[case::read_events("audit: { read_events: true }", "audit.read_events", "`audit.events: true`")]
#[case::read_events_of_none(
    "audit: { events: true, reads: false, read_events: true }",
    "audit.read_events",
    "not `false`"
)]
#[case::audit_source(
    "{ audit: { events: true }, sources: [{ id: audit, type: http, log_types: [A.B] }] }",
    "sources[0].id",
    "choose another id"
)]
#[case::journal("journal: { size_max: 1MB }", "journal.size_max", "`1MiB`")]
#[case::journal_zero("journal: { size_max: \"0\" }", "journal.size_max", "`1MiB`")]
#[case::rule_timeout("python: { rule_timeout: 0s }", "python.rule_timeout", "`10ms`")]
#[case::longer_first("delivery: { retry: { first_delay: 1h } }", "delivery.retry.first_delay", "(15m)")]
#[case::shorter_max("delivery: { retry: { delay_max: 500ms } }", "delivery.retry.delay_max", "(1s)")]
#[case::silence(
    "sources: [{ id: a, type: http, log_types: [A.B], no_data_alarm: 14m }]",
    "sources[0].no_data_alarm",
    "`15m`"
)]
#[case::silent_seconds(
    "sources: [{ id: a, type: http, log_types: [A.B], no_data_alarm: 20m 1s }]",
    "sources[0].no_data_alarm",
    "whole minutes"
)]
#[case::level("log: { level: infoo }", "log.level", "did you mean `info`?")]
fn illegal_values_name_their_path_and_the_limit(#[case] text: &str, #[case] path: &str, #[case] word: &str) {
    let error = read(text).unwrap_err();
    assert_eq!(error.path, path, "{error}");
    assert!(error.message.contains(word), "{error}");
}

#[test]
fn the_smallest_legal_values_pass() {
    let config = read(
        "journal: { size_max: 1MiB }\n\
         delivery: { timeout: 1ms, retry: { first_delay: 10ms, delay_max: 10ms, age_max: 1ms } }\n\
         log: { level: \"info,delivery=debug\" }\n\
         retention: { alert_events: 1s, failures: 1s, audit: 1s, audit_reads: 1s }\n",
    )
    .unwrap();
    assert_eq!(config.journal_size_max, 1 << 20);
    assert_eq!(config.retention.failures, Duration::from_secs(1));
    assert_eq!(config.retention.audit, Duration::from_secs(1));
    assert_eq!(config.retention.audit_reads, Duration::from_secs(1));
}

#[test]
fn a_destination_is_checked_against_what_it_takes_from_the_default() {
    let text = "delivery: { retry: { first_delay: 30s, delay_max: 1m } }\n\
                destinations:\n  - name: hook\n    type: webhook\n    config: { webhook_url: \"https://h.example\" }\n    \
                delivery: { retry: { delay_max: 10s } }\n";
    let error = read(text).unwrap_err();
    assert_eq!(error.path, "destinations[0].delivery.retry.delay_max", "{error}");
    assert!(error.message.contains("(30s)") && error.message.contains("(10s)"), "{error}");
}

#[rstest]
#[case::name("python3.11", "python3.11")]
#[case::relative("venv/bin/python", "/etc/margay/venv/bin/python")]
#[case::dot("./python", "/etc/margay/./python")]
#[case::absolute("/usr/bin/python3", "/usr/bin/python3")]
fn an_interpreter_with_a_slash_is_relative_to_the_file(#[case] written: &str, #[case] meant: &str) {
    let config = read(&format!("python: {{ executable: {written} }}")).unwrap();
    assert_eq!(config.python.executable.as_os_str(), PathBuf::from(meant).as_os_str());
}

#[test]
fn names_of_destinations_have_no_control_characters() {
    for name in [r"a\nb", r"a\tb", r"a\x7fb", "a<b", ""] {
        let text = webhook("{ webhook_url: \"https://h.example\" }")
            .replace("name: hook", &format!("name: \"{name}\""));
        let error = read(&text).unwrap_err();
        assert_eq!(error.path, "destinations[0].name", "{name}");
        assert!(!error.message.contains(char::is_control), "{error:?}");
    }
}

#[test]
fn secrets_come_from_files_at_any_depth() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("password"), "pass${word}\n").unwrap();
    std::fs::write(folder.path().join("url"), "https://h.example/s3cret").unwrap();
    let config = "{ webhook_url_file: url, basic: { username: margay, password_file: password }, \
                    headers: { X-Token: \"${TOKEN}\", X-Key_file: literal } }";
    let config = read_in(folder.path(), &webhook(config)).unwrap();
    let masked = &config.destinations[0].masked_config;
    let mask = "********";
    assert_eq!(
        *masked,
        json!({
            "webhook_url": mask, "basic": {"username": "margay", "password": mask},
            "headers": {"X-Token": mask, "X-Key_file": mask},
        })
    );
}

#[rstest]
#[case::both(
    "{ webhook_url: \"https://h.example\", basic: { username: u, password: p, password_file: password } }",
    "destinations[0].config.basic.password_file",
    "keep one"
)]
#[case::both_the_other_way_round(
    "{ webhook_url: \"https://h.example\", basic: { username: u, password_file: password, password: p } }",
    "destinations[0].config.basic.password",
    "keep one"
)]
#[case::missing_file(
    "{ webhook_url: \"https://h.example\", basic: { username: u, password_file: nowhere } }",
    "destinations[0].config.basic.password_file",
    "cannot read"
)]
#[case::no_path(
    "{ webhook_url: \"https://h.example\", bearer_file: 5 }",
    "destinations[0].config.bearer_file",
    "path of a file"
)]
#[case::no_secret(
    "{ webhook_url: \"https://h.example\", basic: { username_file: password, password: p } }",
    "destinations[0].config.basic.username_file",
    "unknown key"
)]
fn secret_files_are_refused(#[case] config: &str, #[case] path: &str, #[case] word: &str) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("password"), "p").unwrap();
    let error = read_in(folder.path(), &webhook(config)).unwrap_err();
    assert_eq!(error.path, path, "{error}");
    assert!(error.message.contains(word), "{error}");
}

#[test]
fn the_vendors_pace_is_taken_when_the_file_says_nothing() {
    let slack = "destinations:\n  - { name: a, type: slack, config: { webhook_url: 'https://h.example/x' }";
    let rate_of =
        |text: &str| read(text).unwrap().destinations[0].policy.rate.map(|rate| rate.interval().as_millis());
    assert_eq!(rate_of(&format!("{slack} }}\n")), Some(1000));
    assert_eq!(rate_of(&format!("{slack}, delivery: {{ rate: 30/min }} }}\n")), Some(2000));
    assert_eq!(rate_of(&format!("{slack}, delivery: {{ rate: none }} }}\n")), None);
    assert_eq!(rate_of(&format!("delivery: {{ rate: none }}\n{slack} }}\n")), None);
    assert_eq!(rate_of(&format!("delivery: {{ timeout: 3s }}\n{slack} }}\n")), Some(1000));
}

fn oidc(keys: &str) -> String {
    format!("sign_in: {{ oidc: [{{ id: okta, issuer: 'https://id.example', client_id: c{keys} }}] }}\n")
}

#[test]
fn an_identity_provider_needs_three_keys() {
    let settings = read(&oidc("")).unwrap().sign_in;
    let found = &settings.oidc[0];
    assert_eq!((settings.enforce_sso, settings.default_role.as_str()), (false, "AnalystReadOnly"));
    assert_eq!((found.provider.label.as_str(), found.groups_claim.as_str()), ("okta", "groups"));
    assert_eq!(found.scopes, ["openid", "profile", "email"]);
    assert!(found.client_secret.is_none() && found.provider.role_map.is_empty());
}

#[test]
fn roles_are_mapped_in_the_order_of_the_file() {
    let text = oidc(
        ", client_secret: '${TOKEN}', role_map: { zeta: Admin, alpha: Analyst, mid: Admin }, \
         email_domains: [Example.com]",
    );
    let settings = read(&text).unwrap().sign_in;
    let found = &settings.oidc[0];
    let groups: Vec<&str> = found.provider.role_map.iter().map(|(group, _)| group.as_str()).collect();
    assert_eq!(groups, ["zeta", "alpha", "mid"]);
    assert_eq!(found.provider.email_domains, ["example.com"]);
    assert_eq!(found.client_secret.as_ref().map(ExposeSecret::expose_secret), Some("from-environment"));
    assert!(!format!("{settings:?}").contains("from-environment"));
}

#[rstest]
#[case::nobody_left("sign_in: { enforce_sso: true }", "sign_in.enforce_sso", "no provider")]
#[case::unknown("sign_in: { enforce_soo: true }", "sign_in.enforce_soo", "did you mean `enforce_sso`?")]
#[case::role("sign_in: { default_role: ' ' }", "sign_in.default_role", "name a role")]
#[case::id(&oidc("").replace("id: okta", "id: Okta"), "sign_in.oidc[0].id", "legal id")]
#[case::twice(
    "sign_in: { oidc: [{ id: a, issuer: 'https://a.example', client_id: c }, { id: a, issuer: 'https://b.example', client_id: c }] }",
    "sign_in.oidc[1].id",
    "used twice"
)]
#[case::plain(&oidc("").replace("https://id", "http://id"), "sign_in.oidc[0].issuer", "https URL")]
#[case::query(&oidc("").replace("id.example", "id.example?x=1"), "sign_in.oidc[0].issuer", "https URL")]
#[case::login(&oidc("").replace("id.example", "a:b@id.example"), "sign_in.oidc[0].issuer", "https URL")]
#[case::client(&oidc("").replace("client_id: c", "client_id: ''"), "sign_in.oidc[0].client_id", "is empty")]
#[case::secret(&oidc(", client_secret: ''"), "sign_in.oidc[0].client_secret", "is empty")]
#[case::secrets(&oidc(", client_secret: a, client_secret_file: b"), "sign_in.oidc[0].client_secret", "keep one")]
#[case::secret_file(&oidc(", client_secret_file: nowhere"), "sign_in.oidc[0].client_secret_file", "cannot read")]
#[case::scopes(&oidc(", scopes: [email]"), "sign_in.oidc[0].scopes", "lacks `openid`")]
#[case::scope(&oidc(", scopes: [openid, 'a b']"), "sign_in.oidc[0].scopes[1]", "one word")]
#[case::groups(&oidc(", groups_claim: ''"), "sign_in.oidc[0].groups_claim", "name a claim")]
#[case::map(&oidc(", role_map: { admins: '' }"), "sign_in.oidc[0].role_map.admins", "name a role")]
#[case::domain(&oidc(", email_domains: ['@example.com']"), "sign_in.oidc[0].email_domains[0]", "behind `@`")]
#[case::label(&oidc(r#", label: "a\nb""#), "sign_in.oidc[0].label", "one line")]
fn ways_to_sign_in_are_refused(#[case] text: &str, #[case] path: &str, #[case] word: &str) {
    let error = read(text).unwrap_err();
    assert_eq!(error.path, path, "{error}");
    assert!(error.message.contains(word), "{error}");
}

#[test]
fn providers_on_this_machine_may_go_without_tls() {
    for host in ["localhost:9000", "127.0.0.1:9000/x", "[::1]:9000"] {
        read(&oidc("").replace("https://id.example", &format!("http://{host}"))).unwrap();
    }
}

/// A folder with the metadata of two providers, and the file that names one of them.
fn with_metadata() -> tempfile::TempDir {
    let base = tempfile::tempdir().unwrap();
    for name in ["okta", "entra"] {
        let provider = test_support::SamlProvider::new(&format!("https://id.example/{name}"));
        std::fs::write(base.path().join(format!("{name}.xml")), provider.metadata()).unwrap();
    }
    std::fs::write(base.path().join("large.xml"), " ".repeat(300_000)).unwrap();
    base
}

fn saml(keys: &str) -> String {
    format!("sign_in: {{ saml: [{{ id: okta{keys} }}] }}\n")
}

#[test]
fn a_provider_of_saml_needs_its_metadata() {
    let base = with_metadata();
    let settings = read_in(base.path(), &saml(", metadata_file: okta.xml")).unwrap().sign_in;
    let found = &settings.saml[0];
    let api::SamlMetadata::File(metadata) = &found.metadata else { panic!("{found:?}") };
    assert_eq!(
        (metadata.entity_id.as_str(), found.provider.label.as_str()),
        ("https://id.example/okta", "okta")
    );
    let attributes = [
        &found.email_attribute,
        &found.first_name_attribute,
        &found.last_name_attribute,
        &found.role_attribute,
    ];
    assert_eq!(attributes, ["PantherEmail", "PantherFirstName", "PantherLastName", "PantherRole"]);
    let text = saml(
        ", metadata_url: 'https://id.example/m?a=1', entity_id: urn:x, email_attribute: email, role_attribute: groups, \
         role_map: { zeta: Admin, alpha: Analyst }, email_domains: [Example.com]",
    );
    let settings = read(&text).unwrap().sign_in;
    let found = &settings.saml[0];
    assert!(
        matches!(&found.metadata, api::SamlMetadata::Url(url) if url.as_str() == "https://id.example/m?a=1")
    );
    assert_eq!((found.entity_id.as_deref(), found.email_attribute.as_str()), (Some("urn:x"), "email"));
    assert_eq!((found.provider.role_map.len(), found.role_attribute.as_str()), (2, "groups"));
    read(&text.replace("sign_in: {", "sign_in: { enforce_sso: true,")).unwrap();
}

#[rstest]
#[case::nothing(&saml(""), "sign_in.saml[0].metadata_file", "is missing")]
#[case::both(&saml(", metadata_file: okta.xml, metadata_url: 'https://a.example'"), "sign_in.saml[0].metadata_file", "keep one")]
#[case::nowhere(&saml(", metadata_file: nowhere.xml"), "sign_in.saml[0].metadata_file", "cannot be read")]
#[case::large(&saml(", metadata_file: okta.xml").replace("okta.xml", "large.xml"), "sign_in.saml[0].metadata_file", "is the most")]
#[case::plain(&saml(", metadata_url: 'http://id.example/'"), "sign_in.saml[0].metadata_url", "https URL")]
#[case::fragment(&saml(", metadata_url: 'https://id.example/#a'"), "sign_in.saml[0].metadata_url", "https URL")]
#[case::name(&saml(", metadata_file: okta.xml, entity_id: urn:x"), "sign_in.saml[0].entity_id", "https://id.example/okta")]
#[case::attribute(&saml(", metadata_file: okta.xml, role_attribute: ''"), "sign_in.saml[0].role_attribute", "name of an attribute")]
#[case::unknown(&saml(", metadata_fil: okta.xml"), "sign_in.saml[0].metadata_fil", "did you mean `metadata_file`?")]
#[case::twice(
    "sign_in: { saml: [{ id: a, metadata_file: okta.xml }, { id: a, metadata_file: entra.xml }] }",
    "sign_in.saml[1].id",
    "used twice"
)]
#[case::of_other_kind(
    "sign_in: { oidc: [{ id: a, issuer: 'https://b.example', client_id: c }], saml: [{ id: a, metadata_file: okta.xml }] }",
    "sign_in.saml[0].id",
    "used twice"
)]
#[case::same_people(
    "sign_in: { saml: [{ id: a, metadata_file: okta.xml }, { id: b, metadata_file: okta.xml }] }",
    "sign_in.saml[1].metadata_file",
    "so does the provider `a`"
)]
#[case::same_people_of_other_kind(
    "sign_in: { oidc: [{ id: a, issuer: 'https://id.example/okta', client_id: c }], saml: [{ id: b, metadata_file: okta.xml }] }",
    "sign_in.saml[0].metadata_file",
    "so does the provider `a`"
)]
fn providers_of_saml_are_refused(#[case] text: &str, #[case] path: &str, #[case] word: &str) {
    let error = read_in(with_metadata().path(), text).unwrap_err();
    assert_eq!(error.path, path, "{error}");
    assert!(error.message.contains(word), "{error}");
}
