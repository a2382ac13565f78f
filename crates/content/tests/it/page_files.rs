//! The files of the examples in `docs/checks/*.md`.
//!
//! A page has a section `Example` that gives exactly its code, and a section `Fix` with the files that change.
//! A file is a line with its path in backquotes and a fenced block. After the path may stand `(hex)`: the
//! block holds the bytes as hexadecimal digits; or `(link)`: the block holds where the link leads.

use std::path::Path;

/// One page.
#[derive(Debug)]
pub(crate) struct Page {
    /// The code, from the file's name.
    pub(crate) code: String,
    /// The whole text.
    pub(crate) text: String,
    /// The files of the example.
    pub(crate) example: Vec<PageFile>,
    /// The files that change to mend it.
    pub(crate) fix: Vec<PageFile>,
}

/// One file of an example.
#[derive(Clone, Debug)]
pub(crate) struct PageFile {
    pub(crate) path: String,
    pub(crate) content: FileContent,
}

/// What a file is.
#[derive(Clone, Debug)]
pub(crate) enum FileContent {
    Text(String),
    Bytes(Vec<u8>),
    Link(String),
}

impl Page {
    /// The files after the fix: those of the example, changed ones replaced, new ones added. A link that is
    /// replaced is a file.
    pub(crate) fn fixed(&self) -> Vec<PageFile> {
        let changed = |file: &&PageFile| !self.fix.iter().any(|fixed| fixed.path == file.path);
        self.example.iter().filter(changed).chain(&self.fix).cloned().collect()
    }
}

/// The rules that the examples of correlation rules assume.
pub(crate) fn assumed() -> Vec<PageFile> {
    let rule = |name: &str| PageFile {
        path: format!("rules/{}.yml", name.to_lowercase()),
        content: FileContent::Text(format!(
            "AnalysisType: rule\nRuleID: Okta.{name}\nEnabled: true\nLogTypes: [Okta.SystemLog]\n\
             Severity: Info\nCreateAlert: false\nDescription: A step of the examples.\n\
             Detection: [{{ KeyPath: what, Condition: Equals, Value: {name} }}]\n\
             AlertContext: [{{ KeyName: user, KeyValue: {{ KeyPath: user }} }}]\n\
             Tests:\n  - {{ Name: it, ExpectedResult: true, Log: {{ what: {name} }} }}\n  \
             - {{ Name: other, ExpectedResult: false, Log: {{ what: x }} }}\n"
        )),
    };
    ["Failed", "Worked", "Reset"].map(rule).into()
}

/// All pages, by code. `docs` is the folder of the documentation.
pub(crate) fn read_pages(docs: &Path) -> Vec<Page> {
    let mut pages: Vec<Page> = std::fs::read_dir(docs.join("checks"))
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            assert_eq!(path.extension().unwrap(), "md", "{}", path.display());
            let code = path.file_stem().unwrap().to_str().unwrap().to_owned();
            parse(code, std::fs::read_to_string(&path).unwrap())
        })
        .collect();
    pages.sort_by(|a, b| a.code.cmp(&b.code));
    pages
}

fn parse(code: String, text: String) -> Page {
    let mut page = Page { code, text: String::new(), example: Vec::new(), fix: Vec::new() };
    let mut section = "";
    let mut name = "";
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(title) = line.strip_prefix("## ") {
            section = title;
        } else if line.starts_with("```") {
            let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            let file = file(name, &(block.join("\n") + "\n"));
            match section {
                "Example" => page.example.push(file),
                "Fix" => page.fix.push(file),
                other => panic!("{}: a file in the section `{other}`", page.code),
            }
        } else if !line.is_empty() {
            name = line;
        }
    }
    assert!(
        !page.example.is_empty() && !page.fix.is_empty(),
        "{}: an example and its fix are needed",
        page.code
    );
    page.text = text;
    page
}

fn file(name: &str, block: &str) -> PageFile {
    let (path, kind) = match name.split_once(" (") {
        Some((path, kind)) => (path, kind.trim_end_matches(')')),
        None => (name, ""),
    };
    let path = path.strip_prefix('`').and_then(|path| path.strip_suffix('`')).unwrap_or_else(|| {
        panic!("before a block stands the path of its file in backquotes, not {name:?}");
    });
    let content = match kind {
        "" => FileContent::Text(block.to_owned()),
        "hex" => FileContent::Bytes(bytes(block.trim())),
        "link" => FileContent::Link(block.trim().to_owned()),
        other => panic!("a file is plain, `hex` or `link`, not `{other}`"),
    };
    PageFile { path: path.to_owned(), content }
}

fn bytes(digits: &str) -> Vec<u8> {
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
}
