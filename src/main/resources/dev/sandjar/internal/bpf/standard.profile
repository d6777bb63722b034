# A profile, a rule a line: ACTION [if CAPABILITY] NAMES [where ARGUMENT&MASK==VALUE [and ...]].
# ACTION is "allow" or an error; an indented line goes on with the one before it. Of the rules for one call, the first that
# matches counts; what has no rule fails with EPERM, what no table knows with ENOSYS.

# What programs need and what the kernel checks by itself.
allow accept accept4 access alarm arch_prctl bind brk cachestat capget capset chdir chown clock_getres clock_gettime
    clock_nanosleep close close_range connect copy_file_range dup dup2 dup3 epoll_create epoll_create1 epoll_ctl
    epoll_pwait epoll_pwait2 epoll_wait eventfd eventfd2 execve execveat exit exit_group faccessat faccessat2 fadvise64
    fallocate fchdir fchown fchownat fcntl fdatasync fgetxattr flistxattr flock fork fstat fstatfs fsync ftruncate futex
    futimesat get_robust_list getcpu getcwd getdents getdents64 getegid geteuid getgid getgroups getitimer getpeername
    getpgid getpgrp getpid getppid getpriority getrandom getresgid getresuid getrlimit getrusage getsid getsockname
    getsockopt gettid gettimeofday getuid getxattr inotify_add_watch inotify_init inotify_init1 inotify_rm_watch
    ioprio_get ioprio_set kill landlock_add_rule landlock_create_ruleset landlock_restrict_self lchown lgetxattr link
    linkat listen listxattr llistxattr lseek lstat madvise map_shadow_stack membarrier memfd_create mincore mkdir
    mkdirat mlock mlock2 mlockall mmap mprotect mremap mseal msgctl msgget msgrcv msgsnd msync munlock munlockall munmap
    nanosleep newfstatat pause pidfd_open pidfd_send_signal pipe pipe2 poll ppoll prctl pread64 preadv preadv2 prlimit64
    pselect6 pwrite64 pwritev pwritev2 read readahead readlink readlinkat readv recvfrom recvmmsg recvmsg rename
    renameat renameat2 restart_syscall rmdir rseq rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn
    rt_sigsuspend rt_sigtimedwait rt_tgsigqueueinfo sched_get_priority_max sched_get_priority_min sched_getaffinity
    sched_getattr sched_getparam sched_getscheduler sched_rr_get_interval sched_setaffinity sched_setattr sched_setparam
    sched_setscheduler sched_yield select semctl semget semop semtimedop sendfile sendmmsg sendmsg sendto
    set_robust_list set_tid_address setfsgid setfsuid setgid setgroups setitimer setpgid setpriority setregid setresgid
    setresuid setreuid setrlimit setsid setsockopt setuid shmat shmctl shmdt shmget shutdown sigaltstack signalfd
    signalfd4 splice stat statfs statx symlink symlinkat sync sync_file_range syncfs sysinfo tee tgkill time
    timer_create timer_delete timer_getoverrun timer_gettime timer_settime timerfd_create timerfd_gettime
    timerfd_settime times tkill truncate umask uname unlink unlinkat utime utimensat utimes vfork wait4 waitid write
    writev

# No modes with S_ISUID or S_ISGID: in a directory of the host that is bound writable, such a file would lend its owner's rights
# to whoever runs it outside. A mode counts with O_CREAT and O_TMPFILE only; that of openat2 lies in memory, and programs go back
# to openat where it does not exist.
allow if CAP_FSETID chmod fchmod fchmodat fchmodat2 creat open openat openat2
allow chmod where 1&0xc00==0x0
allow fchmod where 1&0xc00==0x0
allow fchmodat where 2&0xc00==0x0
allow fchmodat2 where 2&0xc00==0x0
allow creat where 1&0xc00==0x0
allow open where 1&0x400040==0x0
allow open where 2&0xc00==0x0
allow openat where 2&0x400040==0x0
allow openat where 3&0xc00==0x0
ENOSYS openat2

# Processes and threads, but no CLONE_NEW*: namespaces made inside open much of the kernel.
allow clone where 0&0x7e020000==0x0

# Its flags lie in memory, out of sight of a filter; C libraries go back to clone when it does not exist.
ENOSYS clone3

# Programs have other ways where these do not exist.
ENOSYS io_uring_setup io_uring_enter io_uring_register statmount listmount lsm_get_self_attr lsm_set_self_attr
    lsm_list_modules setxattrat getxattrat listxattrat removexattrat file_getattr file_setattr set_mempolicy_home_node

# Much kernel for what few programs try, and those go on without: asynchronous I/O, whose contexts are counted for the whole
# machine; protection keys; the futexes beside futex(2); memory that the kernel itself can't see; file pages in any order; pages
# of the program given to a pipe.
ENOSYS io_setup io_destroy io_submit io_cancel io_getevents io_pgetevents pkey_alloc pkey_free pkey_mprotect futex_wait
    futex_wake futex_requeue futex_waitv memfd_secret remap_file_pages vmsplice

# POSIX message queues come back with a file system of them (mqueue): a planner looks for this very rule.
ENOSYS mq_open mq_unlink mq_timedsend mq_timedreceive mq_notify mq_getsetattr

# Tracing comes back with a PID namespace of the sandbox's own, which has nobody else in it: a planner looks for this very rule.
ENOSYS ptrace process_vm_readv process_vm_writev

# EOPNOTSUPP: what file systems without attributes say, so that cp -a, install and sed -i go on. Reading stays.
allow if CAP_SETFCAP setxattr lsetxattr fsetxattr removexattr lremovexattr fremovexattr
EOPNOTSUPP setxattr lsetxattr fsetxattr removexattr lremovexattr fremovexattr

# AF_UNIX; TCP and UDP of AF_INET and AF_INET6, by number or as the one protocol (0) of their type; NETLINK_ROUTE of AF_NETLINK,
# which lists interfaces.
allow socket where 0&0xffffffff==0x1 and 1&0xf==0x1
allow socket where 0&0xffffffff==0x1 and 1&0xf==0x2
allow socket where 0&0xffffffff==0x1 and 1&0xf==0x5
allow socket where 0&0xffffffff==0x2 and 1&0xf==0x1 and 2&0xffffffff==0x0
allow socket where 0&0xffffffff==0x2 and 1&0xf==0x1 and 2&0xffffffff==0x6
allow socket where 0&0xffffffff==0x2 and 1&0xf==0x2 and 2&0xffffffff==0x0
allow socket where 0&0xffffffff==0x2 and 1&0xf==0x2 and 2&0xffffffff==0x11
allow socket where 0&0xffffffff==0xa and 1&0xf==0x1 and 2&0xffffffff==0x0
allow socket where 0&0xffffffff==0xa and 1&0xf==0x1 and 2&0xffffffff==0x6
allow socket where 0&0xffffffff==0xa and 1&0xf==0x2 and 2&0xffffffff==0x0
allow socket where 0&0xffffffff==0xa and 1&0xf==0x2 and 2&0xffffffff==0x11
allow socket where 0&0xffffffff==0x10 and 2&0xffffffff==0x0
# Raw ones of AF_INET, AF_INET6 and AF_PACKET with the capability for them; those of AF_XDP, AF_CAN and others stay away.
allow if CAP_NET_RAW socket where 0&0xffffffff==0x2 and 1&0xf==0x3
allow if CAP_NET_RAW socket where 0&0xffffffff==0xa and 1&0xf==0x3
allow if CAP_NET_RAW socket where 0&0xffffffff==0x11 and 1&0xf==0x3

# What C libraries expect of a kernel without that protocol or family.
EPROTONOSUPPORT socket where 0&0xffffffff==0x2 and 1&0xf==0x1
EPROTONOSUPPORT socket where 0&0xffffffff==0x2 and 1&0xf==0x2
EPROTONOSUPPORT socket where 0&0xffffffff==0xa and 1&0xf==0x1
EPROTONOSUPPORT socket where 0&0xffffffff==0xa and 1&0xf==0x2
EAFNOSUPPORT socket
allow socketpair where 0&0xffffffff==0x1
EAFNOSUPPORT socketpair

allow ioctl
# PER_LINUX and PER_LINUX32, with UNAME26 and ADDR_NO_RANDOMIZE: what uname says, and where memory lies, of the program itself.
allow personality where 0&0xfff9fff7==0x0
allow personality where 0&0xffffffff==0xffffffff
allow if CAP_FSETID mknod where 1&0xf000==0x0
allow if CAP_FSETID mknod where 1&0xf000==0x8000
allow if CAP_FSETID mknodat where 2&0xf000==0x0
allow if CAP_FSETID mknodat where 2&0xf000==0x8000
allow mknod where 1&0xfc00==0x0
allow mknod where 1&0xfc00==0x8000
allow mknod where 1&0xfc00==0x1000
allow mknod where 1&0xfc00==0xc000
allow mknodat where 2&0xfc00==0x0
allow mknodat where 2&0xfc00==0x8000
allow mknodat where 2&0xfc00==0x1000
allow mknodat where 2&0xfc00==0xc000

# Programs may restrict themselves further, but not listen.
EPERM seccomp where 1&0x8==0x8
allow seccomp
allow if CAP_SYS_CHROOT chroot
allow if CAP_SYSLOG syslog
# Virtual machines and libnuma ask at their start on which nodes memory of the program lies; to change that is for few.
allow get_mempolicy
allow if CAP_SYS_NICE mbind set_mempolicy move_pages
allow if CAP_SYS_TIME settimeofday clock_settime adjtimex clock_adjtime
allow if CAP_SYS_BOOT reboot
allow if CAP_SYS_PACCT acct
allow if CAP_SYS_TTY_CONFIG vhangup
allow if CAP_SYS_ADMIN mount umount2 pivot_root fsopen fsconfig fsmount fspick open_tree move_mount mount_setattr
    sethostname setdomainname
