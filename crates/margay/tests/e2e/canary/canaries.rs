//! Values that must not be found anywhere, and the search for them.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// Secrets that were given away, each with what it is.
#[derive(Default)]
pub(super) struct Canaries(Vec<Canary>);

struct Canary {
    what: String,
    /// The value as it may show.
    forms: Vec<String>,
}

impl Canaries {
    /// A new secret of 32 letters and digits.
    pub(super) fn make(&mut self, what: &str) -> String {
        let value = format!("Cny{:03}x7QwLm4ZtRk9VbHs2PdFg8JnYc", self.0.len());
        let value = value.chars().chain(std::iter::repeat('e')).take(32).collect::<String>();
        self.learn(what, &value);
        value
    }

    /// One that Margay made.
    pub(super) fn learn(&mut self, what: &str, value: &str) {
        assert!(value.len() >= 8, "{what}: `{value}` may be found by chance");
        let mut forms = vec![value.to_owned(), hex(value), hex(value).to_uppercase()];
        // Wherever it begins within a longer text.
        for shift in 0..3 {
            let text = [&b"   "[..shift], value.as_bytes()].concat();
            let encoded = STANDARD_NO_PAD.encode(&text);
            let begins = [0, 2, 3][shift];
            let ends = encoded.len() - usize::from(text.len() % 3 != 0);
            forms.push(encoded[begins..ends].to_owned());
        }
        self.0.push(Canary { what: what.to_owned(), forms });
    }

    /// Searches an answer.
    #[track_caller]
    pub(super) fn answer(&self, place: &str, body: &str) {
        self.look(place, body.as_bytes());
    }

    /// Searches bytes.
    #[track_caller]
    pub(super) fn look(&self, place: &str, bytes: &[u8]) {
        let forms: Vec<_> =
            self.0.iter().flat_map(|canary| &canary.forms).map(|it| regex::escape(it)).collect();
        let any = regex::bytes::Regex::new(&forms.join("|")).unwrap();
        if let Some(found) = any.find(bytes) {
            let is_of = |canary: &&Canary| canary.forms.iter().any(|it| it.as_bytes() == found.as_bytes());
            let canary = self.0.iter().find(is_of).unwrap();
            let around = &bytes[found.start().saturating_sub(80)..(found.end() + 40).min(bytes.len())];
            panic!("{} is in {place}: …{}…", canary.what, String::from_utf8_lossy(around));
        }
    }

    /// Searches every file of a folder.
    #[track_caller]
    pub(super) fn folder(&self, whose: &str, folder: &Path) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                self.folder(whose, &path);
            } else {
                self.look(&format!("{whose} {}", path.display()), &std::fs::read(&path).unwrap());
            }
        }
    }
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}
