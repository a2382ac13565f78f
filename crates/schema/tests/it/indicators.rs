//! What every scanner finds, and the walk through AWS documents.

use rstest::rstest;
use schema::SchemaSet;

use crate::normalise;

fn found(indicators: &schema::Indicators) -> String {
    let found: Vec<String> = indicators
        .iter()
        .map(|(field, value)| format!("{}={value}", &field.name()["p_any_".len()..]))
        .collect();
    found.join(" ")
}

#[rstest]
#[case("ip", " 192.0.2.1 ", "ip_addresses=192.0.2.1")]
#[case("ip", "2001:DB8::1", "ip_addresses=2001:DB8::1")]
#[case("ip", "192.0.2.1:80", "")]
#[case("ip", "192.0.2.0/24", "")]
#[case("ip", "fe80::1%eth0", "")]
#[case("domain", "Any Text", "domain_names=Any Text")]
#[case("domain", "  ", "")]
#[case("domain", "xn--bcher-kva.example.com", "domain_names=bücher.example.com")]
#[case("domain", "www.xn--bcher-kva.example.com", "domain_names=www.xn--bcher-kva.example.com")]
#[case("hostname", "192.0.2.1", "ip_addresses=192.0.2.1")]
#[case("hostname", "ec2.amazonaws.com", "domain_names=ec2.amazonaws.com")]
#[case("url", "https://user@www.example.com:8443/a?b", "domain_names=www.example.com")]
#[case("url", "http://[2001:db8::1]:80/", "ip_addresses=2001:db8::1")]
#[case("url", "www.example.com/a", "")]
#[case("net_addr", "www.example.com:443", "domain_names=www.example.com")]
#[case("net_addr", "[2001:db8::1]:443", "ip_addresses=2001:db8::1")]
#[case("net_addr", "2001:db8::1", "ip_addresses=2001:db8::1")]
#[case("email", " Ann@example.com ", "emails=Ann@example.com")]
#[case("email", "ann", "")]
#[case("username", " ann ", "usernames=ann")]
#[case("actor_id", "00u1", "actor_ids=00u1")]
#[case("trace_id", "t-1", "trace_ids=t-1")]
#[case("md5", "D41D8CD98F00B204E9800998ECF8427E", "md5_hashes=d41d8cd98f00b204e9800998ecf8427e")]
#[case("md5", "d41d8cd98f00b204e9800998ecf8427", "")]
#[case(
    "sha1",
    "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "sha1_hashes=da39a3ee5e6b4b0d3255bfef95601890afd80709"
)]
#[case("sha256", "zz39a3ee5e6b4b0d3255bfef95601890afd80709da39a3ee5e6b4b0d3255bfef", "")]
#[case("aws_account_id", "123456789012", "aws_account_ids=123456789012")]
#[case("aws_account_id", "12345678901x", "")]
#[case("aws_instance_id", "i-0abc", "aws_instance_ids=i-0abc")]
#[case("aws_instance_id", "vol-0abc", "")]
#[case(
    "aws_arn",
    "arn:aws:ec2:eu-west-1:123456789012:instance/i-0abc",
    "aws_account_ids=123456789012 aws_instance_ids=i-0abc aws_arns=arn:aws:ec2:eu-west-1:123456789012:instance/i-0abc"
)]
#[case(
    "aws_arn",
    "arn:aws:sts::123456789012:assumed-role/Admin/ann@example.com",
    "aws_account_ids=123456789012 aws_arns=arn:aws:sts::123456789012:assumed-role/Admin/ann@example.com emails=ann@example.com"
)]
#[case("aws_arn", "arn:aws:s3:::bucket/a:b", "aws_arns=arn:aws:s3:::bucket/a:b")]
#[case("aws_arn", "arn:aws:s3", "")]
#[case("aws_arn_only", "arn:aws:iam::123456789012:root", "aws_arns=arn:aws:iam::123456789012:root")]
#[case("aws_tag", "team:blue", "aws_tags=team:blue")]
#[case("mac", "AA-BB-CC-00-11-22", "mac_addresses=aa:bb:cc:00:11:22")]
#[case("mac", "aabb.cc00.1122", "mac_addresses=aa:bb:cc:00:11:22")]
#[case("mac", "aa:bb:cc", "")]
#[case("mac", "äé", "")]
#[case("serial_number", "C02X", "serial_numbers=C02X")]
#[case("serial", "C02X", "serial_numbers=C02X")]
#[case("ip, domain, ip", "192.0.2.1", "ip_addresses=192.0.2.1 domain_names=192.0.2.1")]
fn scanners(#[case] names: &str, #[case] text: &str, #[case] expected: &str) {
    let yaml = format!("fields: [{{name: f, type: string, indicators: [{names}]}}]");
    let event = normalise(&yaml, &format!("{{\"f\":\"{text}\"}}")).unwrap();
    assert_eq!(found(&event.indicators), expected);
}

#[test]
fn values_are_distinct_and_sorted_and_come_from_arrays_and_numbers_too() {
    let yaml = "fields: [{name: f, type: array, element: {type: string, indicators: [username]}}]";
    let event = normalise(yaml, r#"{"f":["b","a","b","",7]}"#).unwrap();
    assert_eq!(found(&event.indicators), "usernames=7 usernames=a usernames=b");
}

#[rstest]
#[case::known_keys(
    r#"{"instanceId":"i-1","publicIp":"192.0.2.7","privateDnsName":"ip-10.example.com","account":"111111111111"}"#,
    "ip_addresses=192.0.2.7 domain_names=ip-10.example.com aws_account_ids=111111111111 aws_instance_ids=i-1"
)]
#[case::key_endings(
    r#"{"sourceAccountId":"222222222222","targetInstanceId":"i-2"}"#,
    "aws_account_ids=222222222222 aws_instance_ids=i-2"
)]
#[case::arns_anywhere(r#"{"x":[{"y":["arn:aws:s3:::b"]}]}"#, "aws_arns=arn:aws:s3:::b")]
#[case::tags(r#"{"tags":[{"key":"team","value":"blue"},"plain"]}"#, "aws_tags=plain aws_tags=team:blue")]
#[case::arrays_pass_their_key_on(r#"{"ipv6Addresses":["2001:db8::1"]}"#, "ip_addresses=2001:db8::1")]
fn aws_walk(#[case] parameters: &str, #[case] expected: &str) {
    let entry = format!(
        r#"{{"awsRegion":"eu-west-1","eventID":"e","eventName":"n","eventSource":"s","eventTime":"2026-01-01T00:00:00Z",
        "eventType":"AwsApiCall","eventVersion":"1.08","sourceIPAddress":"","userIdentity":{{}},"requestParameters":{parameters}}}"#
    );
    let set = SchemaSet::builtin().unwrap();
    let outcome = set.get("aws.cloudtrail").unwrap().normalise(schema::parse_json(&entry).unwrap()).unwrap();
    assert_eq!(found(&outcome.events[0].indicators), expected);
}
