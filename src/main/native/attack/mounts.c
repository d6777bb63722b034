#define _GNU_SOURCE
#include "attack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* glibc 2.36 has the flags of these calls in sys/mount.h, musl has not: none is defined here, so that no name meets another. */
enum { NR_open_tree = 428, NR_move_mount = 429, NR_fsopen = 430, NR_fspick = 433, NR_mount_setattr = 442 };

/* A type that there is not: who may mount hears that, others that they may not. */
static enum outcome mount_call(void) {
  return outcome_of("mount", mount("none", "/", "sandjar-no-such-type", 0, NULL));
}

/* No mount point: again the question is what comes first. */
static enum outcome unmount(void) {
  return outcome_of("umount2", umount2("/proc/self/", MNT_DETACH));
}

static enum outcome remount(void) {
  return outcome_of("mount(MS_REMOUNT)", mount(NULL, "/proc/self/", NULL, MS_REMOUNT | MS_BIND, NULL));
}

static enum outcome new_api(void) {
  long fd = syscall(NR_fsopen, "tmpfs", 1);
  if (fd >= 0)
    return tell(EXPOSED, "fsopen succeeded");
  int first = errno;
  fd = syscall(NR_open_tree, AT_FDCWD, "/", 1 /* OPEN_TREE_CLONE */);
  if (fd >= 0)
    return tell(EXPOSED, "open_tree(OPEN_TREE_CLONE) succeeded");
  fd = syscall(NR_fspick, AT_FDCWD, "/", 0);
  if (fd >= 0)
    return tell(EXPOSED, "fspick succeeded");
  errno = first;
  return outcome_of("fsopen", -1);
}

static enum outcome setattr(void) {
  unsigned long long attr[4] = {0, 1 /* clear MOUNT_ATTR_RDONLY */, 0, 0};
  return outcome_of("mount_setattr", syscall(NR_mount_setattr, AT_FDCWD, "/proc/self", 0, attr, sizeof attr));
}

static enum outcome pivot(void) {
  return outcome_of("pivot_root", syscall(SYS_pivot_root, "/proc/self", "/proc/self"));
}

static enum outcome change_root(void) {
  return judge_success("chroot", chroot("/"));
}

static enum outcome by_handle(void) {
  struct {
    struct file_handle handle;
    unsigned char bytes[128];
  } h = {.handle = {.handle_bytes = 128}};
  int mount_id;
  if (name_to_handle_at(AT_FDCWD, "/", &h.handle, &mount_id, 0) != 0) {
    if (errno == EOPNOTSUPP)
      return tell(NOT_APPLICABLE, "the root's file system has no handles");
    return judge_success("name_to_handle_at", -1);
  }
  int root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  return judge_success("open_by_handle_at", open_by_handle_at(root, &h.handle, O_PATH));
}

static enum outcome device_node(void) {
  static const char *const places[] = {"/tmp", "/dev/shm", "/dev", "."};
  char path[64];
  for (size_t i = 0; i < 4; i++) {
    snprintf(path, sizeof path, "%s/.sandjar-node-%d", places[i], getpid());
    if (mknod(path, S_IFBLK | 0600, makedev(7, 0)) == 0) {
      unlink(path);
      return tell(EXPOSED, "a block device in %s", places[i]);
    }
  }
  return tell(CONTAINED, "mknod: %s", strerror(errno));
}

static enum outcome devices(void) {
  static const char *const names[] = {"/dev/mem", "/dev/kmem", "/dev/port", "/dev/kmsg", "/dev/loop-control", "/dev/fuse", "/dev/kvm",
                                      "/dev/vda", "/dev/sda", "/dev/nvme0n1", "/dev/vhost-net", "/dev/vsock", "/dev/userfaultfd"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    if (open(names[i], O_RDONLY | O_NONBLOCK | O_CLOEXEC) >= 0)
      return tell(EXPOSED, "opened %s", names[i]);
  return tell(CONTAINED, "none of the host's");
}

const struct probe mount_probes[] = {
    {"mount", mount_call},           {"umount", unmount},      {"remount", remount},         {"mount-api", new_api},
    {"mount-setattr", setattr},      {"pivot-root", pivot},    {"chroot", change_root},      {"open-by-handle", by_handle},
    {"make-device", device_node},    {"host-devices", devices}, {NULL, NULL},
};
