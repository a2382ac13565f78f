//! What hostile input must not do, as plain functions of bytes: each panics when a promise is broken.
//!
//! A [`Target`] is run in two ways: the tests of this crate call it on its corpus and on 10,000 inputs that
//! a seeded [`Generator`] makes of the corpus, and `make fuzz` hands it to `cargo fuzz` (see `fuzz/`).
//! Only tools depend on this crate.

mod archive;
mod correlation;
mod frames;
mod generator;
mod inflate;
mod overlay;
mod parse_batch;
mod repository;
mod saml_response;
mod schemas;
mod settings;
mod simple_detection;
mod slack;

pub use archive::archive;
pub use correlation::correlation;
pub use frames::frames;
pub use generator::Generator;
pub use inflate::inflate;
pub use overlay::overlay;
pub use parse_batch::parse_batch;
pub use repository::{content, json_path, python_code};
pub use saml_response::saml_response;
pub use schemas::schema;
pub use settings::settings;
pub use simple_detection::simple_detection;
pub use slack::slack;

/// One door through which bytes of strangers come in.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name, and that of its folder in `corpus/` and of its file in `fuzz/`.
    pub name: &'static str,
    /// Takes any bytes; panics when a promise is broken.
    pub run: fn(&[u8]),
    /// Words of its language, put into generated inputs.
    pub words: &'static [&'static str],
}

/// All targets.
pub const TARGETS: &[Target] = &[
    Target { name: "parse_batch", run: parse_batch, words: parse_batch::WORDS },
    Target { name: "inflate", run: inflate, words: &[] },
    Target {
        name: "archive",
        run: archive,
        words: &["PK\u{3}\u{4}", "PK\u{1}\u{2}", "PK\u{5}\u{6}", "../", "rules/a.yml"],
    },
    Target { name: "content", run: content, words: repository::WORDS },
    Target { name: "overlay", run: overlay, words: overlay::WORDS },
    Target { name: "python_code", run: python_code, words: repository::PYTHON_WORDS },
    Target { name: "json_path", run: json_path, words: repository::PATH_WORDS },
    Target { name: "correlation", run: correlation, words: correlation::WORDS },
    Target { name: "schema", run: schema, words: schemas::WORDS },
    Target { name: "frames", run: frames, words: frames::WORDS },
    Target { name: "settings", run: settings, words: settings::WORDS },
    Target { name: "simple_detection", run: simple_detection, words: simple_detection::WORDS },
    Target { name: "slack", run: slack, words: slack::WORDS },
    Target { name: "saml_response", run: saml_response, words: saml_response::WORDS },
];
