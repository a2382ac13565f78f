//! The page of codes says what the code table says.

use content::CODES;

#[test]
fn every_code_has_one_line_in_the_page_and_none_is_foreign() {
    let page = include_str!("../../../../docs/checks.md");
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| `C")).collect();
    let expected: Vec<String> = CODES
        .iter()
        .map(|code| format!("| `{}` | {} |", code.code, format!("{:?}", code.level).to_lowercase()))
        .collect();
    assert_eq!(rows.len(), expected.len(), "one row per code");
    for ((row, start), code) in rows.iter().zip(&expected).zip(CODES) {
        assert!(row.starts_with(start.as_str()), "{row} should start with {start}");
        assert!(row.contains(code.summary), "{row} should say: {}", code.summary);
    }
}

#[test]
fn codes_are_unique_and_sorted() {
    assert!(CODES.windows(2).all(|pair| pair[0].code < pair[1].code));
}
