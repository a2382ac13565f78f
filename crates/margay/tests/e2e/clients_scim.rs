//! A public program that tries servers of SCIM out: it reads the schemas and then makes, finds, changes, replaces
//! and deletes people by them, as RFC 7643 and RFC 7644 say.

use crate::clients::{interpreter, limited, told};
use crate::harness::{Site, TOKEN};

/// What it says of answers that are right, with the reason.
const RIGHT: &[(&str, &str, &str)] = &[
    ("check_add_attribute", "unexpected value for 'name'", "`formatted` is made of both names by the server"),
    ("check_replace_attribute", "unexpected value for 'name'", "the same"),
    ("check_replace_attribute", "unexpected value for 'emails'", "the one address is the primary one"),
    ("check_remove_attribute", "remove attribute 'active'", "somebody is active or not: 400"),
    ("check_remove_attribute", "did not remove attribute 'roles'", "who loses the role gets the default one"),
    ("check_remove_attribute", "did not remove attribute 'urn:", "the same, by the schema extension"),
];

#[test]
fn a_public_tester_of_scim_finds_nothing_wrong() {
    let site = Site::new("{}\n");
    let server = site.start();
    let program = interpreter("scim").with_file_name("scim2");
    let told = told(
        limited(&program)
            .args(["--url", &format!("{}/scim/v2", server.base)])
            .args(["--header", &format!("Authorization: Bearer {TOKEN}")])
            .arg("test"),
        "",
    );
    let lines: Vec<&str> = told.text.lines().collect();
    let good = lines.iter().filter(|line| line.starts_with("SUCCESS")).count();
    assert!(good >= 30, "{}", told.text);
    // A line with the verdict and the check, and one with what it found.
    for pair in lines.windows(2) {
        let Some((verdict, check)) = pair[0].split_once(' ') else { continue };
        if ["ERROR", "CRITICAL"].contains(&verdict) {
            let is_right = RIGHT.iter().any(|(of, found, _)| check == *of && pair[1].contains(found));
            assert!(is_right, "{} {}\n\n{}", pair[0], pair[1], told.text);
        }
    }
}
