#define _GNU_SOURCE
#include "attack.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* What ordinary programs never call, and attacks on kernels have come through; and what one guest can use up for all. */

enum {
  NR_memfd_secret = 447,
  PROTOCOL_MPTCP = 262,
  OPTION_ATTACH_FILTER = 26,
  OPTION_ATTACH_REUSEPORT = 51,
  OPTION_ULP = 31,
  OPTION_ENCAP = 100,
  ENCAP_L2TP = 3,
  OPTION_MM = 35,
  MM_MAP_SIZE = 15,
  OPTION_MERGE = 67,
  FLAG_HUGE = 4,
  PAGE = 4096,
};

static enum outcome symbols(void) {
  char byte;
  int fd = open("/proc/kallsyms", O_RDONLY | O_CLOEXEC);
  if (fd >= 0 && read(fd, &byte, 1) == 1)
    return tell(EXPOSED, "read /proc/kallsyms");
  return tell(CONTAINED, "%s", fd < 0 ? strerror(errno) : "empty");
}

/* The programs of all sockets, filters and tracers of the machine share one limit on what is compiled. */
static enum outcome socket_filter(void) {
  struct sock_filter all = BPF_STMT(BPF_RET | BPF_K, 0xffff);
  struct sock_fprog program = {1, &all};
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0)
    return judge_success("socket", -1);
  /* With bits that the kernel does not read, which some filter may have compared. */
  if (syscall(SYS_setsockopt, fd, SOL_SOCKET | 1L << 32, OPTION_ATTACH_FILTER | 1L << 40, &program, sizeof program) == 0)
    return tell(EXPOSED, "SO_ATTACH_FILTER succeeded");
  int udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (udp < 0)
    return tell(CONTAINED, "SO_ATTACH_FILTER: %s", strerror(errno));
  return judge_success("SO_ATTACH_REUSEPORT_CBPF", setsockopt(udp, SOL_SOCKET, OPTION_ATTACH_REUSEPORT, &program, sizeof program));
}

static enum outcome protocols(void) {
  static const struct {
    int type, protocol;
    const char *name;
  } tries[] = {{SOCK_STREAM, PROTOCOL_MPTCP, "MPTCP"},
               {SOCK_STREAM, IPPROTO_SCTP, "SCTP"},
               {SOCK_SEQPACKET, 0, "SCTP as a sequence of packets"},
               {SOCK_DGRAM, IPPROTO_UDPLITE, "UDP-Lite"},
               {SOCK_DCCP, IPPROTO_DCCP, "DCCP"}};
  for (size_t i = 0; i < sizeof tries / sizeof tries[0]; i++)
    if (socket(AF_INET, tries[i].type | SOCK_CLOEXEC, tries[i].protocol) >= 0)
      return tell(EXPOSED, "a socket of %s", tries[i].name);
  return tell(CONTAINED, "%s", strerror(errno));
}

static enum outcome upper_layers(void) {
  int one = ENCAP_L2TP, udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (udp >= 0 && setsockopt(udp, IPPROTO_UDP, OPTION_ENCAP, &one, sizeof one) == 0)
    return tell(EXPOSED, "UDP_ENCAP succeeded");
  int tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (tcp < 0)
    return judge_success("socket", -1);
  /* Without a connection a kernel that knows "tls" says that there is none. */
  int result = setsockopt(tcp, IPPROTO_TCP, OPTION_ULP, "tls", sizeof "tls");
  return result == 0 || errno == ENOTCONN ? tell(EXPOSED, "TCP_ULP got as far as TLS")
                                          : tell(CONTAINED, "TCP_ULP: %s", strerror(errno));
}

static enum outcome asynchronous_io(void) {
  unsigned long context = 0;
  long result = syscall(SYS_io_setup, 1, &context);
  if (result == 0)
    syscall(SYS_io_destroy, context);
  return judge_success("io_setup", result);
}

static enum outcome secret_memory(void) {
  return judge_success("memfd_secret", syscall(NR_memfd_secret, 0L));
}

static enum outcome page_games(void) {
  int pipe_ends[2];
  void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  struct iovec piece = {page, PAGE};
  if (page == MAP_FAILED || pipe2(pipe_ends, O_CLOEXEC) != 0)
    return tell(NOT_APPLICABLE, "%s", strerror(errno));
  if (syscall(SYS_vmsplice, pipe_ends[1], &piece, 1L, 0L) >= 0)
    return tell(EXPOSED, "vmsplice succeeded");
  int fd = (int)syscall(SYS_memfd_create, "sandjar-probe", 1L);
  void *shared = fd >= 0 && ftruncate(fd, PAGE) == 0 ? mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;
  if (shared == MAP_FAILED)
    return tell(CONTAINED, "vmsplice fails, and there is no memory to share");
  return judge_success("remap_file_pages", syscall(SYS_remap_file_pages, shared, (long)PAGE, 0L, 0L, 0L));
}

static enum outcome merged_pages(void) {
  void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page != MAP_FAILED && syscall(SYS_madvise, page, (long)PAGE, MADV_MERGEABLE | 1L << 32) == 0)
    return tell(EXPOSED, "MADV_MERGEABLE succeeded");
  return judge_success("prctl(PR_SET_MEMORY_MERGE)", prctl(OPTION_MERGE, 1L, 0L, 0L, 0L));
}

/* Asks how large its argument is, which needs no privilege. */
static enum outcome memory_map(void) {
  unsigned size = 0;
  return judge_success("prctl(PR_SET_MM)", prctl(OPTION_MM, (long)MM_MAP_SIZE, &size, 0L, 0L));
}

static enum outcome huge_pages(void) {
  int fd = (int)syscall(SYS_memfd_create, "sandjar-probe", FLAG_HUGE | 1L << 33);
  if (fd >= 0)
    return tell(EXPOSED, "memfd_create(MFD_HUGETLB) succeeded");
  void *at = mmap(NULL, 2 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
  return at != MAP_FAILED ? tell(EXPOSED, "mmap(MAP_HUGETLB) succeeded") : tell(CONTAINED, "%s", strerror(errno));
}

static enum outcome line_discipline(void) {
  int master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC), unlock = 0, kind = 0;
  if (master < 0 || ioctl(master, TIOCSPTLCK, &unlock) != 0)
    return tell(NOT_APPLICABLE, "no terminal to be had: %s", strerror(errno));
  int slave = ioctl(master, 0x5441 /* TIOCGPTPEER */, O_RDWR | O_NOCTTY);
  if (slave < 0)
    return tell(NOT_APPLICABLE, "no terminal to be had: %s", strerror(errno));
  return judge_success("ioctl(TIOCSETD)", syscall(SYS_ioctl, slave, TIOCSETD | 1L << 32, &kind));
}

const struct probe surface_probes[] = {
    {"kernel-symbols", symbols},
    {"socket-filter", socket_filter},
    {"socket-protocol", protocols},
    {"upper-layer", upper_layers},
    {"async-io", asynchronous_io},
    {"secret-memory", secret_memory},
    {"page-games", page_games},
    {"merge-pages", merged_pages},
    {"memory-map", memory_map},
    {"huge-pages", huge_pages},
    {"line-discipline", line_discipline},
    {NULL, NULL},
};
