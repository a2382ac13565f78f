//! The repository keeps its own rules: one test per rule, each naming file and line.

use anyhow::Result;
use xtask::{Problem, SourceText, Tree, report};

fn expect_none(problems: &[Problem]) {
    assert!(problems.is_empty(), "{} to mend:\n{}", problems.len(), report(problems));
}

fn code(tree: &Tree) -> impl Iterator<Item = &SourceText> {
    tree.ending_in("rs").chain(tree.ending_in("py")).chain(console(tree))
}

fn console(tree: &Tree) -> impl Iterator<Item = &SourceText> {
    tree.ending_in("ts").chain(tree.ending_in("tsx")).chain(tree.ending_in("mjs"))
}

#[test]
fn crates_know_only_what_they_may() -> Result<()> {
    expect_none(&xtask::crate_edges(&Tree::read()?.metadata()?, xtask::ALLOWED));
    Ok(())
}

#[test]
fn heavy_libraries_stay_in_their_rooms() -> Result<()> {
    expect_none(&xtask::rooms(&Tree::read()?.metadata()?, xtask::ROOMS));
    Ok(())
}

#[test]
fn every_module_says_what_it_is() -> Result<()> {
    expect_none(&xtask::module_comments(Tree::read()?.ending_in("rs")));
    Ok(())
}

#[test]
fn every_file_of_the_console_says_what_it_is() -> Result<()> {
    expect_none(&xtask::opening_comments(console(&Tree::read()?)));
    Ok(())
}

#[test]
fn no_lock_file_names_a_registry() -> Result<()> {
    expect_none(&xtask::registries([Tree::read()?.file("console/package-lock.json")?]));
    Ok(())
}

#[test]
fn no_file_is_too_long() -> Result<()> {
    expect_none(&xtask::file_size(code(&Tree::read()?)));
    Ok(())
}

#[test]
fn nothing_is_left_unfinished() -> Result<()> {
    expect_none(&xtask::unfinished(code(&Tree::read()?)));
    Ok(())
}

#[test]
fn no_path_of_one_machine() -> Result<()> {
    expect_none(&xtask::machine_paths(&Tree::read()?.files));
    Ok(())
}

#[test]
fn pure_crates_stay_pure() -> Result<()> {
    expect_none(&xtask::pure_crates(Tree::read()?.ending_in("rs")));
    Ok(())
}

#[test]
fn every_metric_is_explained() -> Result<()> {
    let tree = Tree::read()?;
    expect_none(&xtask::metrics(tree.file("crates/model/src/metric.rs")?, tree.file("docs/operations.md")?));
    Ok(())
}

#[test]
fn every_link_leads_somewhere() -> Result<()> {
    let tree = Tree::read()?;
    expect_none(&xtask::links(tree.ending_in("md"), |path| tree.exists(path)));
    Ok(())
}

#[test]
fn every_trap_has_a_test() -> Result<()> {
    expect_none(&xtask::traps(code(&Tree::read()?)));
    Ok(())
}

/// A check that reads nothing cannot fail: the tree must hold what the checks are about.
#[test]
fn the_tree_is_read() -> Result<()> {
    let tree = Tree::read()?;
    for ending in ["rs", "py", "md", "ts", "tsx", "mjs"] {
        assert!(tree.ending_in(ending).count() > 4, "few files end in `.{ending}`");
    }
    for name in xtask::PURE_CRATES {
        assert!(tree.exists(format!("crates/{name}/src").as_ref()), "`{name}` is gone");
    }
    Ok(())
}
