//! Names and labels of every metric, in one place; outside dashboards are written against them.
//!
//! Crates record through the `metrics` facade; `api` renders the Prometheus page.

/// Records of accepted requests; counted when they are parsed, whether they fit a schema or not. `{source}`
pub const EVENTS_ACCEPTED: &str = "margay_events_accepted_total";
/// Events that fit a schema. `{source,log_type}`
pub const EVENTS_PARSED: &str = "margay_events_parsed_total";
/// Records kept as failures. `{source}`
pub const RECORDS_FAILED: &str = "margay_records_failed_total";
/// Events that went through the detections. `{log_type}`
pub const EVENTS_EVALUATED: &str = "margay_events_evaluated_total";
/// Matches of rules.
pub const RULE_MATCHES: &str = "margay_rule_matches_total";
/// Errors of rules.
pub const RULE_ERRORS: &str = "margay_rule_errors_total";
/// Alerts made. `{type}`
pub const ALERTS_CREATED: &str = "margay_alerts_created_total";
/// Delivery attempts. `{destination,result}`; result is `delivered`, `retry` or `failed`.
pub const DELIVERY_ATTEMPTS: &str = "margay_delivery_attempts_total";
/// Deliveries that wait or are under way. `{destination}`
pub const DELIVERIES_PENDING: &str = "margay_deliveries_pending";
/// 1 while the circuit breaker holds deliveries back because the destination keeps failing. `{destination}`
pub const DESTINATION_PAUSED: &str = "margay_destination_paused";
/// Failed attempts since the last success. `{destination}`
pub const DESTINATION_FAILURES: &str = "margay_destination_failures_in_a_row";
/// 1 while a person keeps the destination quiet. `{destination}`
pub const DESTINATION_MUTED: &str = "margay_destination_muted";
/// Bytes accepted and not yet processed.
pub const JOURNAL_BACKLOG_BYTES: &str = "margay_journal_backlog_bytes";
/// Matches that made no alert because alerts are off for the detection. `{rule}`
pub const SIGNALS: &str = "margay_signals_total";
/// Requests to sources that were refused. `{source,reason}`
pub const SOURCE_REFUSED: &str = "margay_source_refused_total";
/// Keys of events that their schema does not know. `{log_type}`
pub const UNKNOWN_KEYS: &str = "margay_unknown_keys_total";
/// Seconds by which the machine's clock lies behind the last acceptance time.
pub const CLOCK_BEHIND_SECONDS: &str = "margay_clock_behind_seconds";
/// Detections that are benched now.
pub const DETECTIONS_BENCHED: &str = "margay_detections_benched";
/// Events that a benched detection did not see. `{rule}`
pub const EVENTS_MISSED: &str = "margay_detection_events_missed_total";
/// Kept record failures that made room for newer ones. `{source}`
pub const FAILURES_DROPPED: &str = "margay_record_failures_dropped_total";
/// Rows of the key-value store of detections that made room for newer ones.
pub const KV_EVICTED: &str = "margay_kv_rows_evicted_total";
/// Lookups of rules in enrichment tables that do not exist. `{table}`
pub const LOOKUPS_MISSED: &str = "margay_lookups_missed_total";
/// Matches kept for correlation rules. `{rule}`; the rule that matched.
pub const CORRELATION_SIGNALS_STORED: &str = "margay_correlation_signals_stored_total";
/// Kept matches that made room for newer ones. `{rule}`; the rule that matched.
pub const CORRELATION_SIGNALS_DROPPED: &str = "margay_correlation_signals_dropped_total";
/// Values of kept matches that cannot be compared and are left out. `{rule}`; the rule that matched.
pub const CORRELATION_VALUES_SKIPPED: &str = "margay_correlation_values_skipped_total";
/// Evaluations of correlation rules. `{rule,trigger}`; trigger is `signals` or `schedule`.
pub const CORRELATION_EVALUATIONS: &str = "margay_correlation_evaluations_total";
/// Matches of correlation rules. `{rule}`
pub const CORRELATION_MATCHES: &str = "margay_correlation_matches_total";
/// How long evaluations of correlation rules take, in seconds.
pub const CORRELATION_EVALUATION_SECONDS: &str = "margay_correlation_evaluation_seconds";

/// Requests of vendors to the callbacks of destinations: `taken` or `refused`.
pub const DESTINATION_CALLBACKS: &str = "margay_destination_callbacks_total";

/// Requests to the API that were refused before anything was done. `{reason}`; see `api/src/auth.rs`.
pub const API_REFUSED: &str = "margay_api_refused_total";
/// Browsers that are told of changes of alerts now.
pub const LIVE_STREAMS: &str = "margay_live_streams";
/// Browsers that were not, because there were too many. `{reason}`; `user` or `all`.
pub const LIVE_STREAMS_REFUSED: &str = "margay_live_streams_refused_total";
/// Passwords that were hashed to be stored or compared; each costs tens of milliseconds of one core.
pub const PASSWORD_HASHES: &str = "margay_password_hashes_total";
/// Attempts to sign in, by password or through an identity provider. `{result}`; see `docs/operations.md`.
pub const SIGN_INS: &str = "margay_sign_ins_total";

/// A label value as it stands between the quotes of Prometheus text: `\`, `"` and line feeds escaped.
///
/// Source: Prometheus, "Exposition formats".
pub fn escape_label(value: &str) -> String {
    value.replace('\\', r"\\").replace('"', "\\\"").replace('\n', r"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn label_values_stay_on_their_line_and_between_their_quotes() {
        assert_eq!(escape_label("a\\b \"c\"\nd"), r#"a\\b \"c\"\nd"#);
        assert_eq!(escape_label("plain é"), "plain é");
    }
}
