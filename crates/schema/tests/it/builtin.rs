//! The built-in schemas on whole events.

use model::{LogType, SourceId};
use schema::{SchemaSet, Stamp, finish};

/// The finished events of one entry, one per line.
fn events(log_type: &str, entry: &str) -> String {
    let set = SchemaSet::builtin().unwrap();
    let schema = set.get(log_type).unwrap();
    let outcome = schema.normalise(schema::parse_json(entry).unwrap()).unwrap_or_else(|e| panic!("{e}"));
    assert!(outcome.rejected.is_empty());
    let (log_type, source_id) = (LogType::from(log_type), SourceId::from("main"));
    let finished = outcome.events.into_iter().map(|event| {
        let stamp = Stamp {
            log_type: &log_type,
            row_id: "00".to_owned(),
            accepted_at: "2026-05-01T10:00:00.25Z".parse().unwrap(),
            source_id: &source_id,
            source_label: "Main \"source\"",
        };
        finish(normalised_is_valid(event), stamp).json.replace(",\"", ",\n\"")
    });
    finished.collect::<Vec<_>>().join("\n\n")
}

fn normalised_is_valid(event: schema::Normalised) -> schema::Normalised {
    assert!(event.fields.values().all(|value| !value.is_null()));
    event
}

pub(crate) const CLOUDTRAIL: &str = r#"{"eventVersion":"1.09","userIdentity":{"type":"AssumedRole",
 "principalId":"AROAEXAMPLE:ann@example.com","arn":"arn:aws:sts::123456789012:assumed-role/Admin/ann@example.com",
 "accountId":"123456789012","accessKeyId":"ASIAEXAMPLE","sessionContext":{"sessionIssuer":{"type":"Role",
 "principalId":"AROAEXAMPLE","arn":"arn:aws:iam::123456789012:role/Admin","accountId":"123456789012","userName":"Admin"},
 "webIdFederationData":{},"attributes":{"creationDate":"2026-05-01T09:00:00Z","mfaAuthenticated":"false"}}},
 "eventTime":"2026-05-01T09:58:07Z","eventSource":"ec2.amazonaws.com","eventName":"RunInstances","awsRegion":"eu-west-1",
 "sourceIPAddress":"192.0.2.10","userAgent":"aws-cli/2.15","requestParameters":{"instancesSet":{"items":[{"minCount":1,
 "price":0.10}]},"publicIp":"198.51.100.4"},"responseElements":null,"requestID":"r-1","eventID":"e-1","readOnly":false,
 "resources":[{"ARN":"arn:aws:s3:::logs","accountId":"210987654321","type":"AWS::S3::Bucket"}],
 "eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"123456789012","eventCategory":"Management",
 "tlsDetails":{"tls.version":"TLSv1.3"}}"#;

#[test]
fn cloudtrail_record() {
    insta::assert_snapshot!(events("AWS.CloudTrail", CLOUDTRAIL), @r#"
    {"eventVersion":"1.09",
    "userIdentity":{"type":"AssumedRole",
    "principalId":"AROAEXAMPLE:ann@example.com",
    "arn":"arn:aws:sts::123456789012:assumed-role/Admin/ann@example.com",
    "accountId":"123456789012",
    "accessKeyId":"ASIAEXAMPLE",
    "sessionContext":{"sessionIssuer":{"type":"Role",
    "principalId":"AROAEXAMPLE",
    "arn":"arn:aws:iam::123456789012:role/Admin",
    "accountId":"123456789012",
    "userName":"Admin"},
    "webIdFederationData":{},
    "attributes":{"creationDate":"2026-05-01T09:00:00Z",
    "mfaAuthenticated":"false"}}},
    "eventTime":"2026-05-01 09:58:07.000",
    "eventSource":"ec2.amazonaws.com",
    "eventName":"RunInstances",
    "awsRegion":"eu-west-1",
    "sourceIPAddress":"192.0.2.10",
    "userAgent":"aws-cli/2.15",
    "requestParameters":{"instancesSet":{"items":[{"minCount":1,
    "price":0.10}]},
    "publicIp":"198.51.100.4"},
    "requestID":"r-1",
    "eventID":"e-1",
    "readOnly":false,
    "resources":[{"arn":"arn:aws:s3:::logs",
    "accountId":"210987654321",
    "type":"AWS::S3::Bucket"}],
    "eventType":"AwsApiCall",
    "managementEvent":true,
    "recipientAccountId":"123456789012",
    "eventCategory":"Management",
    "tlsDetails":{"tls_version":"TLSv1.3"},
    "p_log_type":"AWS.CloudTrail",
    "p_row_id":"00",
    "p_event_time":"2026-05-01 09:58:07.000",
    "p_parse_time":"2026-05-01 10:00:00.250",
    "p_schema_version":0,
    "p_source_id":"main",
    "p_source_label":"Main \"source\"",
    "p_any_ip_addresses":["192.0.2.10",
    "198.51.100.4"],
    "p_any_aws_account_ids":["123456789012",
    "210987654321"],
    "p_any_aws_arns":["arn:aws:iam::123456789012:role/Admin",
    "arn:aws:s3:::logs",
    "arn:aws:sts::123456789012:assumed-role/Admin/ann@example.com"],
    "p_any_emails":["ann@example.com"],
    "p_any_usernames":["Admin"],
    "p_any_actor_ids":["AROAEXAMPLE",
    "AROAEXAMPLE:ann@example.com"]}
    "#);
}

#[test]
fn cloudtrail_document_gives_one_event_per_record() {
    let document = format!(r#"{{"Records":[{CLOUDTRAIL},{CLOUDTRAIL}]}}"#);
    assert_eq!(events("AWS.CloudTrail", &document).split("\n\n").count(), 2);
    assert_eq!(events("AWS.CloudTrail", r#"{"Records":[]}"#), "");
}

#[test]
fn cloudtrail_turns_away_sister_types_and_keeps_good_siblings() {
    let set = SchemaSet::builtin().unwrap();
    let schema = set.get("AWS.CloudTrail").unwrap();
    let mismatch =
        |entry: &str| schema.normalise(schema::parse_json(entry).unwrap()).unwrap_err().to_string();
    assert_eq!(
        mismatch(r#"{"digestS3Bucket":"b"}"#),
        "this is a digest file, log type `AWS.CloudTrailDigest`"
    );
    assert_eq!(
        mismatch(r#"{"Records":[{"eventCategory":"Insight"}]}"#),
        "field \"Records[0]\": this is an Insights record, log type `AWS.CloudTrailInsight`"
    );
    assert_eq!(mismatch("[]"), "expected an object, found an array");
    let document = format!(r#"{{"Records":[{{"eventID":"x"}},{CLOUDTRAIL}]}}"#);
    let outcome = schema.normalise(schema::parse_json(&document).unwrap()).unwrap();
    assert_eq!((outcome.events.len(), outcome.rejected.len()), (1, 1));
    assert_eq!(outcome.rejected[0].text, r#"{"eventID":"x"}"#);
    assert_eq!(
        outcome.rejected[0].mismatch.to_string(),
        "required field \"Records[0].awsRegion\" is missing"
    );
}

pub(crate) const OKTA: &str = r#"{"actor":{"id":"00u1example","type":"User","alternateId":"ann@example.com",
 "displayName":"Ann Example","detailEntry":null},"client":{"userAgent":{"rawUserAgent":"Mozilla/5.0","os":"Linux",
 "browser":"FIREFOX"},"zone":"null","device":"Computer","id":null,"ipAddress":"192.0.2.20","geographicalContext":{
 "city":"Bonn","state":null,"country":"Germany","postalCode":"53111","geolocation":{"lat":50.7340,"lon":7.0998}}},
 "device":null,"authenticationContext":{"authenticationProvider":null,"authenticationStep":0,"externalSessionId":"s-1"},
 "displayMessage":"User login to Okta","eventType":"user.session.start","outcome":{"result":"SUCCESS","reason":null},
 "published":"2026-05-01T09:59:59.124Z","securityContext":{"asNumber":64496,"asOrg":"example","isp":"example isp",
 "domain":"example.com","isProxy":false},"severity":"INFO","debugContext":{"debugData":{"requestId":"q-1","a.b":null}},
 "legacyEventType":"core.user_auth.login_success","transaction":{"type":"WEB","id":"t-1","detail":{}},
 "uuid":"7d1b5a3e-0000-11f0-9d3a-000000000001","version":"0","request":{"ipChain":[{"ip":"192.0.2.20","version":"V4",
 "source":null},{"ip":"198.51.100.9","version":"V4"}]},"target":[{"id":"pfd1","type":"AuthenticatorEnrollment"}]}"#;

#[test]
fn okta_event() {
    insta::assert_snapshot!(events("Okta.SystemLog", OKTA), @r#"
    {"actor":{"id":"00u1example",
    "type":"User",
    "alternateId":"ann@example.com",
    "displayName":"Ann Example"},
    "client":{"userAgent":{"rawUserAgent":"Mozilla/5.0",
    "os":"Linux",
    "browser":"FIREFOX"},
    "zone":"null",
    "device":"Computer",
    "ipAddress":"192.0.2.20",
    "geographicalContext":{"city":"Bonn",
    "country":"Germany",
    "postalCode":"53111",
    "geolocation":{"lat":50.7340,
    "lon":7.0998}}},
    "authenticationContext":{"authenticationStep":0,
    "externalSessionId":"s-1"},
    "displayMessage":"User login to Okta",
    "eventType":"user.session.start",
    "outcome":{"result":"SUCCESS"},
    "published":"2026-05-01 09:59:59.124",
    "securityContext":{"asNumber":64496,
    "asOrg":"example",
    "isp":"example isp",
    "domain":"example.com",
    "isProxy":false},
    "severity":"INFO",
    "debugContext":{"debugData":{"requestId":"q-1",
    "a.b":null}},
    "legacyEventType":"core.user_auth.login_success",
    "transaction":{"type":"WEB",
    "id":"t-1",
    "detail":{}},
    "uuid":"7d1b5a3e-0000-11f0-9d3a-000000000001",
    "version":"0",
    "request":{"ipChain":[{"ip":"192.0.2.20",
    "version":"V4"},{"ip":"198.51.100.9",
    "version":"V4"}]},
    "target":[{"id":"pfd1",
    "type":"AuthenticatorEnrollment"}],
    "p_log_type":"Okta.SystemLog",
    "p_row_id":"00",
    "p_event_time":"2026-05-01 09:59:59.124",
    "p_parse_time":"2026-05-01 10:00:00.250",
    "p_schema_version":0,
    "p_source_id":"main",
    "p_source_label":"Main \"source\"",
    "p_any_ip_addresses":["192.0.2.20",
    "198.51.100.9"],
    "p_any_domain_names":["example.com"],
    "p_any_emails":["ann@example.com"],
    "p_any_actor_ids":["00u1example"]}
    "#);
}

#[test]
fn okta_event_from_event_bridge_is_the_same() {
    let wrapped = format!(
        r#"{{"version":"0","id":"x","detail-type":"SystemLog","source":"aws.partner/okta.com","detail":{OKTA}}}"#
    );
    assert_eq!(events("Okta.SystemLog", &wrapped), events("Okta.SystemLog", OKTA));
}

#[test]
fn audit_entry() {
    let entry = r#"{"kind":"change","sequence":42,"actionName":"DELETE_DETECTION","actionDescription":"Deleted a rule","actionResult":"FAILED",
     "actionParams":{"dynamic":{"input":{"id":"A","detections":[{"id":"A"}]}},"static":{}},
     "actionDetails":{"method":"DELETE","route":"/rules/{id}","status":404},
     "actor":{"id":"3f0f4f9e","type":"USER","name":"mira@example.com","attributes":{"email":"mira@example.com",
     "emailVerified":false,"roleId":"1c0e","roleName":null}},"errors":[{"message":"no rule `A`"}],"sourceIP":"192.0.2.7",
     "XForwardedFor":["198.51.100.9","not an address"],"userAgent":"curl/8.5.0","timestamp":"2026-03-01T11:00:00.123456Z",
     "pantherVersion":"0.1.0"}"#;
    insta::assert_snapshot!(events("Panther.Audit", entry), @r#"
    {"kind":"change",
    "sequence":42,
    "actionName":"DELETE_DETECTION",
    "actionDescription":"Deleted a rule",
    "actionResult":"FAILED",
    "actionParams":{"dynamic":{"input":{"id":"A",
    "detections":[{"id":"A"}]}},
    "static":{}},
    "actionDetails":{"method":"DELETE",
    "route":"/rules/{id}",
    "status":404},
    "actor":{"id":"3f0f4f9e",
    "type":"USER",
    "name":"mira@example.com",
    "attributes":{"email":"mira@example.com",
    "emailVerified":false,
    "roleId":"1c0e"}},
    "errors":[{"message":"no rule `A`"}],
    "sourceIP":"192.0.2.7",
    "XForwardedFor":["198.51.100.9",
    "not an address"],
    "userAgent":"curl/8.5.0",
    "timestamp":"2026-03-01 11:00:00.123456",
    "pantherVersion":"0.1.0",
    "p_log_type":"Panther.Audit",
    "p_row_id":"00",
    "p_event_time":"2026-03-01 11:00:00.123456",
    "p_parse_time":"2026-05-01 10:00:00.250",
    "p_schema_version":0,
    "p_source_id":"main",
    "p_source_label":"Main \"source\"",
    "p_any_ip_addresses":["192.0.2.7",
    "198.51.100.9"],
    "p_any_trace_ids":["3f0f4f9e"],
    "p_any_usernames":["mira@example.com"]}
    "#);
    let plain = r#"{"actionName":"SIGN_IN","actionResult":"SUCCEEDED","actionParams":{"dynamic":{},"static":{}},"actor":{
     "id":"x","type":"SYSTEM","name":"root","attributes":{"email":null}},"errors":null,"sourceIP":null,"XForwardedFor":[],
     "userAgent":"","timestamp":"2026-03-01T11:00:00Z","pantherVersion":"0.1.0","sequence":1}"#;
    let event = events("Panther.Audit", plain);
    assert!(event.contains(r#""p_any_usernames":["root"]"#) && !event.contains("null"), "{event}");
}
