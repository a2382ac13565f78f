//! `margay audit`, as it is written.

use clap::{Args, Subcommand, ValueEnum};
use store::AuditKind;

use super::PlainFormat;

#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// List entries, newest first
    #[command(after_help = "\
Examples:
  margay audit list
  margay audit list --from 24h --result FAILED
  margay audit list --action DELETE_DETECTION --contains Okta --format json
  margay audit list --kind read --from 1h")]
    List(AuditListArgs),
    /// Print entries as JSON lines, oldest first
    #[command(after_help = "\
Examples:
  margay audit export > audit.jsonl
  margay audit export --from 2026-03-01T00:00:00Z --to 2026-04-01T00:00:00Z > march.jsonl
  margay audit export --kind read > reads.jsonl

Each line has the kind and the number of the entry, its hash and the entry as it was hashed.")]
    Export(AuditRange),
    /// Look whether the log is what was written; exits 1 and names the first entry that is not
    #[command(after_help = "\
Examples:
  margay audit verify
  margay audit verify --expect 1042:0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8

What it prints is worth keeping elsewhere: with it the next look finds also a log that was made anew.")]
    Verify {
        /// Number and hash of an entry, as an earlier look printed them; may be repeated
        #[arg(long, value_name = "[read:]NUMBER:HASH")]
        expect: Vec<String>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct AuditListArgs {
    #[command(flatten)]
    pub(crate) range: AuditRange,
    /// Only this action, such as DELETE_DETECTION
    #[arg(long, value_name = "NAME")]
    pub(crate) action: Option<String>,
    /// Only by the actor with this id
    #[arg(long, value_name = "ID")]
    pub(crate) actor: Option<String>,
    /// Only with this result: SUCCEEDED, FAILED or PARTIALLY_FAILED
    #[arg(long, value_name = "RESULT")]
    pub(crate) result: Option<String>,
    /// Only entries that hold this text, whatever the case of its letters
    #[arg(long, value_name = "TEXT")]
    pub(crate) contains: Option<String>,
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub(crate) limit: usize,
    /// How to print the entries
    #[arg(long, default_value = "text")]
    pub(crate) format: PlainFormat,
}

/// Which entries there are to choose from.
#[derive(Debug, Args)]
pub(crate) struct AuditRange {
    /// What was changed, or what was only read
    #[arg(long, default_value = "change")]
    pub(crate) kind: AuditKindArg,
    /// Done then or later: a time such as 2026-03-01T00:00:00Z, or a duration before now such as 24h
    #[arg(long, value_name = "WHEN")]
    pub(crate) from: Option<String>,
    /// Done before
    #[arg(long, value_name = "WHEN")]
    pub(crate) to: Option<String>,
}

/// One of the two chains.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum AuditKindArg {
    /// What was changed, sent, or signed in or out
    Change,
    /// What was only read
    Read,
}

impl From<AuditKindArg> for AuditKind {
    fn from(kind: AuditKindArg) -> AuditKind {
        match kind {
            AuditKindArg::Change => AuditKind::Change,
            AuditKindArg::Read => AuditKind::Read,
        }
    }
}
