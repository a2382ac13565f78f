//! System calls that a worker may not make. They answer `EPERM`, so that a rule sees an exception.
//!
//! Source: `seccomp(2)` and the system call tables of the kernel.

use std::collections::BTreeMap;

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    TargetArch,
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
    // other processes
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
const OF_THIS_ARCHITECTURE: &[libc::c_long] =
    &[libc::SYS_fork, libc::SYS_vfork, libc::SYS_ioperm, libc::SYS_iopl, libc::SYS_modify_ldt];
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

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

/// Confines this thread; returns what the kernel lacks.
pub(crate) fn apply(network: bool) -> Option<String> {
    let applied = build(network).and_then(|filters| {
        filters.iter().try_for_each(|filter| seccompiler::apply_filter(filter).map_err(|e| e.to_string()))
    });
    applied.err().map(|reason| format!("system calls are not filtered: {reason}"))
}

/// Two filters, because one filter has one answer: `EPERM`, and `ENOSYS` for `clone3`, whose flags lie
/// in memory that a filter cannot see; the C library then falls back to `clone`.
fn build(network: bool) -> Result<[BpfProgram; 2], String> {
    let refused = refused_rules(network).map_err(|error| error.to_string())?;
    let unknown = Rules::from([(libc::SYS_clone3, vec![])]);
    Ok([compile(refused, libc::EPERM)?, compile(unknown, libc::ENOSYS)?])
}

fn compile(mut rules: Rules, errno: libc::c_int) -> Result<BpfProgram, String> {
    add_x32(&mut rules);
    let arch = TargetArch::try_from(std::env::consts::ARCH).map_err(|error| error.to_string())?;
    let refuse = SeccompAction::Errno(errno.unsigned_abs());
    SeccompFilter::new(rules, SeccompAction::Allow, refuse, arch)
        .and_then(BpfProgram::try_from)
        .map_err(|error| error.to_string())
}

/// The x32 calls of an x86-64 kernel have numbers of their own and would slip through.
fn add_x32(rules: &mut Rules) {
    const X32_BIT: i64 = 0x4000_0000;
    if cfg!(target_arch = "x86_64") {
        let twins: Vec<_> = rules.iter().map(|(number, rules)| (number | X32_BIT, rules.clone())).collect();
        rules.extend(twins);
        rules.extend((512..=547).map(|number| (number | X32_BIT, vec![])));
    }
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
    // The death with the server stays.
    let death_signal = u64::from(libc::PR_SET_PDEATHSIG.unsigned_abs());
    rules
        .insert(libc::SYS_prctl, vec![SeccompRule::new(vec![argument(0, SeccompCmpOp::Eq, death_signal)?])?]);
    Ok(rules)
}

fn argument(
    index: u8,
    operator: SeccompCmpOp,
    value: u64,
) -> Result<SeccompCondition, seccompiler::BackendError> {
    SeccompCondition::new(index, SeccompCmpArgLen::Dword, operator, value)
}
