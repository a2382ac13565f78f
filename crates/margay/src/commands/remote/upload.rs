//! `margay upload`: checks, tests, shows what changes, asks, and sends it.

use std::collections::BTreeMap;
use std::io::{self, BufRead, IsTerminal, Write};
use std::path::PathBuf;

use api::UPLOAD_BYTES_MAX;
use api_types::{ContentErrorMessage, ProjectResult, UploadResult};
use content::archive::{ArchiveFile, write_archive};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::client::{Client, Trouble};
use super::local::{self, Local};
use super::plan::Plan;
use super::show::{Style, render};
use super::working;
use crate::cli::{Global, PlainFormat, UploadArgs};
use crate::commands::output::{Results, complain, content_paths, start, use_color};
use crate::commands::{check, escape, test};
use crate::config;
use crate::failure::Failure;
use crate::repository::bundle;

/// So many ids are deleted with one request.
const DELETED_AT_ONCE_MAX: usize = 2_000;
/// A longer answer to a question is none.
const REPLY_BYTES_MAX: u64 = 1 << 10;

/// Uploads what differs.
pub(crate) fn upload(global: &Global, args: &UploadArgs) -> Result<(), Failure> {
    let asks = !args.yes && !args.dry_run;
    if asks && !io::stdin().is_terminal() {
        let message = "there is no terminal to ask on; add --yes to upload without a question, or --dry-run";
        return Err(Failure::Usage(message.to_owned()));
    }
    let config = start(global)?;
    let paths = content_paths(&config, &args.paths)?;
    if args.delete_missing {
        refuse_parts(&paths)?;
    }
    let client = Client::new(&config, &config::process_environment(), &args.remote)?;
    let bar = working(global, format!("checking, and comparing with {}", client.base()));
    let read = local::read(global, &config, &paths, &check::options(&config)?, args.format);
    let compared = read.and_then(|(content, local)| {
        let plan = Plan::make(&client, &local, args.delete_missing)?;
        Ok((content, local, plan))
    });
    bar.finish_and_clear();
    let (content, local, plan) = compared?;
    let output = Output { global, format: args.format, server: client.base(), plan: &plan };
    if plan.is_empty() {
        let told = format!("nothing to change: all {} are on {} already\n", plan.unchanged(), client.base());
        return output.end("unchanged", &told, json!({}));
    }
    if !args.skip_tests
        && let Some(failures) = test::failures(global, &config, &content)?
    {
        output.end("failed", &failures.text, json!({ "tests": failures.json }))?;
        complain("margay: tests failed, so that nothing was uploaded");
        return Err(Failure::Found);
    }
    if args.format == PlainFormat::Text {
        let mut results = Results::open();
        results.text(&render(&plan, Style { color: use_color(global), shows_texts: global.verbose > 0 }))?;
        results.flush()?;
    }
    if asks && !is_confirmed(client.base())? {
        complain("margay: nothing was uploaded");
        return Err(Failure::Found);
    }
    send(global, args, &client, &local, &output)
}

/// What is missing in a part of a repository is not missing in the repository.
fn refuse_parts(paths: &[PathBuf]) -> Result<(), Failure> {
    for path in paths {
        if let Some(root) = bundle::whole_of(path)? {
            return Err(Failure::Usage(format!(
                "`{}` is a part of `{}`, so that everything else would be deleted; name the whole, or leave \
                 --delete-missing out",
                path.display(),
                root.display()
            )));
        }
    }
    Ok(())
}

fn is_confirmed(server: &str) -> Result<bool, Failure> {
    let failed = |error: io::Error| Failure::operation("cannot ask", &error);
    let mut stderr = io::stderr().lock();
    write!(stderr, "upload this to {server}? [y/N] ").and_then(|()| stderr.flush()).map_err(failed)?;
    let mut reply = String::new();
    io::Read::take(io::stdin().lock(), REPLY_BYTES_MAX).read_line(&mut reply).map_err(failed)?;
    Ok(matches!(reply.trim().to_lowercase().as_str(), "y" | "yes"))
}

fn send(
    global: &Global,
    args: &UploadArgs,
    client: &Client,
    local: &Local,
    output: &Output<'_>,
) -> Result<(), Failure> {
    let plan = output.plan;
    let query = if args.dry_run { "?dry-run=true" } else { "" };
    let zip_of = |files: BTreeMap<String, Vec<u8>>| {
        let files: Vec<_> = files.into_iter().map(|(path, data)| ArchiveFile { path, data }).collect();
        let zip = write_archive(&files).map_err(|error| Failure::Operation(error.message))?;
        if zip.len() > UPLOAD_BYTES_MAX {
            let (bytes, most) = (zip.len(), UPLOAD_BYTES_MAX >> 20);
            let message = format!(
                "the changes are an archive of {bytes} bytes, and a server takes {most} MiB; name a part of the content"
            );
            return Err(Failure::Usage(message));
        }
        Ok(zip)
    };
    let mut done = Done::default();
    let files = changed_files(local, plan);
    if !files.is_empty() {
        let zip = zip_of(files)?;
        let bar = working(global, format!("uploading to {}", client.base()));
        let answer = client.post(&format!("/content/upload{query}"), "application/zip", &zip);
        bar.finish_and_clear();
        let result: UploadResult = output.answer(answer, &done)?;
        done.change = result.change;
        done.parts.push("the items");
    }
    if let Some(project) = local.project.as_ref().filter(|_| plan.sends_project()) {
        let files = project.iter().map(|(path, text)| (path.clone(), text.clone().into_bytes()));
        let zip = zip_of(files.collect())?;
        let bar = working(global, format!("uploading the project to {}", client.base()));
        let answer = client.post(&format!("/content/project{query}"), "application/zip", &zip);
        bar.finish_and_clear();
        done.project = Some(output.answer(answer, &done)?);
        done.parts.push("the project");
    }
    let deleted = if args.dry_run { Vec::new() } else { plan.deleted() };
    for ids in deleted.chunks(DELETED_AT_ONCE_MAX) {
        let body = json!({ "ids": ids }).to_string();
        let answer = client.post("/content/delete", "application/json", body.as_bytes());
        let _deleted: Value = output.answer(answer, &done)?;
        done.parts.push("a part of the deletions");
    }
    let change = done.change.map_or_else(String::new, |change| format!(", change {change}"));
    let count = plan.changes.len();
    let items = if count == 1 { "change" } else { "changes" };
    let (status, told) = if args.dry_run {
        ("checked", format!("\n{} would take it: {count} {items}; nothing was uploaded\n", client.base()))
    } else {
        ("uploaded", format!("\nuploaded to {}: {count} {items}{change}\n", client.base()))
    };
    let told = done.project.as_ref().map_or_else(String::new, project_line) + &told;
    output.end(status, &told, json!({ "change": done.change, "project": done.project }))
}

/// The files of the items that are new or modified.
fn changed_files(local: &Local, plan: &Plan) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for (_, text) in local.items.iter().filter(|(id, _)| plan.sends(id)) {
        if let Some(file) = &text.file {
            let folder = text.path.rsplit_once('/').map(|(folder, _)| format!("{folder}/"));
            files.insert(format!("{}{}", folder.unwrap_or_default(), file.name), file.data.clone());
        }
        files.insert(text.path.clone(), text.yaml.clone().into_bytes());
    }
    files
}

fn project_line(result: &ProjectResult) -> String {
    let ProjectResult { total, new, modified, deleted } = result;
    let counts = [(total, "registered"), (new, "new"), (modified, "modified"), (deleted, "deleted")];
    let counts: Vec<String> = counts
        .iter()
        .filter(|(ids, _)| !ids.is_empty())
        .map(|(ids, word)| format!("{} {word}", ids.len()))
        .collect();
    format!("rules of the project: {}\n", counts.join(", "))
}

/// What the server did so far.
#[derive(Default)]
struct Done {
    change: Option<u64>,
    project: Option<ProjectResult>,
    parts: Vec<&'static str>,
}

/// Where results go.
struct Output<'a> {
    global: &'a Global,
    format: PlainFormat,
    server: &'a str,
    plan: &'a Plan,
}

impl Output<'_> {
    /// The last words: a text, or one object with everything.
    fn end(&self, status: &str, text: &str, more: Value) -> Result<(), Failure> {
        let mut results = Results::open();
        match self.format {
            PlainFormat::Text => results.text(text)?,
            PlainFormat::Json => {
                let Plan { kinds, changes } = self.plan;
                let mut object = json!({
                    "server": self.server, "status": status, "kinds": kinds,
                    "changes": changes.iter().map(|change| json!({
                        "what": change.what, "kind": change.kind, "id": change.id, "path": change.path,
                    })).collect::<Vec<_>>(),
                });
                if let (Some(object), Value::Object(more)) = (object.as_object_mut(), more) {
                    object.extend(more);
                }
                results.json_line(&object)?;
            }
        }
        results.flush()
    }

    /// Reads an answer; a refusal is printed file by file.
    fn answer<T: DeserializeOwned>(
        &self,
        answer: Result<Vec<u8>, Trouble>,
        done: &Done,
    ) -> Result<T, Failure> {
        if !done.parts.is_empty() && answer.is_err() {
            complain(&format!(
                "margay: {} of this upload is live already; what follows is not",
                done.parts.join(" and ")
            ));
        }
        let body = match answer {
            Ok(body) => body,
            Err(Trouble::Failed(failure)) => return Err(failure),
            Err(Trouble::Refused(refusal)) => return Err(self.refused(&refusal)),
        };
        serde_json::from_slice(&body).map_err(|error| {
            Failure::Operation(format!("`{}` gave an answer that is not understood: {error}", self.server))
        })
    }

    fn refused(&self, refusal: &ContentErrorMessage) -> Failure {
        let ContentErrorMessage { message, issues, .. } = refusal;
        let mut text = String::new();
        for issue in issues {
            text += &format!("{}: {}\n", escape::line(&issue.path), escape::line(&issue.error_message));
        }
        if issues.is_empty() {
            text = format!("{}\n", escape::line(message));
        }
        let more = json!({ "message": message, "issues": issues });
        if let Err(failure) = self.end("refused", &text, more) {
            return failure;
        }
        if !self.global.quiet {
            complain(&format!("margay: `{}` refused the upload", self.server));
        }
        Failure::Found
    }
}
