//! System calls that a worker may not make. They answer `EPERM`, so that a rule sees an exception.
//!
//! Source: `seccomp(2)` and the system call tables of the kernel.

use std::collections::BTreeMap;

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    TargetArch, sock_filter,
};

const NETWORK: &[libc::c_long] = &[
    libc::SYS_socket,
    libc::SYS_socketpair,
    libc::SYS_connect,
    libc::SYS_bind,
    libc::SYS_listen,
    libc::SYS_accept,
    libc::SYS_accept4,
    libc::SYS_sendto,
    libc::SYS_sendmmsg,
];

const ALWAYS: &[libc::c_long] = &[
    // other ways to do input and output
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_io_setup,
    // what is written about files: Landlock does not rule over it
    libc::SYS_fchmod,
    libc::SYS_fchmodat,
    libc::SYS_fchown,
    libc::SYS_fchownat,
    libc::SYS_utimensat,
    libc::SYS_setxattr,
    libc::SYS_lsetxattr,
    libc::SYS_fsetxattr,
    libc::SYS_removexattr,
    libc::SYS_lremovexattr,
    libc::SYS_fremovexattr,
    // files as they change under others, and the disk's time
    libc::SYS_inotify_add_watch,
    libc::SYS_fanotify_mark,
    libc::SYS_ioprio_set,
    libc::SYS_sync,
    libc::SYS_syncfs,
    // signals that one rule would send to the next
    libc::SYS_setitimer,
    libc::SYS_timer_create,
    libc::SYS_timer_settime,
    // other processes
    libc::SYS_migrate_pages,
    libc::SYS_move_pages,
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_process_madvise,
    libc::SYS_process_mrelease,
    libc::SYS_kcmp,
    libc::SYS_pidfd_open,
    libc::SYS_pidfd_getfd,
    libc::SYS_pidfd_send_signal,
    libc::SYS_setpgid,
    libc::SYS_setsid,
    // memory outside the limits
    libc::SYS_shmget,
    libc::SYS_msgget,
    libc::SYS_semget,
    libc::SYS_mq_open,
    libc::SYS_memfd_secret,
    libc::SYS_userfaultfd,
    // limits
    libc::SYS_setrlimit,
    // the kernel
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_kexec_load,
    libc::SYS_reboot,
    libc::SYS_syslog,
    libc::SYS_acct,
    libc::SYS_quotactl,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_clock_adjtime,
    libc::SYS_adjtimex,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    libc::SYS_personality,
    libc::SYS_fanotify_init,
    libc::SYS_open_by_handle_at,
    libc::SYS_name_to_handle_at,
    // name spaces and mounts
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_chroot,
    libc::SYS_pivot_root,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_mount_setattr,
    libc::SYS_move_mount,
    libc::SYS_open_tree,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
];

#[cfg(target_arch = "x86_64")]
const OF_THIS_ARCHITECTURE: &[libc::c_long] = &[
    libc::SYS_fork,
    libc::SYS_vfork,
    libc::SYS_ioperm,
    libc::SYS_iopl,
    libc::SYS_modify_ldt,
    libc::SYS_chmod,
    libc::SYS_chown,
    libc::SYS_lchown,
    libc::SYS_utime,
    libc::SYS_utimes,
    libc::SYS_futimesat,
    libc::SYS_alarm,
];
#[cfg(not(target_arch = "x86_64"))]
const OF_THIS_ARCHITECTURE: &[libc::c_long] = &[];

/// System calls whose first argument is a process; allowed on the worker itself. 0 means oneself for
/// some of them, a whole group for the others.
const ON_ITSELF: &[(libc::c_long, bool)] = &[
    (libc::SYS_kill, false),
    (libc::SYS_tkill, false),
    (libc::SYS_tgkill, false),
    (libc::SYS_rt_sigqueueinfo, false),
    (libc::SYS_rt_tgsigqueueinfo, false),
    (libc::SYS_prlimit64, true),
    (libc::SYS_sched_setaffinity, true),
    (libc::SYS_sched_setscheduler, true),
    (libc::SYS_sched_setparam, true),
    (libc::SYS_sched_setattr, true),
];

/// Commands of `fcntl` that name who gets a signal, watch files of others, or write about a file.
const FCNTL_REFUSED: &[u64] = &[
    8,    // F_SETOWN
    10,   // F_SETSIG
    15,   // F_SETOWN_EX
    1024, // F_SETLEASE
    1026, // F_NOTIFY
    1036, // F_SET_RW_HINT
    1038, // F_SET_FILE_RW_HINT
];

/// The only commands of `ioctl`: about descriptors, pipes and terminals, as the interpreter asks them.
const IOCTL_ALLOWED: &[u64] = &[
    0x5401,      // TCGETS
    0x802c_542a, // TCGETS2
    0x5413,      // TIOCGWINSZ
    0x541b,      // FIONREAD
    0x5421,      // FIONBIO
    0x5450,      // FIONCLEX
    0x5451,      // FIOCLEX
];

/// Questions about network interfaces, when the network is allowed.
const IOCTL_OF_NETWORK: &[u64] = &[
    0x8910, // SIOCGIFNAME
    0x8912, // SIOCGIFCONF
    0x8913, // SIOCGIFFLAGS
    0x8915, // SIOCGIFADDR
    0x8919, // SIOCGIFBRDADDR
    0x891b, // SIOCGIFNETMASK
    0x8921, // SIOCGIFMTU
    0x8927, // SIOCGIFHWADDR
    0x8933, // SIOCGIFINDEX
];

/// From this number on the architectures count alike, and nothing is allowed but [`NEWER_ALLOWED`].
const NEWER_FIRST: u32 = 450;
/// The newest call that was looked at (`listns`): later ones do not exist for a worker, nor do the x32
/// calls of an x86-64 kernel, whose numbers are far above.
const NEWEST_REVIEWED: u32 = 470;
/// Newer calls that touch nothing but the worker's own memory.
const NEWER_ALLOWED: &[u32] = &[
    453, // map_shadow_stack
    454, // futex_wake
    455, // futex_wait
    456, // futex_requeue
    462, // mseal
];

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

/// Confines this thread; returns what the kernel lacks.
pub(crate) fn apply(network: bool) -> Option<String> {
    let applied = build(network).and_then(|filters| {
        filters.iter().try_for_each(|filter| seccompiler::apply_filter(filter).map_err(|e| e.to_string()))
    });
    applied.err().map(|reason| format!("system calls are not filtered: {reason}"))
}

/// Three filters: one answers `EPERM`; one `ENOSYS`, for `clone3`, whose flags lie in memory that a
/// filter cannot see (the C library then falls back to `clone`); one is for whole ranges of numbers.
fn build(network: bool) -> Result<[BpfProgram; 3], String> {
    let refused = refused_rules(network).map_err(|error| error.to_string())?;
    let unknown = Rules::from([(libc::SYS_clone3, vec![])]);
    Ok([compile(refused, libc::EPERM)?, compile(unknown, libc::ENOSYS)?, newer_calls()])
}

fn compile(rules: Rules, errno: libc::c_int) -> Result<BpfProgram, String> {
    let arch = TargetArch::try_from(std::env::consts::ARCH).map_err(|error| error.to_string())?;
    let refuse = SeccompAction::Errno(errno.unsigned_abs());
    SeccompFilter::new(rules, SeccompAction::Allow, refuse, arch)
        .and_then(BpfProgram::try_from)
        .map_err(|error| error.to_string())
}

/// Numbers from [`NEWER_FIRST`] on: `EPERM`, beyond [`NEWEST_REVIEWED`] `ENOSYS`. The other filters have
/// already ended whoever calls in the way of another architecture.
fn newer_calls() -> BpfProgram {
    // Classic BPF: load the number; jumps count the instructions that they leave out.
    const LOAD_NUMBER: u16 = 0x20;
    const IF_EQUAL: u16 = 0x15;
    const IF_NOT_LESS: u16 = 0x35;
    const RETURN: u16 = 0x06;
    let step = |code, k, jt, jf| sock_filter { code, jt, jf, k };
    let answer = |action: SeccompAction| step(RETURN, u32::from(action), 0, 0);
    let mut program =
        vec![step(LOAD_NUMBER, 0, 0, 0), step(IF_NOT_LESS, NEWER_FIRST, 1, 0), answer(SeccompAction::Allow)];
    for &number in NEWER_ALLOWED {
        program.extend([step(IF_EQUAL, number, 0, 1), answer(SeccompAction::Allow)]);
    }
    program.extend([
        step(IF_NOT_LESS, NEWEST_REVIEWED + 1, 0, 1),
        answer(SeccompAction::Errno(libc::ENOSYS.unsigned_abs())),
        answer(SeccompAction::Errno(libc::EPERM.unsigned_abs())),
    ]);
    program
}

fn refused_rules(network: bool) -> Result<Rules, seccompiler::BackendError> {
    let me = u64::from(std::process::id());
    let networking = if network { &[] } else { NETWORK };
    let mut rules: Rules =
        [networking, ALWAYS, OF_THIS_ARCHITECTURE].concat().into_iter().map(|call| (call, vec![])).collect();
    for &(call, zero_is_oneself) in ON_ITSELF {
        let mut conditions = vec![argument(0, SeccompCmpOp::Ne, me)?];
        if zero_is_oneself {
            conditions.push(argument(0, SeccompCmpOp::Ne, 0)?);
        }
        rules.insert(call, vec![SeccompRule::new(conditions)?]);
    }
    // A worker of root could raise its own limits: only reading them (no new value) is allowed.
    let sets_limit = SeccompCondition::new(2, SeccompCmpArgLen::Qword, SeccompCmpOp::Ne, 0)?;
    rules.entry(libc::SYS_prlimit64).or_default().push(SeccompRule::new(vec![sets_limit])?);
    // `setpriority(which, who)`: only of this process.
    rules.insert(
        libc::SYS_setpriority,
        vec![
            SeccompRule::new(vec![argument(0, SeccompCmpOp::Ne, 0)?])?,
            SeccompRule::new(vec![argument(1, SeccompCmpOp::Ne, 0)?, argument(1, SeccompCmpOp::Ne, me)?])?,
        ],
    );
    // Threads yes, processes no.
    let thread = u64::from(libc::CLONE_THREAD.unsigned_abs());
    rules.insert(
        libc::SYS_clone,
        vec![SeccompRule::new(vec![argument(0, SeccompCmpOp::MaskedEq(thread), 0)?])?],
    );
    let refused = FCNTL_REFUSED.iter().map(|&command| one_of(argument(1, SeccompCmpOp::Eq, command)));
    rules.insert(libc::SYS_fcntl, refused.collect::<Result<_, _>>()?);
    let allowed = IOCTL_ALLOWED.iter().chain(if network { IOCTL_OF_NETWORK } else { &[] });
    let none_of_them = allowed.map(|&command| argument(1, SeccompCmpOp::Ne, command));
    rules.insert(libc::SYS_ioctl, vec![SeccompRule::new(none_of_them.collect::<Result<_, _>>()?)?]);
    // The death with the server stays.
    let death_signal = u64::from(libc::PR_SET_PDEATHSIG.unsigned_abs());
    rules
        .insert(libc::SYS_prctl, vec![SeccompRule::new(vec![argument(0, SeccompCmpOp::Eq, death_signal)?])?]);
    Ok(rules)
}

fn one_of(
    condition: Result<SeccompCondition, seccompiler::BackendError>,
) -> Result<SeccompRule, seccompiler::BackendError> {
    SeccompRule::new(vec![condition?])
}

fn argument(
    index: u8,
    operator: SeccompCmpOp,
    value: u64,
) -> Result<SeccompCondition, seccompiler::BackendError> {
    SeccompCondition::new(index, SeccompCmpArgLen::Dword, operator, value)
}
