//! Values that mean nothing or not what they seem to: resource types, status, tags, reports, summary fields.

use super::scene::{Notes, Scene, Subject, named};
use crate::check::near_miss;
use crate::codes;
use crate::mitre::{MITRE_FRAMEWORK, MitreEntry, find_entry, tactics_of};
use crate::yaml::{Node, Span};

/// Every resource type. Source: the public command-line tool's schema of policies.
const RESOURCE_TYPES: [&str; 34] = [
    "AWS.ACM.Certificate",
    "AWS.CloudFormation.Stack",
    "AWS.CloudTrail",
    "AWS.CloudTrail.Meta",
    "AWS.CloudWatch.LogGroup",
    "AWS.Config.Recorder",
    "AWS.Config.Recorder.Meta",
    "AWS.DynamoDB.Table",
    "AWS.EC2.AMI",
    "AWS.EC2.Instance",
    "AWS.EC2.NetworkACL",
    "AWS.EC2.SecurityGroup",
    "AWS.EC2.Volume",
    "AWS.EC2.VPC",
    "AWS.ECS.Cluster",
    "AWS.EKS.Cluster",
    "AWS.ELBV2.ApplicationLoadBalancer",
    "AWS.GuardDuty.Detector",
    "AWS.GuardDuty.Detector.Meta",
    "AWS.IAM.Group",
    "AWS.IAM.Policy",
    "AWS.IAM.Role",
    "AWS.IAM.RootUser",
    "AWS.IAM.User",
    "AWS.KMS.Key",
    "AWS.Lambda.Function",
    "AWS.PasswordPolicy",
    "AWS.RDS.Instance",
    "AWS.Redshift.Cluster",
    "AWS.Route53.HostedZone",
    "AWS.Route53Domains",
    "AWS.S3.Bucket",
    "AWS.WAF.Regional.WebACL",
    "AWS.WAF.WebACL",
];

/// The fields that the pipeline adds to events.
const P_FIELDS: [&str; 34] = [
    "p_alert_context",
    "p_alert_creation_time",
    "p_alert_id",
    "p_alert_update_time",
    "p_any_actor_ids",
    "p_any_aws_account_ids",
    "p_any_aws_arns",
    "p_any_aws_instance_ids",
    "p_any_aws_tags",
    "p_any_domain_names",
    "p_any_emails",
    "p_any_ip_addresses",
    "p_any_mac_addresses",
    "p_any_md5_hashes",
    "p_any_serial_numbers",
    "p_any_sha1_hashes",
    "p_any_sha256_hashes",
    "p_any_trace_ids",
    "p_any_usernames",
    "p_enrichment",
    "p_event_time",
    "p_log_type",
    "p_parse_time",
    "p_row_id",
    "p_rule_error",
    "p_rule_id",
    "p_rule_reports",
    "p_rule_severity",
    "p_rule_tags",
    "p_schema_version",
    "p_source_file",
    "p_source_id",
    "p_source_label",
    "p_udm",
];

/// Words of `Status` that mean something.
const STATUSES: [&str; 2] = ["Experimental", "Deprecated"];

pub(super) fn check_errors(scene: &Scene<'_>, notes: &mut Notes) {
    for subject in scene.subjects.iter().filter(|subject| subject.analysis_type() == "policy") {
        for (name, span) in subject.texts("ResourceTypes").filter(|(name, _)| !RESOURCE_TYPES.contains(name))
        {
            let hint = match near_miss(name, RESOURCE_TYPES.into_iter()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "resource types are named like `AWS.S3.Bucket`; leave the key out for all of them"
                    .to_owned(),
            };
            let message = format!("unknown resource type `{name}`");
            notes.yaml(subject, &codes::UNKNOWN_RESOURCE_TYPE, span, message, Some(hint));
        }
    }
}

pub(super) fn check_warnings(scene: &Scene<'_>, notes: &mut Notes) {
    for subject in &scene.subjects {
        check_status(subject, notes);
        check_reports(subject, notes);
        check_summary(subject, notes);
        check_blanks(subject, notes);
    }
}

fn check_status(subject: &Subject<'_>, notes: &mut Notes) {
    let Some(node) = subject.get("Status") else { return };
    let Some(word) = node.as_text().filter(|word| !word.is_empty()) else { return };
    if STATUSES.iter().any(|known| known.eq_ignore_ascii_case(word)) {
        return;
    }
    let message = format!("`Status` is `{word}`, which means nothing");
    let hint = match near_miss(word, STATUSES.into_iter()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`Experimental` and `Deprecated` mean something; leave the key out otherwise".to_owned(),
    };
    notes.yaml(subject, &codes::UNKNOWN_STATUS, node.span, message, Some(hint));
}

fn check_reports(subject: &Subject<'_>, notes: &mut Notes) {
    let entries = subject.get("Reports").and_then(Node::as_map).and_then(|map| map.get(MITRE_FRAMEWORK));
    let entries = entries.and_then(|field| field.value.as_list()).unwrap_or_default();
    for entry in entries {
        let Some(text) = entry.as_text() else { continue };
        if let Some(found) = MitreEntry::parse(text) {
            check_matrix(subject, text, found, entry.span, notes);
            continue;
        }
        let message = format!("`{text}` is no tactic and technique of MITRE ATT&CK");
        let hint = Some("write them as `TA0006:T1110` or `TA0006:T1110.003`".to_owned());
        notes.yaml(subject, &codes::MITRE_FORM, entry.span, message, hint);
    }
}

/// Whether an entry of the usual form has a place in the matrix.
fn check_matrix(subject: &Subject<'_>, text: &str, entry: MitreEntry<'_>, span: Span, notes: &mut Notes) {
    let Err(reason) = find_entry(text) else { return };
    let message = format!("`{text}` is not in the Enterprise matrix: {reason}");
    let tactics = tactics_of(entry.technique);
    let hint = match tactics.is_empty() {
        true => "look it up at <https://attack.mitre.org/matrices/enterprise/>".to_owned(),
        false => format!("`{}` is of {}", entry.technique, named(tactics)),
    };
    notes.yaml(subject, &codes::MITRE_UNKNOWN, span, message, Some(hint));
}

fn check_summary(subject: &Subject<'_>, notes: &mut Notes) {
    for (path, span) in subject.texts("SummaryAttributes") {
        let first = path.split(['.', ':', '[']).next().unwrap_or(path);
        if !first.starts_with("p_") || P_FIELDS.contains(&first) {
            continue;
        }
        let message = format!("events have no field `{first}`");
        let hint = near_miss(first, P_FIELDS.into_iter()).map(|near| format!("did you mean `{near}`?"));
        notes.yaml(subject, &codes::UNKNOWN_P_FIELD, span, message, hint);
    }
}

fn check_blanks(subject: &Subject<'_>, notes: &mut Notes) {
    let mut report = |what: &str, text: &str, span: Span| {
        let message = match text.trim() {
            "" => format!("an entry of `{what}` is empty"),
            trimmed if trimmed != text => format!("`{text}` of `{what}` has blanks around it; they count"),
            _ => return,
        };
        notes.yaml(
            subject,
            &codes::BLANK_TEXT,
            span,
            message,
            Some("remove the blanks, or the entry".to_owned()),
        );
    };
    for key in [
        "LogTypes",
        "ScheduledQueries",
        "ResourceTypes",
        "Tags",
        "OutputIds",
        "SummaryAttributes",
        "Suppressions",
    ] {
        subject.texts(key).for_each(|(text, span)| report(key, text, span));
    }
    for mapping in super::data_models::mappings(subject) {
        if let Some(node) = mapping.get("Name").map(|field| &field.value)
            && let Some(name) = node.as_text()
        {
            report("Mappings", name, node.span);
        }
    }
    for key in ["RuleID", "PolicyID", "DataModelID", "PackID", "QueryName", "LookupName", "DisplayName"] {
        if let Some(node) = subject.get(key)
            && let Some(text) = node.as_text().filter(|text| !text.trim().is_empty())
        {
            report(key, text, node.span);
        }
    }
}
