//! `margay download`: what was made by the API, as files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use content::archive::{ArchiveFile, read_archive};

use super::client::Client;
use super::plan::strange;
use super::working;
use crate::cli::{DownloadArgs, Global};
use crate::commands::output::{Results, start};
use crate::config;
use crate::failure::Failure;

/// So many files are named in a message.
const NAMED_MAX: usize = 5;

/// Writes everything made by the API below a folder, all files or none.
pub(crate) fn download(global: &Global, args: &DownloadArgs) -> Result<(), Failure> {
    let config = start(global)?;
    let client = Client::new(&config, &config::process_environment(), &args.remote)?;
    let bar = working(global, format!("downloading from {}", client.base()));
    let files = fetch(&client);
    bar.finish_and_clear();
    let files = files?;
    std::fs::create_dir_all(&args.dir).map_err(|error| unwritten(&args.dir, &error))?;
    let root = std::fs::canonicalize(&args.dir).map_err(|error| unwritten(&args.dir, &error))?;
    let (mut wanted, mut in_the_way) = (Vec::new(), Vec::new());
    for (path, data) in &files {
        let target = root.join(path);
        refuse_links(&root, &target)?;
        match std::fs::read(&target) {
            Ok(there) if there == *data => continue,
            Ok(_) => in_the_way.push(path.as_str()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(unwritten(&target, &error)),
        }
        wanted.push((target, data));
    }
    if !in_the_way.is_empty() && !args.force {
        let named = in_the_way.iter().take(NAMED_MAX).map(|path| format!("`{path}`")).collect::<Vec<_>>();
        let more = if in_the_way.len() > NAMED_MAX { ", …" } else { "" };
        return Err(Failure::Operation(format!(
            "{} files in `{}` differ from those of the server ({}{more}), and nothing was written; name another \
             folder, or replace them with --force",
            in_the_way.len(),
            args.dir.display(),
            named.join(", ")
        )));
    }
    for (target, data) in &wanted {
        write(target, data).map_err(|error| unwritten(target, &error))?;
    }
    let mut results = Results::open();
    let same = files.len() - wanted.len();
    let same = if same == 0 { String::new() } else { format!(", {same} were there already") };
    results.text(&format!("{} files written to {}{same}\n", wanted.len(), args.dir.display()))?;
    results.flush()
}

/// The files of both archives: items, and the project.
fn fetch(client: &Client) -> Result<BTreeMap<String, Vec<u8>>, Failure> {
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for origin in ["api", "pypanther"] {
        let zip = client.get(&format!("/content/download?origin={origin}"))?;
        // Nothing that leads out of the folder gets through here.
        let read = read_archive(&zip).map_err(|error| strange(client, &error.message))?;
        for ArchiveFile { path, data } in read {
            if files.contains_key(&path) {
                let message =
                    format!("an item and the project both have the file `{path}`; rename one of them");
                return Err(strange(client, &message));
            }
            files.insert(path, data);
        }
    }
    Ok(files)
}

/// A link that lies in the folder must not lead files out of it.
fn refuse_links(root: &Path, target: &Path) -> Result<(), Failure> {
    let mut place = target.to_owned();
    while place != *root {
        if std::fs::symlink_metadata(&place).is_ok_and(|metadata| metadata.file_type().is_symlink()) {
            let message =
                format!("`{}` is a link, and nothing is written through links; remove it", place.display());
            return Err(Failure::Operation(message));
        }
        if !place.pop() {
            break;
        }
    }
    Ok(())
}

fn write(target: &PathBuf, data: &[u8]) -> std::io::Result<()> {
    if let Some(folder) = target.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(target, data)
}

fn unwritten(path: &Path, error: &std::io::Error) -> Failure {
    Failure::Operation(format!(
        "cannot write `{}`: {error}; look at its folder, or name another",
        path.display()
    ))
}
