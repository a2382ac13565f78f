//! `margay backup` and `margay restore`: everything that the server keeps, in one file.
//!
//! A backup is a consistent copy of the database and of the journal. The journal is copied first: whatever the
//! copied database has not processed yet is then in the copied journal, unless it was accepted after the backup
//! began. The key file of stored secrets is not in it, so that a backup alone gives nothing away.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use journal::{JOURNAL_FILE, Journal, JournalConfig};
use serde_json::{Value, json};
use stdx::{Clock, SystemClock};
use store::{DATABASE_FILE, Store};

use super::archive::{self, Manifest};
use super::output::complain;
use crate::cli::{BackupArgs, Global, RestoreArgs};
use crate::config::{self, Config};
use crate::failure::Failure;
use crate::recorder::{Deed, Recorder};
use crate::server::{keep_files_private, lock, runtime};

/// What a backup holds.
const FILES: [&str; 2] = [DATABASE_FILE, JOURNAL_FILE];
/// Folder of the journal in the data directory.
const JOURNAL_FOLDER: &str = "journal";
/// Lies in the data directory while files are exchanged; `serve` refuses to start then.
pub(crate) const UNFINISHED: &str = "restore-unfinished";

/// Writes a backup of the data directory, also while a server runs on it.
pub(crate) fn backup(global: &Global, args: &BackupArgs) -> Result<(), Failure> {
    let config = config::load(global, None, &config::process_environment())?;
    keep_files_private();
    let BackupArgs { file, force } = args;
    if file.exists() && !force {
        let message = format!("`{}` exists; choose another name, or replace it with --force", file.display());
        return Err(Failure::Usage(message));
    }
    if !config.data_dir.join(DATABASE_FILE).exists() {
        let message = format!("no database in the data directory `{}`", config.data_dir.display());
        return Err(Failure::Operation(message));
    }
    let cannot = |error: &dyn std::fmt::Display| {
        Failure::Operation(format!("cannot write the backup `{}`: {error}", file.display()))
    };
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Beside the backup: there is room for it there.
    let copies = tempfile::Builder::new()
        .prefix(".margay-backup-")
        .tempdir_in(folder)
        .map_err(|error| cannot(&error))?;
    let clock = SystemClock;
    let created_at = model::format_aws_date_time(clock.now());
    let progress = Progress::start(global, "copying the database");
    let has_journal = runtime()?.block_on(async {
        let journal = config.data_dir.join(JOURNAL_FOLDER);
        let has_journal = journal::copy_journal(&journal, &copies.path().join(JOURNAL_FILE))
            .await
            .map_err(|error| Failure::operation("cannot copy the journal", &error))?;
        store::copy_database(&config.data_dir, &copies.path().join(DATABASE_FILE))
            .await
            .map_err(|error| Failure::operation("cannot copy the database", &error))?;
        Ok::<bool, Failure>(has_journal)
    })?;
    let names = if has_journal { &FILES[..] } else { &FILES[..1] };
    let total: u64 =
        names.iter().map(|name| copies.path().join(name).metadata().map_or(0, |file| file.len())).sum();
    // Each is read twice: for its digest, and into the archive.
    progress.measure("packing", total * 2);
    let packed = tempfile::Builder::new()
        .prefix(".margay-backup-")
        .tempfile_in(folder)
        .map_err(|error| cannot(&error))?;
    let archive = packed.as_file().try_clone().map_err(|error| cannot(&error))?;
    let manifest = archive::write(archive, copies.path(), names, created_at, &|bytes| progress.step(bytes))
        .map_err(|error| cannot(&error))?;
    if *force {
        packed.persist(file).map_err(|error| cannot(&error.error))?;
    } else {
        packed.persist_noclobber(file).map_err(|error| cannot(&error.error))?;
    }
    sync(folder).map_err(|error| cannot(&error))?;
    progress.end();
    let packed = file.metadata().map_or(0, |file| file.len());
    say(&format!(
        "{}: {} of data in {}",
        file.display(),
        bytesize::ByteSize(manifest.bytes()),
        bytesize::ByteSize(packed)
    ));
    if config.key_file.exists() && !global.quiet {
        complain(&format!(
            "stored secrets stay encrypted: keep the key file `{}` apart from the backup",
            config.key_file.display()
        ));
    }
    Ok(())
}

/// Puts a backup into the data directory of a server that does not run.
pub(crate) fn restore(global: &Global, args: &RestoreArgs) -> Result<(), Failure> {
    let config = config::load(global, None, &config::process_environment())?;
    keep_files_private();
    let RestoreArgs { file, force } = args;
    let data_dir = &config.data_dir;
    let cannot = |error: &dyn std::fmt::Display| {
        Failure::Operation(format!("cannot restore `{}`: {error}", file.display()))
    };
    let manifest = archive::manifest(file).map_err(|error| cannot(&error))?;
    let _lock = lock(data_dir)?;
    let is_unfinished = data_dir.join(UNFINISHED).exists();
    if data_dir.join(DATABASE_FILE).exists() && !force && !is_unfinished {
        return Err(Failure::Usage(format!(
            "the data directory `{}` has a database; move it aside with --force",
            data_dir.display()
        )));
    }
    let fresh =
        tempfile::Builder::new().prefix("restore-").tempdir_in(data_dir).map_err(|error| cannot(&error))?;
    let progress = Progress::start(global, "unpacking");
    progress.measure("unpacking", manifest.bytes());
    archive::unpack(file, fresh.path(), &FILES, &|bytes| progress.step(bytes))
        .map_err(|error| cannot(&error))?;
    progress.measure("bringing it up to date", 0);
    if manifest.has(JOURNAL_FILE) {
        let folder = fresh.path().join(JOURNAL_FOLDER);
        let moved = std::fs::create_dir(&folder)
            .and_then(|()| std::fs::rename(fresh.path().join(JOURNAL_FILE), folder.join(JOURNAL_FILE)));
        moved.map_err(|error| cannot(&error))?;
    }
    runtime()?.block_on(open_once(fresh.path(), &config, &manifest)).map_err(|failure| cannot(&failure))?;
    let aside = exchange(data_dir, fresh.path()).map_err(|error| cannot(&error))?;
    progress.end();
    say(&format!(
        "{}: restored what was backed up at {} by Margay {}",
        data_dir.display(),
        manifest.created_at,
        manifest.program
    ));
    if let Some(aside) = aside.filter(|_| !global.quiet) {
        complain(&format!("what was there before is in `{}`; remove it when all is well", aside.display()));
    }
    if !config.key_file.exists() && !global.quiet {
        complain(&format!(
            "there is no key file `{}`: put it back, or stored secrets cannot be read",
            config.key_file.display()
        ));
    }
    Ok(())
}

/// Opens both, so that what cannot be used is refused before anything is exchanged, and what is older is brought
/// up to date.
async fn open_once(folder: &Path, config: &Config, manifest: &Manifest) -> Result<(), Failure> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let store = Store::open(folder, Arc::clone(&clock))
        .await
        .map(Arc::new)
        .map_err(|error| Failure::operation("its database cannot be opened", &error))?;
    let position = store.position().await;
    let recorded = record(&store, config, manifest).await;
    store.close().await;
    recorded?;
    let position = position.map_err(|error| Failure::operation("its database cannot be read", &error))?;
    let config = JournalConfig { position, ..JournalConfig::new(folder.join(JOURNAL_FOLDER)) };
    let journal = Journal::open(config, clock)
        .await
        .map_err(|error| Failure::operation("its journal cannot be opened", &error))?;
    journal.close().await.map_err(|error| Failure::operation("its journal cannot be closed", &error))
}

/// Writes down in the restored audit log that it was restored. Without its key the entry could not be sealed, and
/// would cast doubt on all that follow.
async fn record(store: &Arc<Store>, config: &Config, manifest: &Manifest) -> Result<(), Failure> {
    if !config.key_file.exists() {
        return Ok(());
    }
    let Manifest { program, created_at, .. } = manifest;
    let deed = Deed {
        name: "RESTORE_BACKUP",
        description: "Restored a backup",
        command: "restore",
        input: json!({ "createdAt": created_at, "program": program }),
        before: Value::Null,
    };
    Recorder::new(store, config).of(deed, Ok(((), Value::Null))).await
}

/// Moves what is there aside and the new files in; answers the folder of the old ones.
fn exchange(data_dir: &Path, fresh: &Path) -> io::Result<Option<PathBuf>> {
    let mark = data_dir.join(UNFINISHED);
    File::create(&mark)?.sync_all()?;
    sync(data_dir)?;
    let time = model::format_aws_date_time(SystemClock.now()).replace(':', "");
    let aside = data_dir.join(format!("before-restore-{time}"));
    let mut has_moved = false;
    for name in [DATABASE_FILE, "margay.db-wal", "margay.db-shm", JOURNAL_FOLDER] {
        let old = data_dir.join(name);
        if old.exists() {
            if !has_moved {
                std::fs::create_dir(&aside)?;
            }
            has_moved = true;
            std::fs::rename(old, aside.join(name))?;
        }
    }
    for name in [JOURNAL_FOLDER, DATABASE_FILE] {
        if fresh.join(name).exists() {
            std::fs::rename(fresh.join(name), data_dir.join(name))?;
        }
    }
    sync(data_dir)?;
    std::fs::remove_file(&mark)?;
    sync(data_dir)?;
    Ok(has_moved.then_some(aside))
}

fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[expect(clippy::print_stdout, reason = "results go to stdout")]
fn say(line: &str) {
    println!("{line}");
}

/// How far it is, on a terminal.
struct Progress(ProgressBar);

impl Progress {
    fn start(global: &Global, what: &'static str) -> Progress {
        let target = if global.quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let bar = ProgressBar::with_draw_target(None, target).with_message(what);
        bar.enable_steady_tick(Duration::from_millis(100));
        Progress(bar)
    }

    fn measure(&self, what: &'static str, bytes: u64) {
        let style = ProgressStyle::with_template("{msg} {bar:40} {bytes} of {total_bytes}, {eta} left");
        if let Ok(style) = style
            && bytes > 0
        {
            self.0.set_style(style);
        }
        self.0.set_position(0);
        self.0.set_length(bytes);
        self.0.set_message(what);
    }

    fn step(&self, bytes: u64) {
        self.0.inc(bytes);
    }

    fn end(&self) {
        self.0.finish_and_clear();
    }
}
