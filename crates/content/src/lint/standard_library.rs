//! The modules of Python's standard library, by version.

/// `name`, or `name first-last` for a module that not every version from 3.9 to 3.13 has; either end may be
/// left out.
///
/// Source: `sys.stdlib_module_names` of CPython 3.10 to 3.13, and for 3.9 the lists of the package
/// `stdlib-list`.
const MODULES: &str = include_str!("standard_library.txt");

/// Whether the standard library of a version has a module of this (first) name.
pub(crate) fn has(name: &str, version: (u8, u8)) -> bool {
    MODULES.lines().any(|line| match line.split_once(' ') {
        None => line == name,
        Some((module, versions)) => module == name && lasts(versions, version),
    })
}

/// What became of a module that another version has, for a message.
pub(crate) fn elsewhere(name: &str) -> Option<String> {
    let (_, versions) =
        MODULES.lines().filter_map(|line| line.split_once(' ')).find(|(module, _)| *module == name)?;
    let (first, last) = versions.split_once('-')?;
    Some(match (first, last) {
        ("", last) => format!("Python had it up to {last}"),
        (first, "") => format!("Python has it from {first} on"),
        (first, last) => format!("Python had it from {first} to {last}"),
    })
}

fn lasts(versions: &str, version: (u8, u8)) -> bool {
    let Some((first, last)) = versions.split_once('-') else { return false };
    parse(first).is_none_or(|first| version >= first) && parse(last).is_none_or(|last| version <= last)
}

fn parse(version: &str) -> Option<(u8, u8)> {
    let (major, minor) = version.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_come_and_go() {
        for version in 9..=13 {
            assert!(
                has("json", (3, version)) && has("unittest", (3, version)) && has("zoneinfo", (3, version))
            );
            assert!(!has("requests", (3, version)) && !has("", (3, version)));
            assert_eq!(has("distutils", (3, version)), version <= 11);
            assert_eq!(has("telnetlib", (3, version)), version <= 12);
            assert_eq!(has("tomllib", (3, version)), version >= 11);
        }
        assert_eq!(elsewhere("distutils").as_deref(), Some("Python had it up to 3.11"));
        assert_eq!(elsewhere("json"), None);
    }

    #[test]
    fn every_line_has_a_name_and_at_most_one_range() {
        for line in MODULES.lines() {
            let mut parts = line.split(' ');
            let name = parts.next().unwrap();
            assert!(
                !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'),
                "{line}"
            );
            if let Some(versions) = parts.next() {
                let (first, last) = versions.split_once('-').unwrap();
                assert!(parse(first).is_some() || parse(last).is_some(), "{line}");
            }
            assert_eq!(parts.next(), None, "{line}");
        }
    }
}
