//! `margay python setup`: the virtual environment with the packages that content needs.
//!
//! A second run finds what the first one did and changes nothing; changed requirements are installed into
//! the environment that is there.

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::environment::{Environment, Interpreter};
use super::requirements::Requirements;
use crate::cli::{Global, PythonSetupArgs};
use crate::commands::output::{Results, complain, start};
use crate::config::Config;
use crate::failure::Failure;

/// Lines of pip that tell how far it is.
const STEPS: [&str; 5] =
    ["Collecting ", "Downloading ", "Building ", "Installing collected packages", "Successfully installed"];

/// Makes the environment and installs, or finds that nothing is to be done.
pub(super) fn setup(global: &Global, args: &PythonSetupArgs) -> Result<(), Failure> {
    let config = start(global)?;
    let executable = &config.python.executable;
    let base = Interpreter::ask(executable).map_err(|reason| {
        Failure::Operation(format!(
            "cannot use the Python interpreter `{}`: {reason}; set `python.executable`",
            executable.display()
        ))
    })?;
    base.check(executable)?;
    let requirements = Requirements::of(&config.content)?;
    let _lock = lock(&config.data_dir)?;
    let environment = Environment::new(&config.data_dir);
    let progress = Progress::start(global);
    let makes = args.recreate || !environment.exists();
    if makes {
        let what = format!("making {} with Python {}", environment.folder().display(), base.version());
        progress.step(&what);
        environment.make(executable)?;
    } else {
        environment.check(&base)?;
    }
    let is_up_to_date = environment.has(&base, &requirements);
    if !is_up_to_date {
        progress.step(&format!("installing {}", requirements.describe()));
        environment.install(&requirements, &|line| progress.detail(line))?;
        environment.remember(&base, &requirements)?;
    }
    progress.end();
    say_result(&config, &environment, &base, is_up_to_date)
}

fn say_result(
    config: &Config,
    environment: &Environment,
    base: &Interpreter,
    is_up_to_date: bool,
) -> Result<(), Failure> {
    let state = if is_up_to_date { "up to date" } else { "ready" };
    let mut results = Results::open();
    let folder = environment.folder().display();
    results.text(&format!("the environment {folder} is {state}: Python {}\n", base.version()))?;
    results.flush()?;
    if config.python.is_executable_set {
        complain(&format!(
            "margay: `python.executable` is set, so rules run on it and not in this environment; remove the \
             key, or set it to `{}`",
            environment.python().display()
        ));
    }
    Ok(())
}

/// Keeps a second setup out of the same environment.
struct SetupLock {
    _guard: fd_lock::RwLockWriteGuard<'static, std::fs::File>,
}

fn lock(data_dir: &Path) -> Result<SetupLock, Failure> {
    let path = data_dir.join("venv.lock");
    let open = || {
        std::fs::create_dir_all(data_dir)?;
        std::fs::File::options().write(true).create(true).truncate(false).open(&path)
    };
    let file = open().map_err(|error| {
        Failure::Operation(format!("cannot use the data directory `{}`: {error}", data_dir.display()))
    })?;
    // The guard borrows the lock, so the lock lives as long as the process.
    let lock = Box::leak(Box::new(fd_lock::RwLock::new(file)));
    match lock.try_write() {
        Ok(guard) => Ok(SetupLock { _guard: guard }),
        Err(_) => Err(Failure::Operation(
            "another `margay python setup` is at work there; wait for its end".to_owned(),
        )),
    }
}

/// Tells a person how far it is: a spinner on a terminal, lines elsewhere.
struct Progress {
    bar: Option<ProgressBar>,
    is_quiet: bool,
}

impl Progress {
    fn start(global: &Global) -> Progress {
        let is_quiet = global.quiet;
        let bar = (!is_quiet && std::io::stderr().is_terminal()).then(|| {
            let style = ProgressStyle::with_template("{spinner} {msg}, {elapsed}")
                .expect("the template is a constant that parses");
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()).with_style(style);
            bar.enable_steady_tick(Duration::from_millis(100));
            bar
        });
        Progress { bar, is_quiet }
    }

    fn step(&self, what: &str) {
        match &self.bar {
            Some(bar) => bar.set_message(what.to_owned()),
            None if self.is_quiet => {}
            None => complain(what),
        }
    }

    fn detail(&self, line: &str) {
        if STEPS.iter().any(|step| line.trim_start().starts_with(step)) {
            self.step(line.trim());
        }
    }

    fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        // A person who watches sees the steps before the result.
        drop(std::io::stderr().flush());
    }
}
