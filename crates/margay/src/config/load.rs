//! Finding and reading the file, then laying environment and command line over it.

use std::path::{Path, PathBuf};

use super::wire::ConfigWire;
use super::{Config, ConfigError, Environment, validate, values};
use crate::cli::Global;

/// File that is read when it exists and nothing else is named.
const DEFAULT_FILE: &str = "margay.yaml";

/// All environment variables of this process.
pub(crate) fn process_environment() -> Environment {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

/// Reads the configuration: file, then environment, then command line.
///
/// # Errors
/// When a named file cannot be read, or anything in it is unknown or illegal.
pub(crate) fn load(
    global: &Global,
    listen: Option<&str>,
    environment: &Environment,
) -> Result<Config, ConfigError> {
    let named = global.config.clone().or_else(|| environment.get("MARGAY_CONFIG").map(PathBuf::from));
    let file = named.or_else(|| Path::new(DEFAULT_FILE).exists().then(|| PathBuf::from(DEFAULT_FILE)));
    let with_file = |error: ConfigError| ConfigError { file: file.clone(), ..error };
    let mut wire = match &file {
        Some(file) => read(file).map_err(with_file)?,
        None => ConfigWire::default(),
    };
    let overlay = |name: &str| environment.get(name).cloned();
    wire.listen = listen.map(str::to_owned).or_else(|| overlay("MARGAY_LISTEN")).or(wire.listen);
    wire.external_url = overlay("MARGAY_EXTERNAL_URL").or(wire.external_url);
    wire.log.level = overlay("MARGAY_LOG").or(wire.log.level);
    let base = file.as_deref().and_then(Path::parent).unwrap_or(Path::new("")).to_owned();
    let data_dir = global
        .data_dir
        .clone()
        .or_else(|| overlay("MARGAY_DATA_DIR").map(PathBuf::from))
        .or_else(|| wire.data_dir.take().map(|dir| base.join(dir)));
    let mut config = validate::validate(wire, &base, data_dir, environment).map_err(with_file)?;
    config.declared.file = file;
    Ok(config)
}

fn read(file: &Path) -> Result<ConfigWire, ConfigError> {
    let text = std::fs::read_to_string(file).map_err(|error| {
        ConfigError::at("", format!("cannot read the configuration: {error}; name another with --config"))
    })?;
    parse(&text)
}

pub(super) fn parse(text: &str) -> Result<ConfigWire, ConfigError> {
    if text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#')) {
        return Ok(ConfigWire::default());
    }
    let mut track = serde_path_to_error::Track::new();
    let parsed = serde_saphyr::with_deserializer_from_str(text, |deserializer| {
        use serde::Deserialize;
        ConfigWire::deserialize(serde_path_to_error::Deserializer::new(deserializer, &mut track))
    });
    parsed.map_err(|error| {
        let path = track.path().to_string();
        let path = if path == "." { String::new() } else { path };
        explain(&path, &error)
    })
}

/// Turns a parse error into one with the near miss of an unknown key, keeping the line.
fn explain(path: &str, error: &serde_saphyr::Error) -> ConfigError {
    let error = error.without_snippet();
    let at = error.location().map_or_else(String::new, |location| format!("line {}: ", location.line()));
    let serde_saphyr::Error::SerdeUnknownField { field: unknown, expected: known, .. } = error else {
        return ConfigError::at(path, format!("{at}{error}"));
    };
    let message = match values::near_miss(unknown, known.iter().copied()) {
        Some(near) => format!("{at}unknown key `{unknown}`; did you mean `{near}`?"),
        None => format!("{at}unknown key `{unknown}`; known keys are {}", known.join(", ")),
    };
    let path = match path {
        "" => unknown.clone(),
        path if path.rsplit('.').next() == Some(unknown) => path.to_owned(),
        path => format!("{path}.{unknown}"),
    };
    ConfigError::at(&path, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_key_names_its_path_and_the_near_miss() {
        let error = parse("destinations:\n  - name: a\n    typ: slack\n").unwrap_err();
        assert_eq!(error.path, "destinations[0].typ");
        assert!(error.message.contains("did you mean `type`?"), "{error}");
        assert!(error.message.contains("line 3"), "{error}");
    }

    #[test]
    fn a_wrong_type_names_its_path() {
        let error = parse("python:\n  workers: many\n").unwrap_err();
        assert_eq!(error.path, "python.workers", "{error}");
    }

    #[test]
    fn an_empty_file_is_all_defaults() {
        assert!(parse("# nothing\n").is_ok());
    }
}
