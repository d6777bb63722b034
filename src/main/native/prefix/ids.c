#define _GNU_SOURCE
#include "prefix/ids.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "prefix/words.h"

/* The kernel finds users by a sum of the low bits of their numbers: those of different runs begin at different ones. */
enum { CHAINS = 128 };

static bool may_be_used(const struct sj_frozen *f, uint32_t slot) {
  return (f->slots[slot / 8] & 1u << slot % 8) != 0;
}

/* Not the slot that the last run has left: what one sandbox has left behind is not the next one's at once. */
static uint32_t somewhere(uint32_t slots) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return ((uint32_t)now.tv_nsec / 1000u + (uint32_t)getpid() * 7919u) % slots;
}

static int lock_slot(int fd, uint32_t slot) {
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = (off_t)slot, .l_len = 1};
  return fcntl(fd, F_OFD_SETLK, &lock);
}

int sj_take_ids(const struct sj_frozen *f, uint64_t *base, int *lock) {
  uint32_t slots = f->slots_size * 8;
  *base = 0;
  *lock = -1;
  if (f->block == 0)
    return 0;
  int fd = open(f->locks, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0)
    return sj_complain("choose private ids: open %s: %s; freeze the policy again, which makes it", f->locks, strerror(errno));
  uint32_t first = slots == 0 ? 0 : somewhere(slots);
  for (uint32_t i = 0; i < slots; i++) {
    uint32_t slot = (first + i) % slots;
    if (!may_be_used(f, slot))
      continue;
    if (lock_slot(fd, slot) == 0) {
      *base = f->first_id + slot * f->slot_ids + (f->block <= f->slot_ids - CHAINS ? slot % CHAINS : 0);
      *lock = fd;
      return 0;
    }
    if (errno != EAGAIN && errno != EACCES) {
      close(fd);
      return sj_complain("choose private ids: fcntl(F_OFD_SETLK) %s: %s", f->locks, strerror(errno));
    }
  }
  close(fd);
  return sj_complain("choose private ids: every block of ids that the policy may use is in use on this host: end some sandboxes");
}
