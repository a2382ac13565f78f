//! Whether a document has the shape of the schema that CI systems validate JUnit files against.
//! Source: <https://github.com/jenkinsci/xunit-plugin>, `junit-10.xsd`.

/// An element of the schema.
struct Element {
    name: &'static str,
    /// Attributes that must be there.
    required: &'static [&'static str],
    /// Attributes that may be there.
    optional: &'static [&'static str],
    /// Elements that may stand inside.
    inside: &'static [&'static str],
}

const fn leaf(name: &'static str, optional: &'static [&'static str]) -> Element {
    Element { name, required: &[], optional, inside: &[] }
}

const SCHEMA: &[Element] = &[
    Element {
        name: "testsuites",
        required: &[],
        optional: &["name", "time", "tests", "failures", "errors"],
        inside: &["testsuite"],
    },
    Element {
        name: "testsuite",
        required: &["name", "tests", "failures", "errors"],
        optional: &[
            "time",
            "skipped",
            "timestamp",
            "hostname",
            "id",
            "package",
            "file",
            "log",
            "url",
            "group",
        ],
        inside: &["testcase", "properties", "system-out", "system-err"],
    },
    Element {
        name: "testcase",
        required: &["name"],
        optional: &["time", "classname", "group"],
        inside: &["skipped", "error", "failure", "system-out", "system-err"],
    },
    leaf("failure", &["type", "message"]),
    leaf("error", &["type", "message"]),
    leaf("skipped", &["type", "message"]),
    leaf("system-out", &[]),
];

const NUMBERS: &[&str] = &["time", "tests", "failures", "errors", "skipped"];

fn element(name: &str) -> &'static Element {
    SCHEMA.iter().find(|element| element.name == name).unwrap_or_else(|| panic!("<{name}> is unknown"))
}

/// A start or end tag of a document without short forms, comments and sections of other kinds.
struct Tag<'a> {
    name: &'a str,
    attributes: Vec<(&'a str, &'a str)>,
    opens: bool,
}

fn tag(piece: &str) -> Tag<'_> {
    let (tag, _) = piece.split_once('>').expect("every tag ends");
    let (name, mut rest) = tag.split_once(' ').unwrap_or((tag, ""));
    let mut attributes = Vec::new();
    while let Some((key, tail)) = rest.split_once("=\"") {
        let (value, tail) = tail.split_once('"').expect("every value ends");
        attributes.push((key.trim(), value));
        rest = tail;
    }
    assert_eq!(rest.trim(), "");
    match name.strip_prefix('/') {
        Some(name) => Tag { name, attributes, opens: false },
        None => Tag { name, attributes, opens: true },
    }
}

/// Panics where the document departs from the schema.
pub(crate) fn check_shape(document: &str) {
    let body = document.split_once("?>\n").expect("there is an XML declaration").1;
    let mut open: Vec<&str> = Vec::new();
    for Tag { name, attributes, opens } in body.split('<').skip(1).map(tag) {
        if !opens {
            assert_eq!(open.pop(), Some(name));
            continue;
        }
        let Element { required, optional, .. } = element(name);
        for key in *required {
            assert!(attributes.iter().any(|(found, _)| found == key), "<{name}> has no `{key}`");
        }
        for (key, value) in attributes {
            assert!(required.contains(&key) || optional.contains(&key), "<{name}> may have no `{key}`");
            assert!(!NUMBERS.contains(&key) || value.parse::<f64>().is_ok(), "<{name} {key}=\"{value}\">");
        }
        match open.last() {
            Some(parent) => assert!(element(parent).inside.contains(&name), "<{name}> inside <{parent}>"),
            None => assert_eq!(name, "testsuites"),
        }
        open.push(name);
    }
    assert_eq!(open, [""; 0]);
}
