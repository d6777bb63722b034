/* Areas of cgroups, on ordinary directories: removal works alike there, but for the files that rmdir of a cgroup takes with it. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgroup/root.h"
#include "check.h"

static char top[] = "/tmp/sandjar-root-XXXXXX";

static const char *in(const char *name) {
  static char paths[8][256];
  static unsigned next;
  char *path = paths[next++ % 8];
  snprintf(path, sizeof paths[0], "%s/%s", top, name);
  return path;
}

/* A path for longer than the next few calls. */
static const char *keep(const char *name) {
  char *path = strdup(in(name));
  CHECK(path != NULL);
  return path;
}

static void make(const char *name) {
  CHECK(mkdir(in(name), 0755) == 0);
}

static void file(const char *name, const char *text) {
  FILE *f = fopen(in(name), "w");
  CHECK(f != NULL && fputs(text, f) >= 0 && fclose(f) == 0);
}

static bool holds(const char *name, const char *text) {
  char content[64] = "";
  FILE *f = fopen(in(name), "r");
  CHECK(f != NULL);
  size_t n = fread(content, 1, sizeof content - 1, f);
  fclose(f);
  return n == strlen(text) && strcmp(content, text) == 0;
}

static bool exists(const char *name) {
  return access(in(name), F_OK) == 0;
}

static bool open_area(const char *directory, uint32_t words, const char **actions) {
  const char *directories[] = {directory, NULL};
  const struct sj_cgroup_root root = {{1, directories}, {words, actions}};
  return sj_cgroup_root_open(&root);
}

/* The last of several takes back what the first has done, and sweeps what died in between. */
static void put_back(void) {
  static const char *actions[9];
  make("unit");
  make("unit/sandjar-host");
  make("unit/sandjar-1-x");
  make("unit/sandjar-1-x/s1");
  make("unit/sandjar-2-x");
  make("unit/others");
  const char *const words[] = {"lock", keep("unit"), "", "none", keep("unit"), "sandjar-[0-9]*", "remove", keep("unit/sandjar-host"), ""};
  memcpy(actions, words, sizeof actions);
  int alive = open(in("unit/sandjar-2-x"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  CHECK(alive >= 0 && flock(alive, LOCK_EX | LOCK_NB) == 0);
  CHECK(open_area(in("unit"), 9, actions));
  sj_cgroup_root_close();
  CHECK(exists("unit/sandjar-host") && exists("unit/sandjar-2-x"));
  close(alive);
  CHECK(open_area(in("unit"), 9, actions));
  sj_cgroup_root_close();
  CHECK(!exists("unit/sandjar-host") && !exists("unit/sandjar-1-x") && !exists("unit/sandjar-2-x") && exists("unit/others"));
  int free = open(in("unit"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  CHECK(free >= 0 && flock(free, LOCK_EX | LOCK_NB) == 0); /* the lock ends with the actions */
  close(free);
  CHECK(rmdir(in("unit/others")) == 0 && rmdir(in("unit")) == 0);
}

int main(void) {
  CHECK(mkdtemp(top) != NULL);
  put_back();
  make("root");
  make("root/s1");
  make("root/s1/below");
  make("root/s1/below/deep");
  make("root/s2");
  make("from");
  make("to");
  make("last");
  file("control", "");
  file("from/cgroup.procs", "");
  CHECK(symlink("root", in("link")) == 0);

  CHECK(sj_cgroup_root_directory(0) == -1 && sj_cgroup_root_path(0)[0] == 0);
  CHECK(!open_area(in("nothing"), 0, NULL));
  CHECK(!open_area(in("link"), 0, NULL)); /* an root is never reached through a link */
  static const char *actions[18];
  const char *const words[] = {"write", keep("control"), "-memory", "move",   keep("from"), keep("to"),
                           "remove", keep("root"),   "",        "remove", keep("nothing"), "",
                           "unknown", "",                  "",        "remove", keep("last"),    ""};
  memcpy(actions, words, sizeof actions);
  CHECK(open_area(in("root"), sizeof actions / sizeof actions[0], actions));
  CHECK(!open_area(in("root"), 0, NULL)); /* once is enough */
  CHECK(sj_cgroup_root_directory(0) >= 0 && strcmp(sj_cgroup_root_path(0), in("root")) == 0 && sj_cgroup_root_directory(1) == -1);

  struct sj_cgroup_walk walk = {0};
  CHECK(sj_cgroup_root_remove(0, "s1", &walk) == SJ_GONE && !exists("root/s1"));
  CHECK(sj_cgroup_root_remove(0, "s1", &walk) == SJ_GONE); /* already */
  file("root/s2/held", "");
  CHECK(sj_cgroup_root_remove(0, "s2", &walk) == SJ_STUCK && exists("root/s2")); /* what can't be removed is told, and tried again */
  CHECK(unlink(in("root/s2/held")) == 0);
  CHECK(sj_cgroup_root_remove(0, "s2", &walk) == SJ_GONE && !walk.below);

  sj_cgroup_root_close();
  CHECK(holds("control", "-memory"));
  CHECK(!exists("root"));
  CHECK(exists("last")); /* an action that fails is the last */

  CHECK(rmdir(in("last")) == 0 && rmdir(in("to")) == 0);
  CHECK(unlink(in("from/cgroup.procs")) == 0 && rmdir(in("from")) == 0 && unlink(in("control")) == 0 && unlink(in("link")) == 0);
  CHECK(rmdir(top) == 0);
  return 0;
}
