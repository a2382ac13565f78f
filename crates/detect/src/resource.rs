//! Which cloud resources a policy looks at. Source: `detections.md` §1.5 and §3.1.

/// Whether a resource id fits one of the `Suppressions` of a policy: shell-style patterns over the whole
/// id, `*` for any text, `?` for one character, everything else itself.
pub fn is_suppressed(resource_id: &str, patterns: &[String]) -> bool {
    patterns.iter().any(|pattern| fits(resource_id, pattern))
}

/// Linear in both lengths: only the last `*` is ever widened.
fn fits(text: &str, pattern: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let pattern: Vec<char> = pattern.chars().collect();
    let (mut at, mut want) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while at < text.len() {
        match pattern.get(want) {
            Some('*') => {
                star = Some((want, at));
                want += 1;
            }
            Some('?') => {
                (at, want) = (at + 1, want + 1);
            }
            Some(&character) if character == text[at] => {
                (at, want) = (at + 1, want + 1);
            }
            _ => {
                let Some((star_at, covered)) = star else { return false };
                star = Some((star_at, covered + 1));
                (at, want) = (covered + 1, star_at + 1);
            }
        }
    }
    pattern[want..].iter().all(|&character| character == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(id: &str, pattern: &str, expected: bool) {
        assert_eq!(is_suppressed(id, &[pattern.to_owned()]), expected, "{id} {pattern}");
    }

    #[test]
    fn patterns_cover_the_whole_id() {
        check("arn:aws:s3:::logs", "arn:aws:s3:::logs", true);
        check("arn:aws:s3:::logs", "logs", false);
        check("arn:aws:s3:::logs", "*logs", true);
        check("arn:aws:s3:::logs-7", "arn:*:logs-?", true);
        check("arn:aws:s3:::logs-77", "arn:*:logs-?", false);
        check("abcabd", "*ab?", true);
        check("", "*", true);
        check("x", "", false);
    }

    #[test]
    fn one_of_several_is_enough() {
        assert!(is_suppressed("b", &["a".to_owned(), "b".to_owned()]));
        assert!(!is_suppressed("b", &[]));
    }
}
