//! The embedded files of the console, each with what the build compressed beside it.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, header};

/// Everything that was in `console/dist` when the crate was built, by name.
const EMBEDDED: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/console_files.rs"));

/// How a file is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    /// `.br`
    Brotli,
    /// `.gz`
    Gzip,
    /// As it is.
    Plain,
}

impl Encoding {
    /// Best first.
    const ALL: [Encoding; 3] = [Encoding::Brotli, Encoding::Gzip, Encoding::Plain];

    /// As HTTP names it.
    pub(super) fn name(self) -> Option<&'static str> {
        match self {
            Encoding::Brotli => Some("br"),
            Encoding::Gzip => Some("gzip"),
            Encoding::Plain => None,
        }
    }

    fn ending(self) -> &'static str {
        match self {
            Encoding::Brotli => ".br",
            Encoding::Gzip => ".gz",
            Encoding::Plain => "",
        }
    }

    /// What a caller takes, best first.
    pub(super) fn accepted(headers: &HeaderMap) -> Vec<Encoding> {
        let accept = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
        let takes = |encoding: &Encoding| match encoding.name() {
            None => true,
            Some(name) => accept.unwrap_or_default().split(',').any(|one| {
                let mut parts = one.split(';').map(str::trim);
                let is_it = parts.next().is_some_and(|word| word.eq_ignore_ascii_case(name));
                is_it && !parts.any(is_zero)
            }),
        };
        Encoding::ALL.into_iter().filter(takes).collect()
    }
}

/// `q=0`, which means "not this".
fn is_zero(parameter: &str) -> bool {
    parameter.strip_prefix("q=").is_some_and(|weight| weight.parse::<f32>().is_ok_and(|weight| weight == 0.0))
}

/// One file as it is sent.
#[derive(Clone, Copy)]
pub(super) struct File {
    pub(super) bytes: &'static [u8],
    pub(super) kind: &'static str,
    pub(super) encoding: Encoding,
}

/// Files by name.
pub(super) struct Files(BTreeMap<&'static str, &'static [u8]>);

impl Files {
    /// Those of this build.
    pub(super) fn embedded() -> Files {
        Files(EMBEDDED.iter().copied().collect())
    }

    #[cfg(test)]
    pub(super) fn of(files: &[(&'static str, &'static [u8])]) -> Files {
        Files(files.iter().copied().collect())
    }

    /// Whether the server was built without the console.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The file of this name in the first encoding that there is. The packed ones have no name of their own.
    pub(super) fn find(&self, name: &str, accepted: &[Encoding]) -> Option<File> {
        if name.ends_with(".br") || name.ends_with(".gz") {
            return None;
        }
        let kind = kind_of(name);
        accepted.iter().find_map(|&encoding| {
            let bytes = self.0.get(format!("{name}{}", encoding.ending()).as_str()).copied()?;
            Some(File { bytes, kind, encoding })
        })
    }
}

fn kind_of(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("woff2") => "font/woff2",
        Some("json") => "application/json",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
