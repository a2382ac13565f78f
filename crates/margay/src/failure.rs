//! How a command ends when it does not succeed.

use std::process::ExitCode;

use crate::config::ConfigError;

/// The ways to end without success; see `--help` for the exit codes.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The check found something; it is already on stdout. Exit 1.
    Found,
    /// The command line or the configuration is wrong. Exit 2.
    Usage(String),
    /// The operation failed. Exit 3.
    Operation(String),
}

impl Failure {
    /// An operation that failed with an error and its causes.
    pub(crate) fn operation(what: &str, error: &(dyn std::error::Error + 'static)) -> Self {
        let mut text = format!("{what}: {error}");
        let mut source = error.source();
        while let Some(cause) = source {
            let cause_text = cause.to_string();
            if !text.contains(&cause_text) {
                text.push_str(": ");
                text.push_str(&cause_text);
            }
            source = cause.source();
        }
        Failure::Operation(text)
    }

    /// Says why on stderr and gives the exit code.
    #[expect(clippy::print_stderr, reason = "the command line speaks to people on stderr")]
    pub(crate) fn report(self) -> ExitCode {
        match self {
            Failure::Found => ExitCode::from(1),
            Failure::Usage(message) => {
                eprintln!("margay: {message}");
                ExitCode::from(2)
            }
            Failure::Operation(message) => {
                eprintln!("margay: {message}");
                ExitCode::from(3)
            }
        }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Failure::Found => f.write_str("the check found something"),
            Failure::Usage(message) | Failure::Operation(message) => f.write_str(message),
        }
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Failure::Usage(error.to_string())
    }
}
