//! Indicators: values that detections and searches join on, collected into the `p_any_*` fields.
//!
//! A scanner that finds nothing adds nothing; it never fails the event. Source: `ingest.md` §2.6.

use std::borrow::Cow;
use std::net::IpAddr;

use url::Url;

/// A `p_any_*` field; the order is that of the standard fields in an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum IndicatorField {
    /// IPv4 and IPv6 addresses, as written.
    IpAddresses,
    /// Host and domain names.
    DomainNames,
    /// SHA-1 digests, lower case.
    Sha1Hashes,
    /// SHA-256 digests, lower case.
    Sha256Hashes,
    /// MD5 digests, lower case.
    Md5Hashes,
    /// Ids of requests, sessions and the like.
    TraceIds,
    /// Twelve-digit AWS account ids.
    AwsAccountIds,
    /// EC2 instance ids.
    AwsInstanceIds,
    /// Amazon resource names.
    AwsArns,
    /// AWS tags as `key:value`.
    AwsTags,
    /// Mail addresses.
    Emails,
    /// Names of users.
    Usernames,
    /// Ids of actors.
    ActorIds,
    /// Hardware addresses, lower case with colons.
    MacAddresses,
    /// Serial numbers.
    SerialNumbers,
}

impl IndicatorField {
    /// All fields, in the order in which an event carries them.
    pub const ALL: [IndicatorField; 15] = [
        IndicatorField::IpAddresses,
        IndicatorField::DomainNames,
        IndicatorField::Sha1Hashes,
        IndicatorField::Sha256Hashes,
        IndicatorField::Md5Hashes,
        IndicatorField::TraceIds,
        IndicatorField::AwsAccountIds,
        IndicatorField::AwsInstanceIds,
        IndicatorField::AwsArns,
        IndicatorField::AwsTags,
        IndicatorField::Emails,
        IndicatorField::Usernames,
        IndicatorField::ActorIds,
        IndicatorField::MacAddresses,
        IndicatorField::SerialNumbers,
    ];

    /// The field's name in events.
    pub fn name(self) -> &'static str {
        match self {
            IndicatorField::IpAddresses => "p_any_ip_addresses",
            IndicatorField::DomainNames => "p_any_domain_names",
            IndicatorField::Sha1Hashes => "p_any_sha1_hashes",
            IndicatorField::Sha256Hashes => "p_any_sha256_hashes",
            IndicatorField::Md5Hashes => "p_any_md5_hashes",
            IndicatorField::TraceIds => "p_any_trace_ids",
            IndicatorField::AwsAccountIds => "p_any_aws_account_ids",
            IndicatorField::AwsInstanceIds => "p_any_aws_instance_ids",
            IndicatorField::AwsArns => "p_any_aws_arns",
            IndicatorField::AwsTags => "p_any_aws_tags",
            IndicatorField::Emails => "p_any_emails",
            IndicatorField::Usernames => "p_any_usernames",
            IndicatorField::ActorIds => "p_any_actor_ids",
            IndicatorField::MacAddresses => "p_any_mac_addresses",
            IndicatorField::SerialNumbers => "p_any_serial_numbers",
        }
    }
}

/// The indicators of one event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Indicators {
    found: Vec<(IndicatorField, String)>,
}

impl Indicators {
    /// Adds a value; blanks around it are cut, an empty one is ignored.
    pub(crate) fn add(&mut self, field: IndicatorField, value: &str) {
        let value = value.trim();
        if !value.is_empty() {
            self.found.push((field, value.to_owned()));
        }
    }

    /// Sorts by field, then value, and drops repetitions.
    pub(crate) fn settle(&mut self) {
        self.found.sort_unstable();
        self.found.dedup();
    }

    /// Field and value, sorted, each pair once.
    pub fn iter(&self) -> impl Iterator<Item = (IndicatorField, &str)> {
        self.found.iter().map(|(field, value)| (*field, value.as_str()))
    }
}

/// A scanner, as named in a schema's `indicators`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Indicator {
    Ip,
    Domain,
    Hostname,
    Url,
    NetAddr,
    Email,
    Username,
    ActorId,
    TraceId,
    Md5,
    Sha1,
    Sha256,
    AwsAccountId,
    AwsInstanceId,
    AwsArn,
    AwsArnOnly,
    AwsTag,
    Mac,
    SerialNumber,
}

impl Indicator {
    /// The scanner of a name; `None` when there is none.
    pub(crate) fn by_name(name: &str) -> Option<Indicator> {
        Some(match name {
            "ip" => Indicator::Ip,
            "domain" => Indicator::Domain,
            "hostname" => Indicator::Hostname,
            "url" => Indicator::Url,
            "net_addr" => Indicator::NetAddr,
            "email" => Indicator::Email,
            "username" => Indicator::Username,
            "actor_id" => Indicator::ActorId,
            "trace_id" => Indicator::TraceId,
            "md5" => Indicator::Md5,
            "sha1" => Indicator::Sha1,
            "sha256" => Indicator::Sha256,
            "aws_account_id" => Indicator::AwsAccountId,
            "aws_instance_id" => Indicator::AwsInstanceId,
            "aws_arn" => Indicator::AwsArn,
            "aws_arn_only" => Indicator::AwsArnOnly,
            "aws_tag" => Indicator::AwsTag,
            "mac" => Indicator::Mac,
            "serial_number" | "serial" => Indicator::SerialNumber,
            _ => return None,
        })
    }

    /// Adds what it finds in `text`.
    pub(crate) fn scan(self, text: &str, out: &mut Indicators) {
        let text = text.trim();
        match self {
            Indicator::Ip => {
                if text.parse::<IpAddr>().is_ok() {
                    out.add(IndicatorField::IpAddresses, text);
                }
            }
            Indicator::Domain => out.add(IndicatorField::DomainNames, &decoded_domain(text)),
            Indicator::Hostname => scan_hostname(text, out),
            Indicator::Url => {
                if let Some(host) = Url::parse(text).ok().as_ref().and_then(Url::host_str) {
                    scan_hostname(host.trim_matches(['[', ']']), out);
                }
            }
            Indicator::NetAddr => scan_hostname(host_of(text), out),
            Indicator::Email => {
                if text.contains('@') {
                    out.add(IndicatorField::Emails, text);
                }
            }
            Indicator::Username => out.add(IndicatorField::Usernames, text),
            Indicator::ActorId => out.add(IndicatorField::ActorIds, text),
            Indicator::TraceId => out.add(IndicatorField::TraceIds, text),
            Indicator::Md5 => scan_digest(text, 32, IndicatorField::Md5Hashes, out),
            Indicator::Sha1 => scan_digest(text, 40, IndicatorField::Sha1Hashes, out),
            Indicator::Sha256 => scan_digest(text, 64, IndicatorField::Sha256Hashes, out),
            Indicator::AwsAccountId => {
                if is_account_id(text) {
                    out.add(IndicatorField::AwsAccountIds, text);
                }
            }
            Indicator::AwsInstanceId => {
                if text.starts_with("i-") {
                    out.add(IndicatorField::AwsInstanceIds, text);
                }
            }
            Indicator::AwsArn => scan_arn(text, out),
            Indicator::AwsArnOnly => {
                if arn_parts(text).is_some() {
                    out.add(IndicatorField::AwsArns, text);
                }
            }
            Indicator::AwsTag => out.add(IndicatorField::AwsTags, text),
            Indicator::Mac => {
                if let Some(mac) = normal_mac(text) {
                    out.add(IndicatorField::MacAddresses, &mac);
                }
            }
            Indicator::SerialNumber => out.add(IndicatorField::SerialNumbers, text),
        }
    }
}

fn scan_hostname(host: &str, out: &mut Indicators) {
    if host.parse::<IpAddr>().is_ok() {
        out.add(IndicatorField::IpAddresses, host);
    } else {
        out.add(IndicatorField::DomainNames, &decoded_domain(host));
    }
}

/// The name in Unicode when it begins with a punycode label.
fn decoded_domain(name: &str) -> Cow<'_, str> {
    if !name.starts_with("xn--") {
        return Cow::Borrowed(name);
    }
    match idna::domain_to_unicode(name) {
        (decoded, Ok(())) => Cow::Owned(decoded),
        (_, Err(_)) => Cow::Borrowed(name),
    }
}

/// The host of `host:port` or `[v6]:port`; the whole text when it has no port.
fn host_of(text: &str) -> &str {
    if let Some((host, rest)) = text.strip_prefix('[').and_then(|rest| rest.split_once(']'))
        && (rest.is_empty() || rest.starts_with(':'))
    {
        return host;
    }
    match text.split_once(':') {
        Some((host, port)) if !port.contains(':') => host,
        _ => text,
    }
}

fn scan_digest(text: &str, len: usize, field: IndicatorField, out: &mut Indicators) {
    if text.len() == len && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        out.add(field, &text.to_ascii_lowercase());
    }
}

fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Service, account and resource of an ARN. Source:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>.
fn arn_parts(text: &str) -> Option<(&str, &str, &str)> {
    let mut parts = text.strip_prefix("arn:")?.splitn(5, ':');
    let _partition = parts.next()?;
    let service = parts.next()?;
    let _region = parts.next()?;
    Some((service, parts.next()?, parts.next()?))
}

/// The ARN itself, its account, the instance it names, the mail address of an assumed-role session.
pub(crate) fn scan_arn(text: &str, out: &mut Indicators) {
    let Some((service, account, resource)) = arn_parts(text) else {
        return;
    };
    out.add(IndicatorField::AwsArns, text);
    if is_account_id(account) {
        out.add(IndicatorField::AwsAccountIds, account);
    }
    if let Some(instance) = resource.strip_prefix("instance/").filter(|id| id.starts_with("i-")) {
        out.add(IndicatorField::AwsInstanceIds, instance);
    }
    if service == "sts"
        && let Some((_, session)) =
            resource.strip_prefix("assumed-role/").and_then(|rest| rest.split_once('/'))
        && session.contains('@')
    {
        out.add(IndicatorField::Emails, session);
    }
}

/// A 48-bit hardware address in lower case with colons.
fn normal_mac(text: &str) -> Option<String> {
    let (separator, group_len) = match text.as_bytes().get(2)? {
        b':' => (':', 2),
        b'-' => ('-', 2),
        _ => ('.', 4),
    };
    let groups: Vec<&str> = text.split(separator).collect();
    if groups.len() * group_len != 12 || groups.iter().any(|group| group.len() != group_len) {
        return None;
    }
    let digits = groups.concat().to_ascii_lowercase();
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let pairs: Vec<&str> = (0..6).map(|at| &digits[at * 2..at * 2 + 2]).collect();
    Some(pairs.join(":"))
}
