//! What code of the content finds when it imports: the interpreter's version, the installed modules, and the
//! modules of the product. Found by reading folders, because starting an interpreter takes longer than
//! checking a whole repository.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::config::HostConfig;
use crate::embedded;
use crate::error::HostError;
use crate::interpreter;

/// More entries of one folder are not looked at.
const ENTRIES_MAX: usize = 100_000;
/// Longest file of paths (`*.pth`) or names (`top_level.txt`) that is read, in bytes.
const LIST_BYTES_MAX: u64 = 1 << 20;

/// What imports find.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Surroundings {
    /// Major and minor version of the interpreter.
    pub version: (u8, u8),
    /// First names of modules that are installed beside the standard library.
    pub installed: BTreeSet<String>,
    /// Modules of the product that come before all others: dotted name to code.
    pub first: BTreeMap<String, String>,
    /// Modules of the product that come after all others: dotted name to code.
    pub last: BTreeMap<String, String>,
}

/// Looks around the interpreter of a configuration. It is started only when its folders do not tell enough,
/// as for a command that is itself a script.
///
/// # Errors
/// There is no such interpreter, or it had to be asked and did not answer.
pub fn surroundings(config: &HostConfig) -> Result<Surroundings, HostError> {
    let (version, folders) = match look(&interpreter::choose(config).0) {
        Some(found) => found,
        None => {
            let interpreter = interpreter::resolve(config)?;
            (
                interpreter.minor_version(),
                interpreter.readable.into_iter().filter(|path| is_site(path)).collect(),
            )
        }
    };
    let mut installed = BTreeSet::new();
    for folder in &folders {
        add_modules(folder, &mut installed);
    }
    let (first, last) = embedded::sources();
    Ok(Surroundings { version, installed, first, last })
}

/// Version and site folders, as far as paths tell them.
fn look(executable: &Path) -> Option<((u8, u8), Vec<PathBuf>)> {
    let executable = find(executable)?;
    let folder = executable.parent()?;
    let settings = [folder.join("pyvenv.cfg"), folder.parent()?.join("pyvenv.cfg")];
    let Some(settings) = settings.iter().find(|path| path.is_file()) else {
        return look_at_base(&fs::canonicalize(&executable).ok()?);
    };
    let text = read_list(settings)?;
    let setting = |name: &str| {
        let value = |line: &str| {
            let (key, value) = line.split_once('=')?;
            (key.trim() == name).then(|| value.trim().to_owned())
        };
        text.lines().find_map(value)
    };
    let version = parse_version(&setting("version").or_else(|| setting("version_info"))?)?;
    let mut folders = site_folders(settings.parent()?, version);
    if setting("include-system-site-packages").is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        folders.extend(look_at_base(&fs::canonicalize(&executable).ok()?)?.1);
    }
    Some((version, folders))
}

/// `/usr/bin/python3.11` is version 3.11 with its modules below `/usr/lib`.
fn look_at_base(executable: &Path) -> Option<((u8, u8), Vec<PathBuf>)> {
    let version = parse_version(executable.file_name()?.to_str()?.strip_prefix("python")?)?;
    let prefix = executable.parent()?.parent()?;
    let mut folders = site_folders(prefix, version);
    // Debian keeps what was not installed by its own packages below `/usr/local`.
    if prefix == Path::new("/usr") {
        folders.extend(site_folders(Path::new("/usr/local"), version));
    }
    Some((version, folders))
}

fn site_folders(prefix: &Path, (major, minor): (u8, u8)) -> Vec<PathBuf> {
    let version = format!("python{major}.{minor}");
    let folders = [
        prefix.join("lib").join(&version).join("site-packages"),
        prefix.join("lib64").join(&version).join("site-packages"),
        prefix.join("lib").join(&version).join("dist-packages"),
        prefix.join("lib/python3/dist-packages"),
    ];
    folders.into_iter().filter(|folder| folder.is_dir()).collect()
}

fn is_site(folder: &Path) -> bool {
    folder.file_name().is_some_and(|name| name == "site-packages" || name == "dist-packages")
}

/// A bare name is looked up in `PATH`.
fn find(executable: &Path) -> Option<PathBuf> {
    if executable.components().count() > 1 {
        return executable.is_file().then(|| executable.to_owned());
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(executable)).find(|path| path.is_file())
}

/// `3.11` of `3.11`, `3.11.2` or `3.11.2.final.0`.
fn parse_version(text: &str) -> Option<(u8, u8)> {
    let mut parts = text.split('.');
    Some((parts.next()?.trim().parse().ok()?, parts.next()?.trim().parse().ok()?))
}

/// Adds the first names of the modules of a folder, and of the folders that its `.pth` files add.
fn add_modules(folder: &Path, modules: &mut BTreeSet<String>) {
    let mut is_editable = false;
    let mut infos = Vec::new();
    for (name, path) in entries(folder) {
        if name.ends_with(".pth") {
            is_editable |= name.starts_with("__editable__");
            for added in read_list(&path).iter().flat_map(|text| text.lines()) {
                let added = folder.join(added.trim());
                if added.is_dir() {
                    modules.extend(entries(&added).filter_map(|(name, path)| module_name(&name, &path)));
                }
            }
        } else if name.ends_with(".dist-info") {
            infos.push(path);
        } else {
            modules.extend(module_name(&name, &path));
        }
    }
    if is_editable {
        // Such packages are found by code; what they bring is listed in their metadata.
        for names in infos.iter().filter_map(|info| read_list(&info.join("top_level.txt"))) {
            modules.extend(names.lines().map(|name| name.trim().to_owned()));
        }
    }
}

/// A folder that cannot be listed holds no modules for Python either.
fn entries(folder: &Path) -> impl Iterator<Item = (String, PathBuf)> {
    let entries = fs::read_dir(folder).into_iter().flatten().take(ENTRIES_MAX).flatten();
    entries.filter_map(|entry| Some((entry.file_name().into_string().ok()?, entry.path())))
}

/// The module that a file or folder is: `name.py`, `name.….so`, or a folder.
fn module_name(name: &str, path: &Path) -> Option<String> {
    let stem = match name.strip_suffix(".py").or_else(|| name.strip_suffix(".so")) {
        Some(stem) => stem.split('.').next()?,
        None if path.is_dir() => name,
        None => return None,
    };
    let is_name =
        stem.chars().all(|c| c == '_' || c.is_alphanumeric()) && !stem.is_empty() && stem != "__pycache__";
    is_name.then(|| stem.to_owned())
}

fn read_list(path: &Path) -> Option<String> {
    let is_small = fs::metadata(path).ok()?.len() <= LIST_BYTES_MAX;
    if is_small { fs::read_to_string(path).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(path: &Path, text: &str) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[test]
    fn a_virtual_environment_tells_its_version_and_modules() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        write(&root.join("bin/python3"), "");
        write(
            &root.join("pyvenv.cfg"),
            "home = /usr/bin\ninclude-system-site-packages = false\nversion = 3.10.4\n",
        );
        let site = root.join("lib/python3.10/site-packages");
        write(&site.join("package/__init__.py"), "");
        write(&site.join("single.py"), "");
        write(&site.join("native.cpython-310-x86_64-linux-gnu.so"), "");
        write(&site.join("package-1.0.dist-info/METADATA"), "");
        write(&site.join("__pycache__/single.pyc"), "");
        write(&site.join("more.pth"), &format!("import os\n{}\n", root.join("src").display()));
        write(&root.join("src/beside.py"), "");
        write(&site.join("README.txt"), "");
        let (version, folders) = look(&root.join("bin/python3")).unwrap();
        assert_eq!((version, folders.as_slice()), ((3, 10), &[site.clone()][..]));
        let mut modules = BTreeSet::new();
        add_modules(&site, &mut modules);
        assert_eq!(modules.into_iter().collect::<Vec<_>>(), ["beside", "native", "package", "single"]);
    }

    #[test]
    fn an_editable_install_lists_its_names() {
        let dir = tempfile::tempdir().unwrap();
        write(&dir.path().join("__editable__.tool-1.0.pth"), "import __editable___tool_finder\n");
        write(&dir.path().join("tool-1.0.dist-info/top_level.txt"), "tool\n");
        let mut modules = BTreeSet::new();
        add_modules(dir.path(), &mut modules);
        assert_eq!(modules.into_iter().collect::<Vec<_>>(), ["tool"]);
    }

    #[test]
    fn an_installed_interpreter_is_named_after_its_version() {
        let dir = tempfile::tempdir().unwrap();
        write(&dir.path().join("bin/python3.12"), "");
        std::os::unix::fs::symlink("python3.12", dir.path().join("bin/python3")).unwrap();
        let (version, folders) = look(&dir.path().join("bin/python3")).unwrap();
        assert_eq!((version, folders.len()), ((3, 12), 0));
        write(&dir.path().join("bin/shim"), "#!/bin/sh\n");
        assert_eq!(look(&dir.path().join("bin/shim")), None);
        assert_eq!(look(Path::new("no-such-interpreter-anywhere")), None);
    }

    #[test]
    fn the_modules_of_the_product_have_their_dotted_names() {
        let (first, last) = embedded::sources();
        assert!(first.contains_key("panther_core.immutable") && first.contains_key("panther_core"));
        for name in ["panther_base_helpers", "panther_oss_helpers", "panther_analysis_tool.immutable"] {
            assert!(last.contains_key(name), "{name}");
        }
    }
}
