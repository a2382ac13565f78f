//! The small grammars inside configuration values: durations, sizes, rates, secrets.

use std::path::Path;
use std::time::Duration;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use super::{ConfigError, Environment};

/// Reads `5s`, `15m`, `72h`, `30d`.
pub(super) fn duration(path: &str, text: &str) -> Result<Duration, ConfigError> {
    humantime::parse_duration(text)
        .map_err(|_| ConfigError::value(path, text, "a duration such as `5s`, `15m`, `72h` or `30d`"))
}

/// Reads a duration of at least `min`.
pub(super) fn duration_from(path: &str, text: &str, min: Duration) -> Result<Duration, ConfigError> {
    let duration = duration(path, text)?;
    if duration < min {
        let expected = format!("at least `{}`", humantime::format_duration(min));
        return Err(ConfigError::value(path, text, &expected));
    }
    Ok(duration)
}

/// Checks a log level such as `info`, or a filter such as `info,delivery=debug`.
///
/// A word alone is a level: read as a target, a misspelt level would silence everything else.
pub(super) fn log_filter(path: &str, text: &str) -> Result<(), ConfigError> {
    const LEVELS: [&str; 6] = ["error", "warn", "info", "debug", "trace", "off"];
    // A word such as `[span{field=value}]=debug` is for the filter's own parser.
    for word in text.split(',').map(str::trim).filter(|word| !word.contains('[')) {
        let level = word.rsplit_once('=').map_or(word, |(_, level)| level.trim());
        if !level.is_empty() && level.parse::<LevelFilter>().is_ok() {
            continue;
        }
        let expected =
            "a level (error, warn, info, debug, trace, off) or a filter such as `info,delivery=debug`";
        return Err(match near_miss(&level.to_ascii_lowercase(), LEVELS) {
            Some(near) => ConfigError::at(path, format!("`{level}` is no level; did you mean `{near}`?")),
            None => ConfigError::value(path, word, expected),
        });
    }
    EnvFilter::try_new(text)
        .map(|_| ())
        .map_err(|error| ConfigError::value(path, text, &format!("a level or filter: {error}")))
}

/// Reads `10GiB` (2³⁰), `1MB` (10⁶) or a plain number of bytes.
pub(super) fn size(path: &str, text: &str) -> Result<u64, ConfigError> {
    text.parse::<bytesize::ByteSize>()
        .map(|size| size.as_u64())
        .map_err(|_| ConfigError::value(path, text, "a size such as `1MB` (10⁶ bytes) or `512MiB` (2²⁰)"))
}

/// Reads `60/min`, `1000/h`, `10/s`; `none`, `0` and `0/…` mean no limit.
pub(super) fn rate(path: &str, text: &str) -> Result<Option<(u64, Duration)>, ConfigError> {
    if text == "none" || text == "0" {
        return Ok(None);
    }
    let expected = "a rate such as `60/min`, `1000/h` or `10/s`, or `none`";
    let refuse = || ConfigError::value(path, text, expected);
    let (count, unit) = text.split_once('/').ok_or_else(refuse)?;
    let count: u64 = count.trim().parse().map_err(|_| refuse())?;
    let per = match unit.trim() {
        "s" | "sec" | "second" => 1,
        "m" | "min" | "minute" => 60,
        "h" | "hour" => 3600,
        "d" | "day" => 86_400,
        _ => return Err(refuse()),
    };
    Ok((count > 0).then_some((count, Duration::from_secs(per))))
}

/// Replaces `${NAME}` by the environment variable of that name and `$$` by a dollar.
pub(super) fn expand(path: &str, text: &str, environment: &Environment) -> Result<String, ConfigError> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            out.push('$');
            rest = after;
        } else if let Some(after) = rest.strip_prefix('{') {
            let (name, after) = after.split_once('}').ok_or_else(|| {
                ConfigError::at(path, "`${` without `}`; write `$$` for a dollar".to_owned())
            })?;
            let value = environment.get(name).ok_or_else(|| {
                ConfigError::at(path, format!("the environment variable `{name}` is not set"))
            })?;
            out.push_str(value);
            rest = after;
        } else {
            out.push('$');
        }
    }
    out.push_str(rest);
    Ok(out)
}

/// A secret given as `key` (with `${NAME}`) or as `key_file`; exactly one, unless neither is.
pub(super) fn secret(
    path: &str,
    inline: Option<&str>,
    file: Option<&Path>,
    base: &Path,
    environment: &Environment,
) -> Result<Option<String>, ConfigError> {
    match (inline, file) {
        (Some(_), Some(_)) => {
            Err(ConfigError::at(path, format!("`{path}` and `{path}_file` are both given; keep one")))
        }
        (Some(text), None) => expand(path, text, environment).map(Some),
        (None, Some(file)) => secret_file(path, &base.join(file)).map(Some),
        (None, None) => Ok(None),
    }
}

/// Reads a secret from a file; one trailing line end is not part of it.
pub(super) fn secret_file(path: &str, file: &Path) -> Result<String, ConfigError> {
    let text = std::fs::read_to_string(file).map_err(|error| {
        ConfigError::at(&format!("{path}_file"), format!("cannot read `{}`: {error}", file.display()))
    })?;
    Ok(text
        .strip_suffix('\n')
        .map_or(text.as_str(), |text| text.strip_suffix('\r').unwrap_or(text))
        .to_owned())
}

/// The nearest legal word, when one is near.
pub(crate) fn near_miss<'a>(word: &str, legal: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    legal
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= 2.max(candidate.len() / 4))
        .min()
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_tell_decimal_from_binary() {
        assert_eq!(size("x", "1MB").unwrap(), 1_000_000);
        assert_eq!(size("x", "512MiB").unwrap(), 512 << 20);
        assert!(size("x", "much").is_err());
    }

    #[test]
    fn log_levels_and_filters() {
        for good in ["info", "WARN", "off", "info,delivery=debug", "delivery=trace", "info,[span{a=1}]=debug"]
        {
            assert_eq!(log_filter("log.level", good), Ok(()), "{good}");
        }
        for (bad, word) in [
            ("infoo", "did you mean `info`?"),
            ("infoo,delivery=debug", "did you mean `info`?"),
            ("info,delivery=debgu", "did you mean `debug`?"),
            ("warning", "or a filter"),
            ("info,delivery", "`delivery` is not a level"),
            ("", "or a filter"),
            ("infoo,[span]=debug", "did you mean `info`?"),
            ("[", "`[`"),
        ] {
            let error = log_filter("log.level", bad).unwrap_err();
            assert_eq!(error.path, "log.level");
            assert!(error.message.contains(word), "{bad}: {error}");
        }
    }

    #[test]
    fn rates() {
        assert_eq!(rate("x", "60/min").unwrap(), Some((60, Duration::from_secs(60))));
        assert_eq!(rate("x", "none").unwrap(), None);
        assert_eq!(rate("x", "0").unwrap(), None);
        assert!(rate("x", "60").is_err());
    }

    #[test]
    fn environment_variables_and_dollars() {
        let environment = Environment::from([("TOKEN".to_owned(), "abc".to_owned())]);
        assert_eq!(expand("x", "${TOKEN}-$$5-$x", &environment).unwrap(), "abc-$5-$x");
        let error = expand("sources[0].auth.token", "${TOKN}", &environment).unwrap_err();
        assert!(error.to_string().contains("`TOKN`"), "{error}");
    }

    #[test]
    fn near_misses() {
        assert_eq!(near_miss("webhok_url", ["webhook_url", "headers"]), Some("webhook_url"));
        assert_eq!(near_miss("zzz", ["webhook_url", "headers"]), None);
    }
}
