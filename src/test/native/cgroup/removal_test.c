/* Removal of what a program has made below its cgroup, on ordinary directories: rmdir refuses those that hold something there as well. */
#define _GNU_SOURCE
#include "cgroup/removal.h"

#include <fcntl.h>
#include <ftw.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cgroup/root.h"
#include "check.h"

/* Beyond what one call takes on, in both directions. */
enum { LEVELS = 150, SIBLINGS = 300, AT_ONCE = 64, TRIES = 1000 };

static char top[] = "/var/tmp/sandjar-removal-XXXXXX";
static struct sj_plan plan;
static struct sj_op op;
static unsigned directories;

static int count_one(const char *path, const struct stat *st, int type, struct FTW *ftw) {
  (void)path, (void)st, (void)ftw;
  directories += type == FTW_D;
  return 0;
}

static unsigned left(void) {
  directories = 0;
  CHECK(nftw(top, count_one, 8, FTW_PHYS) == 0);
  return directories - 1;
}

static void in_top(void) {
  CHECK(chdir(top) == 0);
}

static void make_siblings(const char *prefix) {
  char name[32];
  for (int i = 0; i < SIBLINGS; i++) {
    snprintf(name, sizeof name, "%s%d", prefix, i);
    CHECK(mkdir(name, 0755) == 0);
  }
}

static void make_deep(int levels) {
  for (int i = 0; i < levels; i++)
    CHECK(mkdir("d", 0755) == 0 && chdir("d") == 0);
}

static void begin(uint64_t id) {
  struct sj_cgroup g = {.id = id, .plan = &plan};
  sj_cgroup_remove(&g);
  CHECK(sj_cgroup_removals() == 1 && sj_cgroup_until_removal() == 0);
}

static void wait_for(uint64_t ns) {
  const struct timespec time = {(time_t)(ns / 1000000000), (long)(ns % 1000000000)};
  CHECK(nanosleep(&time, NULL) == 0);
}

static void all_of_it_goes_a_part_at_a_time(void) {
  CHECK(mkdir("s1", 0755) == 0 && chdir("s1") == 0);
  make_siblings("c");
  make_siblings(".c");
  make_deep(LEVELS);
  make_siblings("c");
  in_top();
  begin(1);
  unsigned before = left();
  CHECK(before == 1 + LEVELS + 3 * SIBLINGS);
  for (unsigned i = 0; sj_cgroup_removals() > 0; i++) {
    CHECK(i < TRIES && sj_cgroup_until_removal() == 0); /* nothing has to be waited for */
    sj_cgroup_remove_one();
    unsigned now = left();
    CHECK(before - now <= AT_ONCE + 1);
    before = now;
  }
  CHECK(before == 0 && sj_cgroup_until_removal() == UINT64_MAX);
}

static void what_is_in_use_is_looked_at_less_and_less(void) {
  uint64_t until, longest = 0;
  CHECK(mkdir("s2", 0755) == 0 && chdir("s2") == 0);
  make_deep(3);
  int held = open("held", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  CHECK(held >= 0 && close(held) == 0);
  in_top();
  begin(2);
  for (unsigned i = 0; longest < 200000000; i++) {
    CHECK(i < 20);
    sj_cgroup_remove_one();
    until = sj_cgroup_until_removal();
    CHECK(sj_cgroup_removals() == 1 && until <= 1000000000);
    longest = until > longest ? until : longest;
    wait_for(until);
  }
  CHECK(left() == 4 && unlink("s2/d/d/d/held") == 0);
  for (unsigned i = 0; sj_cgroup_removals() > 0; i++) {
    CHECK(i < 20);
    sj_cgroup_remove_one();
  }
  CHECK(left() == 0);
}

int main(void) {
  CHECK(mkdtemp(top) != NULL);
  const char *paths[] = {top, NULL};
  const struct sj_cgroup_root root = {{1, paths}, {0, NULL}};
  op.code = SJ_OP_CGROUP;
  plan.section[SJ_CGROUP] = &op;
  plan.count[SJ_CGROUP] = 1;
  in_top();
  CHECK(sj_cgroup_root_open(&root));
  all_of_it_goes_a_part_at_a_time();
  what_is_in_use_is_looked_at_less_and_less();
  sj_cgroup_root_close();
  CHECK(rmdir(top) == 0);
  puts("removal: ok");
  return 0;
}
