//! `margay token`: make, list and revoke API tokens; with or without a running server.

use comfy_table::Table;
use jiff::Timestamp;
use model::{DefaultRole, LogTypeAccess, Network, Permission, Rights};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use store::{Grant, KnownToken, Store, StoreError, StoreErrorKind, Token, TokenForm};

use crate::cli::{Global, TokenCommand};
use crate::config;
use crate::failure::Failure;
use crate::recorder::{Deed, Recorder};
use crate::server::{open_store, runtime};

/// Permissions that a line of the list names; more are only counted.
const NAMED_MAX: usize = 3;

/// Runs one token command.
pub(crate) fn token(global: &Global, command: TokenCommand) -> Result<(), Failure> {
    let config = config::load(global, None, &config::process_environment())?;
    runtime()?.block_on(async {
        let store = open_store(&config).await?;
        let result = run(&store, &Recorder::new(&store, &config), command).await;
        store.until_access_is_seen().await;
        store.close().await;
        result
    })
}

#[expect(clippy::print_stdout, reason = "results go to stdout")]
async fn run(store: &Store, recorder: &Recorder, command: TokenCommand) -> Result<(), Failure> {
    match command {
        TokenCommand::Create { name, role, permissions, networks, expires } => {
            let form = TokenForm {
                name,
                grant: grant(role, &permissions)?,
                allowed_networks: networks
                    .iter()
                    .map(|text| text.parse())
                    .collect::<Result<_, model::UnknownNetwork>>()
                    .map_err(|error| Failure::Usage(format!("`--cidr`: {error}")))?,
                expires_at: expires.map(|text| ends_at(&text)).transpose()?,
            };
            let deed = Deed {
                name: "CREATE_API_TOKEN",
                description: "Made an API token",
                command: "token create",
                input: of_form(&form),
                before: Value::Null,
            };
            let made = store.create_token(form, None, Rights::all()).await;
            let made = made.map_err(|error| refused(&error)).map(|made| {
                let after = of_token(&made.token);
                (made, after)
            });
            println!("{}", recorder.of(deed, made).await?.value.expose_secret());
        }
        TokenCommand::List => {
            let tokens = store
                .list_tokens()
                .await
                .map_err(|error| Failure::operation("cannot list the tokens", &error))?;
            println!("{}", table(&tokens));
        }
        TokenCommand::Revoke { token } => {
            // What names no token may be the value of one, and is not written down.
            let revoked = store
                .revoke_token(&token)
                .await
                .map_err(|error| Failure::operation("cannot revoke the token", &error))?;
            let deed = Deed {
                name: "DELETE_API_TOKEN",
                description: "Revoked an API token",
                command: "token revoke",
                input: json!({ "id": revoked.id, "name": revoked.name }),
                before: of_token(&revoked),
            };
            let revoked = recorder.of(deed, Ok((revoked, Value::Null))).await?;
            println!("revoked {} ({})", revoked.name, revoked.id);
        }
    }
    Ok(())
}

/// What somebody asks for, for the audit log.
fn of_form(form: &TokenForm) -> Value {
    let TokenForm { name, grant, allowed_networks, expires_at } = form;
    shown(name, grant, allowed_networks, *expires_at)
}

/// A token without its value, for the audit log.
pub(crate) fn of_token(token: &Token) -> Value {
    let mut shown = shown(&token.name, &token.grant, &token.allowed_networks, token.expires_at);
    shown["id"] = token.id.as_str().into();
    shown
}

fn shown(name: &str, grant: &Grant, networks: &[Network], expires_at: Option<Timestamp>) -> Value {
    let (role, permissions) = match grant {
        Grant::Role(role) => (Some(role), None),
        Grant::Own(rights) => {
            (None, Some(rights.permissions.iter().map(Permission::as_str).collect::<Vec<_>>()))
        }
    };
    let networks: Vec<String> = networks.iter().map(ToString::to_string).collect();
    json!({
        "name": name, "role": role, "permissions": permissions, "allowedCIDRBlocks": networks,
        "expiresAt": expires_at.map(|at| at.to_string()),
    })
}

/// What was asked for cannot be had, or the database does not work.
fn refused(error: &StoreError) -> Failure {
    match error.kind() {
        StoreErrorKind::Invalid => Failure::Usage(error.to_string()),
        _ => Failure::operation("cannot make the token", error),
    }
}

fn grant(role: Option<String>, permissions: &[String]) -> Result<Grant, Failure> {
    if permissions.is_empty() {
        return Ok(Grant::Role(role.unwrap_or_else(|| DefaultRole::Admin.to_string())));
    }
    let permissions = permissions
        .iter()
        .map(|word| word.parse::<Permission>())
        .collect::<Result<_, _>>()
        .map_err(|error| Failure::Usage(format!("`--permission`: {error}")))?;
    Ok(Grant::Own(Rights { permissions, log_types: LogTypeAccess::ALL }))
}

/// A point in time, or a duration from now.
fn ends_at(text: &str) -> Result<Timestamp, Failure> {
    let now = stdx::Clock::now(&stdx::SystemClock);
    let after = || now.checked_add(humantime::parse_duration(text).ok()?).ok();
    let at = text.parse().ok().or_else(after).filter(|at: &Timestamp| *at > now);
    let expected = "neither a duration such as `90d` nor a time in the future such as `2027-01-02T03:04:05Z`";
    at.ok_or_else(|| Failure::Usage(format!("`--expires`: `{text}` is {expected}")))
}

fn table(tokens: &[KnownToken]) -> Table {
    let mut table = Table::new();
    table.load_preset(comfy_table::presets::NOTHING);
    table.set_header(["ID", "NAME", "ROLE", "BEGINS", "CREATED", "LAST USED", "REVOKED", "EXPIRES", "FROM"]);
    let time = |at: Option<Timestamp>| at.map_or_else(|| "-".to_owned(), model::format_aws_date_time);
    for KnownToken { token, rights: _ } in tokens {
        let networks: Vec<String> = token.allowed_networks.iter().map(ToString::to_string).collect();
        table.add_row([
            token.id.clone(),
            token.name.clone(),
            grant_text(token),
            token.prefix.clone(),
            time(Some(token.created_at)),
            time(token.last_used_at),
            time(token.revoked_at),
            time(token.expires_at),
            if networks.is_empty() { "-".to_owned() } else { networks.join(" ") },
        ]);
    }
    table
}

fn grant_text(token: &Token) -> String {
    let Rights { permissions, .. } = match &token.grant {
        Grant::Role(name) => return name.clone(),
        Grant::Own(rights) => rights,
    };
    let names: Vec<&str> = permissions.iter().map(Permission::as_str).collect();
    match names.len() {
        0 => "nothing".to_owned(),
        count if count > NAMED_MAX => {
            format!("{} and {} more", names[..NAMED_MAX].join(" "), count - NAMED_MAX)
        }
        _ => names.join(" "),
    }
}
