//! Names of log types that vendors' logs are known by in the field.
//!
//! A rule may name one of them although this installation has no schema for it yet; that is no mistake of
//! the rule. Letter case counts.

/// One name a line, sorted. Source: the public list of supported logs and the public detection library.
const NAMES: &str = include_str!("log_types.txt");

/// Whether the field knows a log type of this name.
pub(crate) fn is_known(name: &str) -> bool {
    names().any(|known| known == name)
}

/// All names.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    NAMES.lines()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_and_unique() {
        let names: Vec<&str> = names().collect();
        assert!(names.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(names.iter().all(|name| name.contains('.') && !name.contains(' ')));
        assert!(is_known("AWS.CloudTrail") && !is_known("AWS.Cloudtrail"));
    }
}
