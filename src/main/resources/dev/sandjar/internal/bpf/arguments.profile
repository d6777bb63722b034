# Arguments that are refused of calls which are open otherwise, in the format of the profiles. These rules come before whatever opens
# such a call: a built-in profile, or an intent of its builder. The kernel reads the low half of an int argument only, and so do
# these. Each of the calls has to be open in the built-in profile, or these rules are left out.

# TIOCSTI and TIOCLINUX put words into the mouth of whoever types at this terminal; TIOCSETD makes it a line of some driver.
EPERM ioctl where 1&0xffffffff==0x5412
EPERM ioctl where 1&0xffffffff==0x541c
EPERM ioctl where 1&0xffffffff==0x5423

# SO_ATTACH_FILTER, SO_ATTACH_BPF, SO_ATTACH_REUSEPORT_CBPF and _EBPF: programs in the kernel, compiled into memory of which the whole
# machine has little.
ENOPROTOOPT setsockopt where 1&0xffffffff==0x1 and 2&0xffffffff==0x1a
ENOPROTOOPT setsockopt where 1&0xffffffff==0x1 and 2&0xffffffff==0x32
ENOPROTOOPT setsockopt where 1&0xffffffff==0x1 and 2&0xffffffff==0x33
ENOPROTOOPT setsockopt where 1&0xffffffff==0x1 and 2&0xffffffff==0x34

# UDP_ENCAP (a UDP socket takes it at the level of UDP-Lite too) and TCP_ULP put other protocols on a socket.
ENOPROTOOPT setsockopt where 1&0xffffffff==0x11 and 2&0xffffffff==0x64
ENOPROTOOPT setsockopt where 1&0xffffffff==0x88 and 2&0xffffffff==0x64
ENOPROTOOPT setsockopt where 1&0xffffffff==0x6 and 2&0xffffffff==0x1f

# TCP_LINGER2: connections that nobody has any more, of which the whole machine may have so many (net.ipv4.tcp_max_orphans), would stay for
# two minutes instead of none. Where there are more than these, what the host closes is reset.
ENOPROTOOPT setsockopt where 1&0xffffffff==0x6 and 2&0xffffffff==0x8

# PR_SET_MM, PR_SET_MEMORY_MERGE and MADV_MERGEABLE; pages merged with those of others tell what the others hold.
EPERM prctl where 0&0xffffffff==0x23
EINVAL prctl where 0&0xffffffff==0x43
EINVAL madvise where 2&0xffffffff==0xc

# MFD_HUGETLB, MAP_HUGETLB and SHM_HUGETLB: huge pages are the machine's, and no memory limit counts them. They come back with a limit
# of their own: a planner looks for these very rules.
EINVAL memfd_create where 1&0x4==0x4
ENOMEM mmap where 3&0x40000==0x40000
EPERM shmget where 2&0x800==0x800

# F_SETLEASE and F_NOTIFY on a file of the host: whoever opens it waits for the holder of the lease, for 45 seconds; what others do in a
# directory is told. No mount keeps them apart, a read-only one neither.
EINVAL fcntl where 1&0xffffffff==0x400
EINVAL fcntl where 1&0xffffffff==0x402

# F_SETPIPE_SZ and IPV6_FLOWLABEL_MGR: the pages of pipes are counted with those of the user, flow labels with those of the machine.
# What a pipe has anyway, 64 KiB, it may have.
EPERM fcntl where 1&0xffffffff==0x407 and 2>0x10000
ENOPROTOOPT setsockopt where 1&0xffffffff==0x29 and 2&0xffffffff==0x20
