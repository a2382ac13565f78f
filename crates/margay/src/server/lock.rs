//! One server per data directory.

use std::fs::File;
use std::io::{Read, Seek, Write};
use std::path::Path;

use crate::failure::Failure;

/// Holds the lock of a data directory until dropped; the kernel drops it when the process dies.
pub(crate) struct DataDirLock {
    // The guard borrows the lock, so the lock lives as long as the process.
    _guard: fd_lock::RwLockWriteGuard<'static, File>,
}

/// Takes the lock, or says which process holds it.
pub(crate) fn lock(data_dir: &Path) -> Result<DataDirLock, Failure> {
    let path = data_dir.join("lock");
    let open = || {
        std::fs::create_dir_all(data_dir)?;
        File::options().read(true).write(true).create(true).truncate(false).open(&path)
    };
    let file = open().map_err(|error| {
        Failure::Operation(format!("cannot use the data directory `{}`: {error}", data_dir.display()))
    })?;
    let lock: &'static mut fd_lock::RwLock<File> = Box::leak(Box::new(fd_lock::RwLock::new(file)));
    match lock.try_write() {
        Ok(mut guard) => {
            let pid = std::process::id().to_string();
            let write = |file: &mut File| {
                file.set_len(0)?;
                file.rewind()?;
                file.write_all(pid.as_bytes())
            };
            write(&mut guard).map_err(|error| Failure::operation("cannot write the lock file", &error))?;
            Ok(DataDirLock { _guard: guard })
        }
        Err(_) => {
            let mut holder = String::new();
            let known = File::open(&path).and_then(|mut file| file.read_to_string(&mut holder)).is_ok();
            let holder = if known && !holder.is_empty() { holder } else { "unknown".to_owned() };
            Err(Failure::Operation(format!(
                "the data directory `{}` is in use by process {holder}; stop it or choose another with --data-dir",
                data_dir.display()
            )))
        }
    }
}
