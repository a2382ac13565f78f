//! The interpreter that has the `pypanther` package.

use std::path::PathBuf;

/// The interpreter of the virtual environment that `scripts/setup-pypanther` makes.
///
/// # Panics
/// It is not there: the text says what to run.
pub fn pypanther_python() -> PathBuf {
    let cache = std::env::var_os("XDG_CACHE_HOME").filter(|folder| !folder.is_empty()).map(PathBuf::from);
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    let venv = cache.or_else(home).unwrap_or_default().join("margay/pypanther");
    let python = venv.join("bin/python");
    assert!(
        python.exists() && venv.join("installed.txt").exists(),
        "this test needs the package `pypanther` in `{}`; run `scripts/setup-tests` (it needs the package registry once)",
        venv.display()
    );
    python
}
