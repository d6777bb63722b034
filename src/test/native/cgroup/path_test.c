/* Cgroups at chosen paths, on ordinary directories: mkdir, locks, attributes and rmdir work alike there. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "cgroup/path.h"
#include "check.h"

static char top[] = "/var/tmp/sandjar-named-XXXXXX";
static const char MARK[] = "user.sandjar";

static const char *in(const char *name) {
  static char paths[8][256];
  static unsigned next;
  char *path = paths[next++ % 8];
  snprintf(path, sizeof paths[0], "%s/%s", top, name);
  return path;
}

static bool exists(const char *name) {
  return access(in(name), F_OK) == 0;
}

static char mark_of(const char *name) {
  char value = 0;
  return getxattr(in(name), MARK, &value, 1) == 1 ? value : 0;
}

static struct sj_op at(const char *path) {
  return (struct sj_op){.code = SJ_OP_CGROUP_AT, .str = {top, path, MARK}};
}

static bool make(struct sj_cgroup_path *n, const char *path) {
  struct sj_op op = at(path);
  return sj_cgroup_path_make(n, &op, -1) == 0;
}

/* As its launcher's death leaves it. */
static void abandon(struct sj_cgroup_path *n) {
  sj_cgroup_path_forget(n);
}

int main(void) {
  struct sj_cgroup_path a, b, c;
  CHECK(mkdtemp(top) != NULL);
  CHECK(setxattr(top, MARK, "x", 1, 0) == 0 || errno == EOPNOTSUPP);
  bool marks = removexattr(top, MARK) == 0;
  if (!marks)
    printf("named_test: no extended attributes in /var/tmp, so nothing about leftovers is tested\n");

  /* what was made is removed, with its parents */
  CHECK(make(&a, "p/q/leaf") && exists("p/q/leaf"));
  if (marks)
    CHECK(mark_of("p") == 'p' && mark_of("p/q") == 'p' && mark_of("p/q/leaf") == 'c');
  int fd = open(in("p/q/leaf"), O_RDONLY | O_DIRECTORY);
  CHECK(fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK);
  close(fd);
  CHECK(sj_cgroup_path_remove(&a) == SJ_GONE && !exists("p"));

  /* what was there stays, and is refused as a leaf */
  CHECK(mkdir(in("old"), 0755) == 0 && mkdir(in("old/leaf"), 0755) == 0);
  CHECK(!make(&a, "old/leaf") && errno == EEXIST && strcmp(a.call, "mkdir") == 0 && strstr(a.what, "old/leaf") != NULL);
  CHECK(make(&a, "old/other") && sj_cgroup_path_remove(&a) == SJ_GONE);
  CHECK(exists("old/leaf") && !exists("old/other"));
  CHECK(make(&a, "old/leaf/f/x") && sj_cgroup_path_remove(&a) == SJ_GONE && exists("old/leaf") && !exists("old/leaf/f"));

  /* nothing is reached through a link, and a failure leaves nothing */
  CHECK(symlink("old", in("link")) == 0);
  CHECK(!make(&a, "link/x") && (errno == ELOOP || errno == ENOTDIR) && !exists("old/x"));
  CHECK(mkdir(in("blocked"), 0755) == 0 && symlink("nowhere", in("blocked/leaf")) == 0);
  CHECK(!make(&a, "blocked/leaf") && errno == EEXIST && exists("blocked"));

  /* while one is made, what has made its parent may remove it */
  if (marks) {
    fflush(stdout);
    pid_t other = fork();
    CHECK(other >= 0);
    bool good = true;
    for (int i = 0; i < 500 && good; i++)
      good = make(&c, other == 0 ? "race/both/y" : "race/both/x") && sj_cgroup_path_remove(&c) == SJ_GONE;
    if (other == 0)
      _exit(good ? 0 : 1);
    int status = 0;
    CHECK(good && waitpid(other, &status, 0) == other && status == 0);
    CHECK(!exists("race"));
  }

  /* a parent that several share goes with the last */
  CHECK(make(&a, "shared/one") && make(&b, "shared/two"));
  CHECK(sj_cgroup_path_remove(&a) == SJ_GONE && exists("shared/two"));
  CHECK(sj_cgroup_path_remove(&b) == SJ_GONE);
  CHECK(exists("shared") == !marks);

  /* one that is in use is told, and tried again */
  CHECK(make(&a, "busy/leaf"));
  CHECK(close(open(in("busy/leaf/held"), O_CREAT | O_WRONLY, 0600)) == 0);
  CHECK(sj_cgroup_path_remove(&a) == SJ_STUCK && exists("busy/leaf"));
  CHECK(unlink(in("busy/leaf/held")) == 0 && sj_cgroup_path_remove(&a) == SJ_GONE && !exists("busy"));

  /* another's in the same place is not ours */
  CHECK(make(&a, "swapped/leaf"));
  CHECK(rmdir(in("swapped/leaf")) == 0 && mkdir(in("swapped/other"), 0755) == 0 && mkdir(in("swapped/leaf"), 0755) == 0);
  CHECK(sj_cgroup_path_remove(&a) == SJ_GONE && exists("swapped/leaf"));

  if (marks) {
    /* what a dead launcher has left is made anew; what a living one has is not, nor what is still in use, nor a parent */
    struct sj_op left = at("left/leaf");
    CHECK(sj_cgroup_path_leftover(&left, -1) == -1);
    CHECK(make(&a, "left/leaf") && !make(&b, "left/leaf") && errno == EEXIST && sj_cgroup_path_leftover(&left, -1) == -1);
    abandon(&a);
    CHECK(exists("left/leaf"));
    CHECK(close(open(in("left/leaf/held"), O_CREAT | O_WRONLY, 0600)) == 0);
    CHECK(!make(&b, "left/leaf") && errno == EBUSY && exists("left/leaf"));
    int held = sj_cgroup_path_leftover(&left, -1);
    CHECK(held >= 0 && unlinkat(held, "held", 0) == 0);
    CHECK(!make(&b, "left/leaf") && errno == EEXIST); /* for whoever has it locked meanwhile */
    close(held);
    CHECK(make(&b, "left/leaf") && make(&c, "left/second"));
    CHECK(!make(&a, "left") && errno == EEXIST);
    CHECK(sj_cgroup_path_remove(&c) == SJ_GONE && sj_cgroup_path_remove(&b) == SJ_GONE && !exists("left"));
  }

  struct sj_op same = at("x"), other = at("y");
  CHECK(make(&a, "x") && sj_cgroup_path_is(&a, &same) && !sj_cgroup_path_is(&a, &other) && sj_cgroup_path_remove(&a) == SJ_GONE && !sj_cgroup_path_is(&a, &same));

  CHECK(unlink(in("link")) == 0 && unlink(in("blocked/leaf")) == 0 && rmdir(in("blocked")) == 0);
  CHECK(rmdir(in("swapped/leaf")) == 0 && rmdir(in("swapped/other")) == 0 && rmdir(in("swapped")) == 0);
  CHECK(rmdir(in("old/leaf")) == 0 && rmdir(in("old")) == 0);
  (void)rmdir(in("shared"));
  CHECK(rmdir(top) == 0);
  return 0;
}
