//! What is done on the machine itself, written to the audit log: by commands that change the database past the
//! API, and by the server for its configuration.

use std::sync::Arc;

use api::SystemAction;
use serde_json::Value;
use stdx::{Clock, SystemClock};
use store::{AuditKind, Store};

use crate::config::{self, Config};
use crate::failure::Failure;

/// Where the names of users are.
const PASSWD: &str = "/etc/passwd";

/// Writes down who does what.
pub(crate) struct Recorder {
    store: Arc<Store>,
    key_file: std::path::PathBuf,
    user: String,
    sudo_user: Option<String>,
}

/// Something that is about to be done.
pub(crate) struct Deed {
    /// `actionName`.
    pub(crate) name: &'static str,
    /// `actionDescription`.
    pub(crate) description: &'static str,
    /// Words of the command.
    pub(crate) command: &'static str,
    /// What was given; secrets are masked when it is written.
    pub(crate) input: Value,
    /// What is there before.
    pub(crate) before: Value,
}

impl Recorder {
    pub(crate) fn new(store: &Arc<Store>, config: &Config) -> Recorder {
        let sudo_user = config::process_environment().remove("SUDO_USER").filter(|name| !name.is_empty());
        Recorder { store: Arc::clone(store), key_file: config.key_file.clone(), user: user_name(), sudo_user }
    }

    /// Writes down what came of a deed, and hands it on; a success comes with what is there now.
    ///
    /// # Errors
    /// The failure of the deed, or that it was done and could not be written down.
    pub(crate) async fn of<T>(&self, deed: Deed, outcome: Result<(T, Value), Failure>) -> Result<T, Failure> {
        let Deed { name, description, command, input, before } = deed;
        let (outcome, after) = match outcome {
            Ok((value, after)) => (Ok(value), after),
            Err(failure) => (Err(failure), Value::Null),
        };
        let action = SystemAction {
            name,
            description,
            command,
            user: self.user.clone(),
            sudo_user: self.sudo_user.clone(),
            input,
            before,
            after,
            error: outcome.as_ref().err().map(ToString::to_string),
        };
        let entry = action.into_entry(SystemClock.now());
        let written = self.store.append_audit(AuditKind::Change, vec![entry], &self.key_file).await;
        match (outcome, written) {
            (outcome, Ok(_)) | (outcome @ Err(_), Err(_)) => outcome,
            (Ok(_), Err(error)) => {
                Err(Failure::operation("this was done, but could not be written to the audit log", &error))
            }
        }
    }
}

/// The name of the user that this process runs as, or the number.
fn user_name() -> String {
    let id = rustix::process::getuid().as_raw();
    let passwd = std::fs::read_to_string(PASSWD).unwrap_or_default();
    name_of(id, &passwd).unwrap_or_else(|| format!("uid {id}"))
}

fn name_of(id: u32, passwd: &str) -> Option<String> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next().filter(|name| !name.is_empty())?;
        (fields.nth(1)?.parse() == Ok(id)).then(|| name.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_named_by_their_number() {
        let passwd = "root:x:0:0:root:/:/bin/sh\nbroken\n:x:5:\nmira:x:1000:1000::/:/bin/sh\n";
        assert_eq!(name_of(0, passwd).as_deref(), Some("root"));
        assert_eq!(name_of(1000, passwd).as_deref(), Some("mira"));
        assert_eq!(name_of(5, passwd), None);
        assert_eq!(name_of(7, passwd), None);
    }
}
