#define _GNU_SOURCE
#include "prefix/host.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "kernel/syscalls.h"
#include "prefix/words.h"
#include "program/landlock.h"

#define AGAIN "freeze it again here"

static int check_kernel(const struct sj_frozen *f, const char *file) {
  struct utsname name;
  uint32_t features = sj_kernel_features() | sj_landlock_abi() << SJ_LANDLOCK_SHIFT;
  if (uname(&name) != 0)
    return sj_complain("uname: %s", strerror(errno));
  if (strcmp(name.release, f->release) != 0)
    return sj_complain("%s was frozen for Linux %s, and this is %s: " AGAIN, file, f->release, name.release);
  if (features != f->features)
    return sj_complain("%s was frozen where the kernel offered 0x%x, and it offers 0x%x to this process: " AGAIN, file, (unsigned)f->features, (unsigned)features);
  return 0;
}

static int check_rights(const struct sj_frozen *f, const char *file) {
  struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct data[2] = {{0, 0, 0}, {0, 0, 0}};
  if (f->uid != geteuid() || f->gid != getegid())
    return sj_complain("%s was frozen for user %u and group %u, and this is user %u and group %u: freeze it as that one", file, (unsigned)f->uid,
                       (unsigned)f->gid, (unsigned)geteuid(), (unsigned)getegid());
  if (syscall(SYS_capget, &head, data) != 0)
    return sj_complain("capget: %s", strerror(errno));
  uint64_t effective = data[0].effective | (uint64_t)data[1].effective << 32;
  if (f->capabilities != effective)
    return sj_complain("%s was frozen with the capabilities %016llx, and this process has %016llx: freeze it with the same ones", file,
                       (unsigned long long)f->capabilities, (unsigned long long)effective);
  return 0;
}

/* A path that goes through a link was resolved when it was frozen. */
static int check_places(const struct sj_frozen *f, const char *file) {
  for (uint32_t i = 0; i < f->places; i++) {
    const struct sj_frozen_place *p = &f->place[i];
    struct stat st;
    if (fstatat(AT_FDCWD, p->path, &st, AT_SYMLINK_NOFOLLOW) != 0)
      return sj_complain("%s was frozen with %s, which can't be looked at now: %s; bring it back, or " AGAIN, file, p->path, strerror(errno));
    if (((uint64_t)major(st.st_dev) << 32 | minor(st.st_dev)) != p->device || st.st_ino != p->inode || (st.st_mode & S_IFMT) != p->type)
      return sj_complain("%s was frozen with another %s, which has been replaced since: " AGAIN, file, p->path);
  }
  return 0;
}

int sj_check_host(const struct sj_frozen *f, const char *file) {
  if (check_kernel(f, file) != 0 || check_rights(f, file) != 0)
    return -1;
  return check_places(f, file);
}
