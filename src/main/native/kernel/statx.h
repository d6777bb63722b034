/*
 * What statx(2) fills in, as the kernel lays it out. linux/stat.h has it too, and so have glibc and newer versions of musl in
 * sys/stat.h: who includes both has it twice. So no header is asked for it.
 */
#ifndef SJ_KERNEL_STATX_H
#define SJ_KERNEL_STATX_H

#include <stdint.h>

struct sj_statx_time {
  int64_t sec;
  uint32_t nsec;
  int32_t reserved;
};

struct sj_statx {
  uint32_t mask, block_size;
  uint64_t attributes;
  uint32_t links, uid, gid;
  uint16_t mode, reserved;
  uint64_t inode, size, blocks, attributes_mask;
  struct sj_statx_time accessed, born, changed, modified;
  uint32_t rdev_major, rdev_minor, dev_major, dev_minor;
  uint64_t mount;
  uint64_t more[13];
};

_Static_assert(sizeof(struct sj_statx) == 256, "the kernel writes 256 bytes");

#endif
