#define _GNU_SOURCE
#include "attack.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

enum { NR_io_uring_setup = 425, NR_pidfd_open = 434, NR_pidfd_getfd = 438, FIRST_UNKNOWN = 480, LAST_UNKNOWN = 600, NONE = -100 };

/* Arguments that nothing could do anything with: what counts is which refusal comes first. */
static enum outcome kexec(void) {
  return outcome_of("kexec_load", syscall(SYS_kexec_load, 0L, 1000L, NULL, 0xffffL));
}

static enum outcome load_module(void) {
  return outcome_of("init_module", syscall(SYS_init_module, NULL, 0L, ""));
}

static enum outcome unload_module(void) {
  return outcome_of("delete_module", syscall(SYS_delete_module, "sandjar_no_such_module", O_NONBLOCK));
}

static enum outcome bpf(void) {
  char attributes[128] = {0};
  return outcome_of("bpf", syscall(SYS_bpf, 0x7fffL, attributes, sizeof attributes));
}

static enum outcome perf(void) {
  uint32_t attributes[32] = {1 /* software */, sizeof attributes};
  attributes[10] = 1 << 5 | 1 << 6; /* not of the kernel, not of a hypervisor */
  return judge_success("perf_event_open", syscall(SYS_perf_event_open, attributes, 0, -1, -1, 0L));
}

static enum outcome fault_handler(void) {
  return judge_success("userfaultfd", syscall(SYS_userfaultfd, O_CLOEXEC | 1));
}

static enum outcome keys(void) {
  return outcome_of("keyctl", syscall(SYS_keyctl, 0L, -4L /* user keyring */, 0L));
}

static enum outcome add_key(void) {
  return judge_success("add_key", syscall(SYS_add_key, "user", "sandjar-probe", "x", 1L, -2L /* this process's keyring */));
}

static enum outcome io_uring(void) {
  uint32_t parameters[30] = {0};
  return judge_success("io_uring_setup", syscall(NR_io_uring_setup, 1, parameters));
}

static enum outcome steal_descriptor(void) {
  int pidfd = (int)syscall(NR_pidfd_open, getpid(), 0);
  if (pidfd < 0)
    return judge_success("pidfd_open", -1);
  return judge_success("pidfd_getfd", syscall(NR_pidfd_getfd, pidfd, 1, 0));
}

static enum outcome compare(void) {
  return judge_success("kcmp", syscall(SYS_kcmp, getpid(), getpid(), 0, 0L, 0L));
}

static enum outcome swap(void) {
  return outcome_of("swapon", syscall(SYS_swapon, "/sandjar/no/such/file", 0L));
}

static enum outcome restart(void) {
  return outcome_of("reboot", syscall(SYS_reboot, 0L, 0L, 0L, NULL)); /* not the magic numbers */
}

static enum outcome accounting(void) {
  return outcome_of("acct", syscall(SYS_acct, "/sandjar/no/such/file"));
}

/* The frequency that the clock has already. */
static enum outcome set_clock(void) {
  struct timex t = {.modes = 0};
  if (adjtimex(&t) < 0)
    return judge_success("adjtimex", -1);
  t.modes = ADJ_FREQUENCY;
  return judge_success("adjtimex(ADJ_FREQUENCY)", adjtimex(&t));
}

static enum outcome set_personality(void) {
  return judge_success("personality(READ_IMPLIES_EXEC)", syscall(SYS_personality, 0x0400000L));
}

static enum outcome kernel_log(void) {
  return judge_success("syslog", syscall(SYS_syslog, 10L /* size of the buffer */, NULL, 0L));
}

static enum outcome ports(void) {
#ifdef SYS_iopl
  return judge_success("iopl", syscall(SYS_iopl, 3L));
#else
  return tell(NOT_APPLICABLE, "this architecture has no I/O ports");
#endif
}

static enum outcome descriptor_table(void) {
#ifdef SYS_modify_ldt
  char entry[16];
  return judge_success("modify_ldt", syscall(SYS_modify_ldt, 0L, entry, sizeof entry));
#else
  return tell(NOT_APPLICABLE, "this architecture has none");
#endif
}

static enum outcome watch_files(void) {
  return judge_success("fanotify_init", syscall(SYS_fanotify_init, 0x200L, 0L));
}

static enum outcome memory_policy(void) {
  return judge_success("set_mempolicy(MPOL_DEFAULT)", syscall(SYS_set_mempolicy, 0L, NULL, 0L));
}

static enum outcome host_name(void) {
  char name[65];
  if (gethostname(name, sizeof name) != 0)
    return tell(NOT_APPLICABLE, "it has no name");
  return judge_success("sethostname", sethostname(name, strlen(name)));
}

static enum outcome foreign_calls(void) {
#ifdef __x86_64__
  long result;
  __asm__ volatile("int $0x80" : "=a"(result) : "a"(20L) : "memory", "cc", "r8", "r9", "r10", "r11");
  if (result > 0)
    return tell(EXPOSED, "getpid by int 0x80 gave %ld", result);
  return tell(CONTAINED, "int 0x80 gave %ld", result);
#else
  return tell(NOT_APPLICABLE, "only x86-64 has a second table in this way");
#endif
}

static enum outcome x32_calls(void) {
#ifdef __x86_64__
  long result = syscall(0x40000000L | SYS_getpid);
  return result > 0 ? tell(EXPOSED, "getpid of x32 succeeded") : tell(CONTAINED, "%s", strerror(errno));
#else
  return tell(NOT_APPLICABLE, "only x86-64 has x32");
#endif
}

static enum outcome unknown_calls(void) {
  for (long n = FIRST_UNKNOWN; n <= LAST_UNKNOWN; n++)
    if (syscall(n, 0L, 0L, 0L, 0L, 0L, 0L) != -1 || errno != ENOSYS)
      return tell(EXPOSED, "%ld: %s", n, strerror(errno));
  if (syscall(0x80000000L, 0L) != -1 || errno != ENOSYS)
    return tell(EXPOSED, "2^31: %s", strerror(errno));
  return tell(CONTAINED, "all fail with ENOSYS");
}

static int terminal(void) {
  int master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC), unlock = 0;
  if (master < 0 || ioctl(master, TIOCSPTLCK, &unlock) != 0)
    return -1;
  setsid();
  int slave = ioctl(master, 0x5441 /* TIOCGPTPEER */, O_RDWR);
  return slave >= 0 && ioctl(slave, TIOCSCTTY, 0) == 0 ? slave : -1;
}

static enum outcome type_ahead(void) {
  pid_t pid = fork(); /* a leader of its group can't get a session */
  if (pid > 0) {
    int status;
    waitpid(pid, &status, 0);
    return CONTAINED;
  }
  int tty = terminal();
  enum outcome result;
  if (tty < 0)
    result = tell(NOT_APPLICABLE, "no terminal to be had: %s", strerror(errno));
  else
    result = judge_success("ioctl(TIOCSTI)", ioctl(tty, TIOCSTI, "x"));
  if (pid == 0)
    _exit(0);
  return result;
}

static enum outcome upper_half(void) {
  /* The kernel reads 32 bits of the request: a filter that compares 64 lets it pass. */
  int tty = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (tty < 0)
    return tell(NOT_APPLICABLE, "no terminal to be had: %s", strerror(errno));
  long result = syscall(SYS_ioctl, tty, 0x100005412L, "x");
  return result == -1 && errno == EPERM ? tell(CONTAINED, "TIOCSTI with more bits: %s", strerror(errno))
                                         : tell(EXPOSED, "TIOCSTI with more bits got past the filter: %s", strerror(errno));
}

static enum outcome settings(void) {
  static const char *const files[] = {"/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe", "/proc/sys/kernel/hotplug",
                                      "/proc/sys/fs/binfmt_misc/register", "/proc/sysrq-trigger", "/sys/kernel/uevent_helper",
                                      "/proc/sys/vm/overcommit_memory", "/proc/sys/kernel/sched_rt_runtime_us", "/sys/power/state",
                                      "/sys/kernel/mm/transparent_hugepage/enabled", "/proc/irq/default_smp_affinity"};
  for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
    if (open(files[i], O_WRONLY | O_CLOEXEC) >= 0)
      return tell(EXPOSED, "%s opened for writing", files[i]);
  return tell(CONTAINED, "%s", strerror(errno));
}

/* Whether there is anything to read. */
static bool readable(const char *path) {
  char byte;
  int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  bool result = fd >= 0 && read(fd, &byte, 1) > 0;
  if (fd >= 0)
    close(fd);
  return result;
}

static enum outcome kernel_memory(void) {
  static const char *const files[] = {"/proc/kcore", "/dev/mem", "/proc/vmcore", "/sys/kernel/debug/kprobes/list"};
  for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
    if (readable(files[i]))
      return tell(EXPOSED, "read %s", files[i]);
  return tell(CONTAINED, "not readable");
}

static enum outcome kernel_facts(void) {
  static const char *const files[] = {"/proc/keys", "/proc/timer_list", "/proc/sched_debug", "/proc/latency_stats", "/proc/kpagecount",
                                      "/proc/slabinfo", "/proc/interrupts", "/proc/key-users", "/sys/firmware/dmi/tables/DMI",
                                      "/proc/acpi/wakeup", "/proc/scsi/scsi", "/proc/cmdline", "/proc/locks", "/proc/diskstats"};
  for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
    if (readable(files[i]))
      return tell(EXPOSED, "read %s", files[i]);
  return tell(CONTAINED, "masked or not readable");
}

static enum outcome power(void) {
  return access("/sys/devices/virtual/powercap", R_OK) == 0 && opendir("/sys/devices/virtual/powercap") != NULL
             ? tell(EXPOSED, "/sys/devices/virtual/powercap")
             : tell(CONTAINED, "%s", strerror(errno));
}

static bool writable_below(const char *directory, int depth) {
  char path[4096];
  static const char *const files[] = {"cgroup.procs", "tasks", "release_agent", "cgroup.subtree_control", "memory.max",
                                      "memory.limit_in_bytes", "pids.max", "notify_on_release"};
  for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
    snprintf(path, sizeof path, "%s/%s", directory, files[i]);
    if (open(path, O_WRONLY | O_CLOEXEC) >= 0)
      return true;
  }
  DIR *d = depth > 0 ? opendir(directory) : NULL;
  bool found = false;
  for (struct dirent *e; d != NULL && !found && (e = readdir(d)) != NULL;) {
    if (e->d_name[0] == '.' || e->d_type != DT_DIR)
      continue;
    snprintf(path, sizeof path, "%s/%s", directory, e->d_name);
    found = writable_below(path, depth - 1);
  }
  if (d != NULL)
    closedir(d);
  return found;
}

static enum outcome own_limits(void) {
  return writable_below("/sys/fs/cgroup", 3) ? tell(EXPOSED, "files below /sys/fs/cgroup opened for writing")
                                              : tell(CONTAINED, "nothing below /sys/fs/cgroup is writable");
}

const struct probe kernel_probes[] = {
    {"kexec", kexec}, {"load-module", load_module}, {"unload-module", unload_module}, {"bpf", bpf}, {"perf-events", perf},
    {"userfaultfd", fault_handler}, {"keyrings", keys}, {"add-key", add_key}, {"io-uring", io_uring},
    {"pidfd-getfd", steal_descriptor}, {"kcmp", compare}, {"swapon", swap}, {"reboot", restart},
    {"acct", accounting}, {"set-clock", set_clock}, {"personality", set_personality}, {"kernel-log", kernel_log}, {"io-ports", ports},
    {"modify-ldt", descriptor_table}, {"fanotify", watch_files}, {"memory-policy", memory_policy}, {"set-host-name", host_name},
    {"i386-calls", foreign_calls}, {"x32-calls", x32_calls}, {"unknown-calls", unknown_calls}, {"type-ahead", type_ahead},
    {"type-ahead-upper-half", upper_half}, {"kernel-settings", settings}, {"kernel-memory", kernel_memory},
    {"kernel-facts", kernel_facts}, {"power-meter", power}, {"cgroup-files", own_limits}, {NULL, NULL},
};
