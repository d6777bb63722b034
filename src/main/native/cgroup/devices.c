#define _GNU_SOURCE
#include "cgroup/devices.h"

#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int sj_attach_devices(int cgroup, const uint8_t *program, size_t size) {
  union bpf_attr load, attach;
  memset(&load, 0, sizeof load);
  load.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
  load.insns = (uint64_t)(uintptr_t)program;
  load.insn_cnt = (uint32_t)(size / sizeof(struct bpf_insn));
  load.license = (uint64_t)(uintptr_t) "Apache-2.0";
  int fd = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &load, sizeof load);
  if (fd < 0)
    return -1;
  memset(&attach, 0, sizeof attach);
  attach.target_fd = (uint32_t)cgroup;
  attach.attach_bpf_fd = (uint32_t)fd;
  attach.attach_type = BPF_CGROUP_DEVICE;
  int result = (int)syscall(SYS_bpf, BPF_PROG_ATTACH, &attach, sizeof attach);
  int error = errno;
  close(fd);
  errno = error;
  return result;
}
