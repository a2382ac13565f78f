//! The command line: every command, option and example.

mod audit;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use audit::{AuditCommand, AuditListArgs, AuditRange};

/// An open, self-hosted, detection-as-code SIEM: logs in, Python detections over every event, alerts
/// routed and delivered to the tools a team already uses.
#[derive(Debug, Parser)]
#[command(name = "margay", version, propagate_version = true, after_help = EXAMPLES)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXAMPLES: &str = "\
Examples:
  margay demo                          see it work: sample logs, rules, a local inbox
  margay serve --config margay.yaml    run everything
  margay test content/                 run the unit tests of all detections, offline
  margay check content/                validate detections without running them
  margay upload content/               check, test and upload detections to a server
  margay token create --name ci        make an API token

Exit codes: 0 success, 1 the check found something, 2 usage or configuration error, 3 operation failed.";

/// Options of every command.
#[derive(Debug, Clone, Args)]
pub(crate) struct Global {
    /// Configuration file [default: margay.yaml if present; env: MARGAY_CONFIG]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Where everything is kept [default: margay-data; env: MARGAY_DATA_DIR]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Say more; twice for everything
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Say errors only
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// When to colour
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: ColorChoice,
}

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorChoice {
    /// When the output is a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run everything: sources, detections, alerting, delivery, API
    Serve(ServeArgs),
    /// Show the whole thing on sample logs, without any configuration
    Demo(DemoArgs),
    /// Run the unit tests of detections, offline, with the production engine
    Test(TestArgs),
    /// Validate detections without running them
    Check(CheckArgs),
    /// Show what an upload to a server would change
    Diff(DiffArgs),
    /// Check, test and upload detections to a server
    Upload(UploadArgs),
    /// Write what was uploaded to a server into a folder
    Download(DownloadArgs),
    /// Run parsed events through detections and print every match
    Detect(DetectArgs),
    /// Turn raw logs into normalised events
    Parse(ParseArgs),
    /// Make, list and revoke API tokens
    #[command(subcommand)]
    Token(TokenCommand),
    /// Invite people, and help them back in
    #[command(subcommand)]
    User(UserCommand),
    /// List log sources
    #[command(subcommand)]
    Source(SourceCommand),
    /// List, test, make and delete destinations
    #[command(subcommand)]
    Destination(DestinationCommand),
    /// Explain where an alert went, send it by hand
    #[command(subcommand)]
    Alert(AlertCommand),
    /// List deliveries and try failed ones again
    #[command(subcommand)]
    Delivery(DeliveryCommand),
    /// Look after the keys of stored secrets
    #[command(subcommand)]
    Secrets(SecretsCommand),
    /// See who did what on the server, and whether the record of it is whole
    #[command(subcommand)]
    Audit(AuditCommand),
    /// List detections, show what they cover, switch them on and off
    #[command(subcommand)]
    Detection(DetectionCommand),
    /// Write everything that the server keeps into one file, also while it runs
    Backup(BackupArgs),
    /// Put a backup into the data directory of a server that does not run
    Restore(RestoreArgs),
    /// Set up the Python environment that rules run in
    #[command(subcommand)]
    Python(PythonCommand),
    /// Runs user Python in the sandbox; started by the server
    #[command(hide = true)]
    PythonWorker(PythonWorkerArgs),
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  margay serve
  margay serve --config /etc/margay.yaml --listen 0.0.0.0:8080
  MARGAY_BOOTSTRAP_TOKEN=a-long-secret-value margay serve

SIGTERM finishes what is accepted and exits; SIGHUP reads configuration and content again.")]
pub(crate) struct ServeArgs {
    /// Address to listen on; port 0 picks one [default: 127.0.0.1:8080; env: MARGAY_LISTEN]
    #[arg(long, value_name = "ADDR")]
    pub(crate) listen: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  margay backup /backups/margay-$(date +%F).mgb
  margay --data-dir /var/lib/margay backup --force latest.mgb

The file holds the database and the logs that wait. Secrets in it stay encrypted: keep the key file
(`secrets.key_file`), the configuration and your detection repositories apart from it.")]
pub(crate) struct BackupArgs {
    /// The file to write
    pub(crate) file: PathBuf,
    /// Replace the file if it exists
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  margay restore /backups/margay-2026-03-01.mgb
  margay restore --force latest.mgb    what is there is kept in a folder beside it

A backup of an older version is brought up to date.")]
pub(crate) struct RestoreArgs {
    /// The file that `margay backup` wrote
    pub(crate) file: PathBuf,
    /// Restore although there is a database; it is moved aside
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  margay demo           stays up; the inbox page shows every message
  margay demo --once    ends when every expected delivery arrived")]
pub(crate) struct DemoArgs {
    /// End when every expected delivery arrived
    #[arg(long)]
    pub(crate) once: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  margay test
  margay test content/rules --filter Severity=High,Critical
  margay test . --format json > result.json

Python unit-test files (*_test.py) run too, unless there is a filter. With -v every alert function of
every test is shown.")]
pub(crate) struct TestArgs {
    /// Files and folders [default: the configured content]
    pub(crate) paths: Vec<PathBuf>,
    /// Keep items whose KEY has one of the VALUEs; `KEY!=VALUE` inverts; repeat to narrow
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) filter: Vec<String>,
    /// Leave the Python unit-test files (`*_test.py`) out
    #[arg(long)]
    pub(crate) skip_python_tests: bool,
    /// Show only the tests that failed, and the counts
    #[arg(long)]
    pub(crate) show_failures_only: bool,
    /// How to print the result
    #[arg(long, default_value = "text")]
    pub(crate) format: TestFormat,
}

/// Output of `margay test`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TestFormat {
    /// For people
    Text,
    /// For programs
    Json,
    /// For CI systems
    Junit,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  margay check
  margay check content/rules/okta_rules --strict --ignore C116
  margay check vendor ours    # also shows what `ours` replaces and overrides in `vendor`
  margay check . --format json
  margay check --explain C108

A comment `# margay: ignore[C108]` ignores a warning in its line (or the next), `ignore-file[C108]` in its file.")]
pub(crate) struct CheckArgs {
    /// Files and folders [default: the configured content]
    pub(crate) paths: Vec<PathBuf>,
    /// Warnings fail the check too
    #[arg(long)]
    pub(crate) strict: bool,
    /// Leave out warnings of these codes
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    pub(crate) ignore: Vec<String>,
    /// Print what a code means, with an example, and check nothing
    #[arg(long, value_name = "CODE")]
    pub(crate) explain: Option<String>,
    /// How to print the findings
    #[arg(long, default_value = "text")]
    pub(crate) format: PlainFormat,
}

/// Output of most commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PlainFormat {
    /// For people
    Text,
    /// For programs
    Json,
}

/// Which server, and how to be known to it.
#[derive(Debug, Clone, Args)]
pub(crate) struct RemoteArgs {
    /// The server [default: the one on the data directory; env: MARGAY_SERVER]
    #[arg(long, value_name = "URL")]
    pub(crate) server: Option<String>,
    /// File that holds the API token [default: the token itself in MARGAY_TOKEN]
    #[arg(long, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  MARGAY_TOKEN=… margay diff content
  margay diff . --server https://margay.example.com --token-file token --deleted
  margay diff . --format json > diff.json

Exits 0 when there is nothing to change, 1 when there is.")]
pub(crate) struct DiffArgs {
    /// Files and folders [default: the configured content]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) remote: RemoteArgs,
    /// Also show what was uploaded before and is not in the paths
    #[arg(long)]
    pub(crate) deleted: bool,
    /// How to print the changes
    #[arg(long, default_value = "text")]
    pub(crate) format: PlainFormat,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  MARGAY_TOKEN=… margay upload content
  margay upload . --server https://margay.example.com --token-file token --yes
  margay upload . --dry-run              the server checks it, and nothing is stored
  margay upload . --delete-missing --yes  the server has what the repository has

The content is checked, compared, and tested as by `margay test`; only what differs is sent, all or nothing.")]
pub(crate) struct UploadArgs {
    /// Files and folders [default: the configured content]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) remote: RemoteArgs,
    /// Upload without a question
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// Do not run the unit tests first
    #[arg(long)]
    pub(crate) skip_tests: bool,
    /// Delete what was uploaded before and is not in the paths
    #[arg(long)]
    pub(crate) delete_missing: bool,
    /// Only let the server check it
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// How to print what came of it
    #[arg(long, default_value = "text")]
    pub(crate) format: PlainFormat,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  MARGAY_TOKEN=… margay download backup
  margay download . --server https://margay.example.com --token-file token --force")]
pub(crate) struct DownloadArgs {
    /// The folder to write to
    #[arg(default_value = ".")]
    pub(crate) dir: PathBuf,
    #[command(flatten)]
    pub(crate) remote: RemoteArgs,
    /// Replace files that differ
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  margay detect --content content --log-type Okta.SystemLog events.jsonl
  margay parse --log-type AWS.CloudTrail raw.json | margay detect --content content --log-type AWS.CloudTrail")]
pub(crate) struct DetectArgs {
    /// Detection repository; repeat to put one on top of the other
    #[arg(long, value_name = "PATH", required = true)]
    pub(crate) content: Vec<PathBuf>,
    /// Log type of the events; `p_log_type` where an event has none
    #[arg(long, value_name = "T")]
    pub(crate) log_type: String,
    /// Which engine evaluates
    #[arg(long, default_value = "auto")]
    pub(crate) engine: Engine,
    /// Write counts and times to this file as JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) stats: Option<PathBuf>,
    /// Files of one JSON event a line [default: standard input]
    pub(crate) events: Vec<PathBuf>,
}

/// Which engine evaluates rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Engine {
    /// The fastest that gives the same answer
    Auto,
    /// CPython for every rule
    Python,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  margay parse --log-type Okta.SystemLog okta.json
  margay parse --schema schemas/Custom.Door.Access.yml < door.log")]
pub(crate) struct ParseArgs {
    /// A known log type
    #[arg(long, value_name = "T", required_unless_present = "schema", conflicts_with = "schema")]
    pub(crate) log_type: Option<String>,
    /// A schema file
    #[arg(long, value_name = "FILE")]
    pub(crate) schema: Option<PathBuf>,
    /// How records are separated
    #[arg(long, default_value = "auto")]
    pub(crate) stream_type: StreamTypeArg,
    /// Files of raw logs [default: standard input]
    pub(crate) files: Vec<PathBuf>,
}

/// How records are separated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum StreamTypeArg {
    /// Look at the content
    Auto,
    /// One record a line
    Lines,
    /// JSON values one after the other
    Json,
    /// One JSON array of records
    JsonArray,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Make a token and print it; it is shown only once
    #[command(
        after_help = "Examples:\n  margay token create --name ci --role Analyst\n  margay token create --name upload --permission BulkUpload --cidr 192.0.2.0/24 --expires 90d"
    )]
    Create {
        /// What it is for
        #[arg(long)]
        name: String,
        /// Name of the role that it acts in; Admin by default
        #[arg(long)]
        role: Option<String>,
        /// A permission of its own instead of a role, such as AlertRead; repeatable
        #[arg(long = "permission", value_name = "PERMISSION", conflicts_with = "role")]
        permissions: Vec<String>,
        /// Block of addresses that it may be used from; repeatable; anywhere by default
        #[arg(long = "cidr", value_name = "CIDR")]
        networks: Vec<String>,
        /// When it ends: a duration such as 90d, or a time such as 2027-01-02T03:04:05Z; never by default
        #[arg(long, value_name = "WHEN")]
        expires: Option<String>,
    },
    /// List tokens
    List,
    /// Revoke a token, by id or name
    Revoke {
        /// Id or name
        token: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum UserCommand {
    /// Invite somebody and print the link by which the first password is chosen
    #[command(
        after_help = "Example:\n  margay user invite --email mira@example.com --given-name Mira --family-name Ode --role Analyst\n\nPass the link on; nobody is sent a mail. It works once, for seven days."
    )]
    Invite {
        /// The address that the person signs in with
        #[arg(long)]
        email: String,
        /// First name
        #[arg(long, value_name = "NAME")]
        given_name: String,
        /// Last name
        #[arg(long, value_name = "NAME")]
        family_name: String,
        /// Name of the role; Admin by default
        #[arg(long)]
        role: Option<String>,
    },
    /// List people
    List,
    /// Print a link by which somebody chooses a new password; it works once, for a day
    Link {
        /// The person's address
        user: String,
    },
    /// Let somebody in again
    Enable {
        /// The person's address
        user: String,
    },
    /// Keep somebody out; all sessions of the person end
    Disable {
        /// The person's address
        user: String,
    },
    /// Forget the failed sign-ins of somebody
    Unlock {
        /// The person's address
        user: String,
    },
    /// End all sessions of somebody
    SignOut {
        /// The person's address
        user: String,
    },
    /// Let somebody who lost the second factor sign in without it
    RemoveSecondFactor {
        /// The person's address
        user: String,
    },
    /// Let somebody in by an identity that a provider vouches for
    #[command(
        after_help = "Example:\n  margay user connect mira@example.com --issuer https://example.okta.com --subject 00u1example\n\nThe refusal in the server's log names both."
    )]
    Connect {
        /// The person's address
        user: String,
        #[command(flatten)]
        identity: IdentityArgs,
    },
    /// Take such an identity away; sessions go on
    Disconnect {
        /// The person's address
        user: String,
        #[command(flatten)]
        identity: IdentityArgs,
    },
    /// List who somebody is to identity providers
    Identities {
        /// The person's address
        user: String,
    },
    /// Delete somebody
    Delete {
        /// The person's address
        user: String,
    },
}

/// Who somebody is to an identity provider.
#[derive(Debug, Args)]
pub(crate) struct IdentityArgs {
    /// Who vouches: the issuer of OpenID Connect, the entity id of SAML
    #[arg(long)]
    pub(crate) issuer: String,
    /// Whom for: the person's unchanging id there
    #[arg(long)]
    pub(crate) subject: String,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SourceCommand {
    /// List the sources of the configuration file and those made by the API
    List,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DestinationCommand {
    /// List destinations
    List,
    /// Send the test alert; exits 1 when it was not delivered
    #[command(after_help = "Example:\n  margay destination test dev-general")]
    Test {
        /// Name or id
        name: String,
    },
    /// Make a destination; a running server uses it within a second
    #[command(after_help = "\
Examples:
  margay destination create --type slack --name on-call --severities HIGH,CRITICAL --config @slack.json
  margay destination create --type tines --name soar --config '{\"webhook_url\": \"https://…\"}'
  margay --config /etc/margay.yaml destination create --type slack --name on-call --settings @slack.json

What begins with `{` or `@` after --config is the destination's; with a configuration file beside it, say --settings.")]
    Create {
        /// Type, such as slack
        #[arg(long = "type", value_name = "T")]
        kind: String,
        /// Unique name
        #[arg(long, value_name = "N")]
        name: String,
        /// Keys of the type as a JSON object, or @FILE; @- reads standard input [also: --config]
        #[arg(long, value_name = "JSON|@FILE")]
        settings: Option<String>,
        /// Severities it takes by itself [default: only when named]
        #[arg(long, value_name = "WORDS", value_delimiter = ',')]
        severities: Vec<String>,
        /// Alert types it takes by itself [default: all but SYSTEM_ERROR]
        #[arg(long, value_name = "WORDS", value_delimiter = ',')]
        alert_types: Vec<String>,
        /// Log types it takes by itself [default: all]
        #[arg(long, value_name = "NAMES", value_delimiter = ',')]
        log_types: Vec<String>,
        /// At most so many messages, such as 30/min
        #[arg(long, value_name = "RATE")]
        rate: Option<String>,
    },
    /// Delete a destination; what waits for it is cancelled
    #[command(after_help = "Example:\n  margay destination delete on-call")]
    Delete {
        /// Name or id
        name: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum SecretsCommand {
    /// Make a new master key and wrap every stored secret by it; the old key is removed
    Rotate,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AlertCommand {
    /// Say for every destination whether it got the alert, and which rule decided
    #[command(after_help = "Example:\n  margay alert why b90c19e66e160e194a5b3b94ec27fb7c")]
    Why {
        /// Id of the alert
        id: String,
    },
    /// Send an alert to destinations by hand; a running server does it within a second
    #[command(
        after_help = "Example:\n  margay alert send b90c19e66e160e194a5b3b94ec27fb7c --to on-call --to jira"
    )]
    Send {
        /// Id of the alert
        id: String,
        /// Name or id of a destination that is open to it
        #[arg(long, value_name = "NAME", required = true)]
        to: Vec<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum DeliveryCommand {
    /// List deliveries, newest first
    #[command(
        after_help = "Examples:\n  margay delivery list\n  margay delivery list --failed --destination dev-general"
    )]
    List {
        /// Only those that were given up
        #[arg(long)]
        failed: bool,
        /// Only those of this destination, by name or id
        #[arg(long, value_name = "NAME")]
        destination: Option<String>,
        /// At most so many
        #[arg(long, value_name = "N", default_value_t = 50)]
        limit: usize,
    },
    /// Ask for one more attempt of a failed delivery, or of all
    #[command(
        after_help = "Examples:\n  margay delivery retry 7d1c8a8e-…\n  margay delivery retry --all --destination dev-general"
    )]
    Retry {
        /// Id of the delivery
        #[arg(required_unless_present = "all", conflicts_with = "all")]
        id: Option<String>,
        /// All failed deliveries
        #[arg(long)]
        all: bool,
        /// With --all: only those of this destination, by name or id
        #[arg(long, value_name = "NAME", requires = "all")]
        destination: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum DetectionCommand {
    /// List detections: kind, severity, whether they run, where they come from
    List(DetectionListArgs),
    /// Show which tactics and techniques of MITRE ATT&CK the detections cover
    Mitre(MitreArgs),
    /// Switch a detection on; also ends a bench and an alert limit
    Enable {
        /// Detection id
        id: String,
    },
    /// Switch a detection off
    Disable {
        /// Detection id
        id: String,
    },
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  margay detection list --filter Severity=High,Critical --filter Enabled=true
  margay detection list vendor ours --format json")]
pub(crate) struct DetectionListArgs {
    /// Files and folders [default: the configured content]
    pub(crate) paths: Vec<PathBuf>,
    /// Keep items whose KEY has one of the VALUEs; `KEY!=VALUE` inverts; repeat to narrow
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) filter: Vec<String>,
    /// How to print the detections
    #[arg(long, default_value = "text")]
    pub(crate) format: PlainFormat,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  margay detection mitre
  margay detection mitre --format navigator > layer.json    open it in the ATT&CK Navigator")]
pub(crate) struct MitreArgs {
    /// Files and folders [default: the configured content]
    pub(crate) paths: Vec<PathBuf>,
    /// Keep items whose KEY has one of the VALUEs; `KEY!=VALUE` inverts; repeat to narrow
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) filter: Vec<String>,
    /// How to print the matrix
    #[arg(long, default_value = "text")]
    pub(crate) format: MitreFormat,
}

/// Output of `margay detection mitre`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum MitreFormat {
    /// For people
    Text,
    /// For programs
    Json,
    /// A layer for the ATT&CK Navigator
    Navigator,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PythonCommand {
    /// Make the environment DATA_DIR/venv and install what the content needs
    Setup(PythonSetupArgs),
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  margay python setup
  margay python setup --recreate    after an upgrade of Python

Installs the requirements.txt of the content repositories, or, where there is none, what public
detection content imports. A second run changes nothing.")]
pub(crate) struct PythonSetupArgs {
    /// Make the environment anew, even when there is one
    #[arg(long)]
    pub(crate) recreate: bool,
}

#[derive(Debug, Args)]
pub(crate) struct PythonWorkerArgs {
    /// Arguments of the worker, as the server gives them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub(crate) args: Vec<std::ffi::OsString>,
}
