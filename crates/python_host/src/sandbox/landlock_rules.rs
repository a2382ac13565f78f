//! File system and network rights of a worker: an allow list, everything else is refused.
//!
//! Source: the kernel's `Documentation/userspace-api/landlock.rst`.

use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, PathBeneath, PathFd, Ruleset,
    RulesetAttr, RulesetCreatedAttr, RulesetError, RulesetStatus, Scope,
};

use crate::worker_args::WorkerArgs;

/// Rights known to this program; older kernels enforce the part that they know.
const KNOWN: ABI = ABI::V6;
/// File rights below which the sandbox counts as incomplete (Linux 6.2: truncation is covered).
const ENOUGH: ABI = ABI::V3;

/// Folders of libraries that every interpreter loads from.
const LIBRARY_FOLDERS: [&str; 5] = ["/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib"];
/// Files and folders that are read only.
const READABLE: [&str; 6] = [
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/localtime",
    "/usr/share/zoneinfo",
    "/dev/urandom",
    "/dev/null",
];
/// What name resolution and TLS need, when the network is allowed.
const NETWORK_READABLE: [&str; 8] = [
    "/etc/resolv.conf",
    "/etc/hosts",
    "/etc/nsswitch.conf",
    "/etc/services",
    "/etc/ssl",
    "/etc/pki",
    "/usr/share/ca-certificates",
    "/run/systemd/resolve",
];

/// Confines this thread; returns what the kernel lacks.
pub(crate) fn apply(args: &WorkerArgs) -> Option<String> {
    match restrict(args) {
        Ok(Outcome::Enough) => None,
        Ok(Outcome::Partly) => {
            Some("Landlock of this kernel is older than Linux 6.2 and protects files only in part".into())
        }
        Ok(Outcome::Nothing) => {
            Some("the kernel has no Landlock: rules can read files of the server's user".into())
        }
        Err(error) => Some(format!("Landlock cannot be applied: {error}")),
    }
}

enum Outcome {
    Enough,
    Partly,
    Nothing,
}

fn restrict(args: &WorkerArgs) -> Result<Outcome, RulesetError> {
    let mut ruleset = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(KNOWN))?
        .scope(Scope::from_all(KNOWN))?;
    if !args.network {
        ruleset = ruleset.handle_access(AccessNet::from_all(KNOWN))?;
    }
    let mut created = ruleset.create()?.set_compatibility(CompatLevel::BestEffort);
    let run = AccessFs::from_read(KNOWN);
    let read = run & !BitFlags::from(AccessFs::Execute);
    for path in LIBRARY_FOLDERS.iter().map(Path::new).chain(args.readable.iter().map(PathBuf::as_path)) {
        created = allow(created, path, run)?;
    }
    created = allow(created, &args.executable, run)?;
    for path in READABLE.iter().map(Path::new) {
        created = allow(created, path, read)?;
    }
    created = allow(created, Path::new("/dev/null"), read | AccessFs::WriteFile)?;
    if args.network {
        for path in NETWORK_READABLE.iter().map(Path::new) {
            created = allow(created, path, read)?;
        }
    }
    let status = created.restrict_self()?;
    Ok(match status.ruleset {
        RulesetStatus::NotEnforced => Outcome::Nothing,
        RulesetStatus::FullyEnforced => Outcome::Enough,
        RulesetStatus::PartiallyEnforced if has_enough() => Outcome::Enough,
        RulesetStatus::PartiallyEnforced => Outcome::Partly,
    })
}

/// Whether the kernel takes all file rights of [`ENOUGH`].
fn has_enough() -> bool {
    Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::from_all(ENOUGH))
        .and_then(Ruleset::create)
        .is_ok()
}

fn allow(
    created: landlock::RulesetCreated,
    path: &Path,
    access: BitFlags<AccessFs>,
) -> Result<landlock::RulesetCreated, RulesetError> {
    // What is not there needs no right.
    let Ok(fd) = PathFd::new(path) else { return Ok(created) };
    let access = if path.is_dir() { access } else { access & AccessFs::from_file(KNOWN) };
    created.add_rule(PathBeneath::new(fd, access))
}
