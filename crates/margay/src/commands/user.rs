//! `margay user`: invite people and help them back in; with or without a running server.

use comfy_table::Table;
use jiff::Timestamp;
use model::{DefaultRole, Rights, User};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use store::{
    Identity, NewUser, PageRequest, RoleKey, Store, StoreError, StoreErrorKind, StoredIdentity, UserFilter,
    UserForm,
};

use crate::cli::{Global, IdentityArgs, UserCommand};
use crate::config::{self, Config};
use crate::failure::Failure;
use crate::recorder::{Deed, Recorder};
use crate::server::{console_link, open_store, runtime};

/// Users of one page while all are listed.
const PAGE: usize = 60;

/// Runs one user command.
pub(crate) fn user(global: &Global, command: UserCommand) -> Result<(), Failure> {
    let config = config::load(global, None, &config::process_environment())?;
    runtime()?.block_on(async {
        let store = open_store(&config).await?;
        let result = run(&store, &config, &Recorder::new(&store, &config), command).await;
        store.until_access_is_seen().await;
        store.close().await;
        result
    })
}

#[expect(clippy::print_stdout, reason = "results go to stdout")]
async fn run(
    store: &Store,
    config: &Config,
    recorder: &Recorder,
    command: UserCommand,
) -> Result<(), Failure> {
    match command {
        UserCommand::Invite { email, given_name, family_name, role } => {
            if !model::is_email(&email) {
                let expected = "no address such as `mira@example.com`";
                return Err(Failure::Usage(format!("`--email`: `{email}` is {expected}")));
            }
            let role = role.unwrap_or_else(|| DefaultRole::Admin.to_string());
            let input = json!({
                "email": email, "givenName": given_name, "familyName": family_name, "role": { "name": role },
            });
            let new = NewUser { email, given_name, family_name, role: RoleKey::Name(role) };
            let deed = deed("CREATE_USER", "Invited a user", "user invite", input, None);
            let made = store.create_user(new, Rights::all()).await.map_err(|error| refused(&error));
            let user = recorder.of(deed, made.map(with_view)).await?;
            println!("{}", link(store, config, &user).await?);
        }
        UserCommand::List => println!("{}", table(&list(store).await?)),
        UserCommand::Link { user } => {
            let user = find(store, &user).await?;
            let what = "Made a link by which a user chooses a password";
            let deed = deed("RESET_USER_PASSWORD", what, "user link", named(&user), None);
            let link = link(store, config, &user).await;
            println!("{}", recorder.of(deed, link.map(alone)).await?);
        }
        UserCommand::Enable { user } => switch(store, recorder, &user, true).await?,
        UserCommand::Disable { user } => switch(store, recorder, &user, false).await?,
        UserCommand::Unlock { user } => {
            let user = find(store, &user).await?;
            let what = "Let a user try to sign in again";
            let deed = deed("UNLOCK_USER", what, "user unlock", named(&user), None);
            let done = store.forget_failures(&user.email).await.map_err(|error| refused(&error));
            recorder.of(deed, done.map(alone)).await?;
            println!("{} may try again", user.email);
        }
        UserCommand::SignOut { user } => {
            let user = find(store, &user).await?;
            let deed =
                deed("SIGN_OUT_USER", "Signed a user out everywhere", "user sign-out", named(&user), None);
            let ended = store.end_sessions(&user.id, None).await.map_err(|error| refused(&error));
            let ended = recorder.of(deed, ended.map(|ended| (ended, json!({ "sessions": ended })))).await?;
            println!("ended {ended} sessions of {}", user.email);
        }
        UserCommand::RemoveSecondFactor { user } => {
            let user = find(store, &user).await?;
            let what = "Removed the second factor of a user";
            let deed =
                deed("RESET_USER_SECOND_FACTOR", what, "user remove-second-factor", named(&user), None);
            let removed = store.remove_totp(&user.id).await.map_err(|error| refused(&error));
            match recorder.of(deed, removed.map(alone)).await? {
                true => println!("{} signs in without a second factor now", user.email),
                false => println!("{} has no second factor", user.email),
            }
        }
        UserCommand::Connect { user, identity } => connect(store, recorder, &user, identity).await?,
        UserCommand::Disconnect { user, identity } => disconnect(store, recorder, &user, identity).await?,
        UserCommand::Identities { user } => {
            let user = find(store, &user).await?;
            let identities = store.list_identities(&user.id).await.map_err(|error| refused(&error))?;
            println!("{}", identity_table(&identities));
        }
        UserCommand::Delete { user } => {
            let user = find(store, &user).await?;
            let deed = deed("DELETE_USER", "Deleted a user", "user delete", named(&user), Some(&user));
            let deleted = store.delete_user(&user.id, Rights::all()).await.map_err(|error| refused(&error));
            recorder.of(deed, deleted.map(alone)).await?;
            println!("deleted {}", user.email);
        }
    }
    Ok(())
}

fn deed(
    name: &'static str,
    description: &'static str,
    command: &'static str,
    input: Value,
    before: Option<&User>,
) -> Deed {
    Deed { name, description, command, input, before: before.map(view).unwrap_or_default() }
}

/// A person, as the audit log names what is acted on.
fn named(user: &User) -> Value {
    json!({ "id": user.id, "email": user.email })
}

fn view(user: &User) -> Value {
    json!({
        "id": user.id, "email": user.email, "givenName": user.given_name, "familyName": user.family_name,
        "enabled": user.enabled, "role": { "id": user.role_id, "name": user.role_name },
    })
}

fn with_view(user: User) -> (User, Value) {
    let view = view(&user);
    (user, view)
}

/// Nothing to show is there afterwards.
fn alone<T>(value: T) -> (T, Value) {
    (value, Value::Null)
}

#[expect(clippy::print_stdout, reason = "results go to stdout")]
async fn connect(
    store: &Store,
    recorder: &Recorder,
    email: &str,
    identity: IdentityArgs,
) -> Result<(), Failure> {
    let (user, identity) = (find(store, email).await?, identity_of(identity)?);
    let what = "Let a user in by an identity that a provider vouches for";
    let input = with_identity(&user, &identity);
    let deed = deed("CONNECT_USER_IDENTITY", what, "user connect", input, Some(&user));
    let connected = store.connect_identity(&user.id, identity).await.map_err(|error| refused(&error));
    let user = recorder.of(deed, connected.map(with_view)).await?;
    println!("{} may come in by it", user.email);
    Ok(())
}

#[expect(clippy::print_stdout, reason = "results go to stdout")]
async fn disconnect(
    store: &Store,
    recorder: &Recorder,
    email: &str,
    identity: IdentityArgs,
) -> Result<(), Failure> {
    let (user, identity) = (find(store, email).await?, identity_of(identity)?);
    let what = "Took an identity that a provider vouches for from a user";
    let input = with_identity(&user, &identity);
    let deed = deed("DISCONNECT_USER_IDENTITY", what, "user disconnect", input, Some(&user));
    let done = match store.disconnect_identity(&user.id, identity).await {
        Ok(true) => Ok(((), Value::Null)),
        Ok(false) => {
            let email = &user.email;
            let hint = format!("`margay user identities {email}` shows which there are");
            Err(Failure::Usage(format!("{email} has no such identity; {hint}")))
        }
        Err(error) => Err(refused(&error)),
    };
    recorder.of(deed, done).await?;
    println!("{} does not come in by it any more", user.email);
    Ok(())
}

fn with_identity(user: &User, identity: &Identity) -> Value {
    let Identity { issuer, subject } = identity;
    json!({ "id": user.id, "email": user.email, "issuer": issuer, "subject": subject })
}

fn identity_of(args: IdentityArgs) -> Result<Identity, Failure> {
    let IdentityArgs { issuer, subject } = args;
    if issuer.is_empty() || subject.is_empty() {
        return Err(Failure::Usage("`--issuer` and `--subject` must not be empty".to_owned()));
    }
    Ok(Identity { issuer, subject })
}

/// What was asked for cannot be had, or the database does not work.
fn refused(error: &StoreError) -> Failure {
    match error.kind() {
        StoreErrorKind::Invalid | StoreErrorKind::Conflict | StoreErrorKind::NotFound => {
            Failure::Usage(error.to_string())
        }
        _ => Failure::operation("cannot do this", error),
    }
}

async fn list(store: &Store) -> Result<Vec<User>, Failure> {
    let filter = UserFilter { include_disabled: true, ..UserFilter::default() };
    let (mut users, mut cursor) = (Vec::new(), None);
    loop {
        let page = PageRequest { cursor, limit: PAGE };
        let page = store.list_users(&filter, &page).await.map_err(|error| refused(&error))?;
        users.extend(page.items);
        cursor = page.next;
        if cursor.is_none() {
            return Ok(users);
        }
    }
}

async fn find(store: &Store, email: &str) -> Result<User, Failure> {
    let filter =
        UserFilter { email: Some(email.to_owned()), include_disabled: true, ..UserFilter::default() };
    let page = PageRequest { cursor: None, limit: 1 };
    let mut page = store.list_users(&filter, &page).await.map_err(|error| refused(&error))?;
    page.items.pop().ok_or_else(|| {
        Failure::Usage(format!("nobody has the address `{email}`; `margay user list` shows who there is"))
    })
}

async fn link(store: &Store, config: &Config, user: &User) -> Result<String, Failure> {
    let made = store.create_password_link(&user.id, Rights::all()).await;
    let (value, _) = made.map_err(|error| refused(&error))?;
    Ok(console_link(config, None, &format!("welcome#{}", value.expose_secret())))
}

#[expect(clippy::print_stdout, reason = "results go to stdout")]
async fn switch(store: &Store, recorder: &Recorder, email: &str, enabled: bool) -> Result<(), Failure> {
    let user = find(store, email).await?;
    let (what, command) = match enabled {
        true => ("Let a user in again", "user enable"),
        false => ("Kept a user out", "user disable"),
    };
    let mut input = named(&user);
    input["enabled"] = enabled.into();
    let deed = deed("UPDATE_USER", what, command, input, Some(&user));
    let form = UserForm { enabled: Some(enabled), ..UserForm::default() };
    let changed = store.update_user(&user.id, form, Rights::all()).await.map_err(|error| refused(&error));
    recorder.of(deed, changed.map(with_view)).await?;
    println!("{} {}", if enabled { "enabled" } else { "disabled" }, user.email);
    Ok(())
}

fn identity_table(identities: &[StoredIdentity]) -> Table {
    let mut table = Table::new();
    table.load_preset(comfy_table::presets::NOTHING);
    table.set_header(["ISSUER", "SUBJECT", "SINCE", "LAST USED"]);
    for StoredIdentity { identity, created_at, last_used_at } in identities {
        let last = last_used_at.map_or_else(|| "-".to_owned(), model::format_aws_date_time);
        let since = model::format_aws_date_time(*created_at);
        table.add_row([identity.issuer.clone(), identity.subject.clone(), since, last]);
    }
    table
}

fn table(users: &[User]) -> Table {
    let mut table = Table::new();
    table.load_preset(comfy_table::presets::NOTHING);
    table.set_header(["EMAIL", "NAME", "ROLE", "STATUS", "ENABLED", "INVITED", "LAST LOGIN", "ID"]);
    let time = |at: Option<Timestamp>| at.map_or_else(|| "-".to_owned(), model::format_aws_date_time);
    for user in users {
        table.add_row([
            user.email.clone(),
            format!("{} {}", user.given_name, user.family_name),
            user.role_name.clone(),
            user.status.to_string(),
            if user.enabled { "yes" } else { "no" }.to_owned(),
            time(Some(user.created_at)),
            time(user.last_login_at),
            user.id.clone(),
        ]);
    }
    table
}
