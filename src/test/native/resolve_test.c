/* Guest paths never leave the root, whatever links lie in it: with openat2 and without. */
#define _GNU_SOURCE
#include "resolve.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "without_call.h"

static char top[] = "/tmp/sandjar-resolve-XXXXXX";
static struct sj_context c;
static bool links; /* links inside the root are followed: only openat2 can do that safely */

static void make_tree(void) {
  CHECK(mkdtemp(top) != NULL && chdir(top) == 0);
  CHECK(mkdir("outside", 0755) == 0 && mkdir("root", 0755) == 0 && mkdir("root/dir", 0755) == 0);
  CHECK(mkdir("root/outside", 0755) == 0);
  close(open("outside/secret", O_CREAT | O_WRONLY, 0644));
  close(open("root/dir/file", O_CREAT | O_WRONLY, 0644));
  char absolute[128];
  snprintf(absolute, sizeof absolute, "%s/outside", top);
  CHECK(symlink(absolute, "root/absolute") == 0);
  CHECK(symlink("../../outside", "root/up") == 0);
  CHECK(symlink("/dir", "root/inside") == 0);
  CHECK(symlink("/proc/self/root", "root/magic") == 0);
  CHECK(symlink("loop", "root/loop") == 0);
  c.root = open("root", O_PATH | O_DIRECTORY | O_CLOEXEC);
  CHECK(c.root >= 0);
}

/* Whether a descriptor is the file of that name below the temporary directory. */
static bool is(int fd, const char *name) {
  struct stat a, b;
  bool same = fd >= 0 && fstat(fd, &a) == 0 && stat(name, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
  if (fd >= 0)
    close(fd);
  return same;
}

static bool refused(int fd) {
  int saved = errno;
  if (fd >= 0)
    close(fd);
  errno = saved;
  return fd < 0;
}

static void finding(void) {
  CHECK(is(sj_resolve(&c, "/dir/file"), "root/dir/file"));
  CHECK(is(sj_resolve(&c, "//dir///file"), "root/dir/file"));
  CHECK(is(sj_resolve(&c, "/"), "root"));
  CHECK(refused(sj_resolve(&c, "/nothing")) && errno == ENOENT);
  CHECK(refused(sj_resolve(&c, "/dir/file/below")) && errno == ENOTDIR);
  CHECK(refused(sj_resolve(&c, "/inside")) && errno == ELOOP);
  CHECK(refused(sj_resolve(&c, "/loop")) && errno == ELOOP);
  CHECK(refused(sj_resolve(&c, "/loop/x")) && errno == ELOOP);
  CHECK(refused(sj_resolve(&c, "/absolute/secret")));
  CHECK(refused(sj_resolve(&c, "/up/secret")));
  CHECK(refused(sj_resolve(&c, "/../outside/secret")));
  CHECK(refused(sj_resolve(&c, "/magic/etc/passwd")));
  if (links)
    CHECK(is(sj_resolve(&c, "/inside/file"), "root/dir/file"));
  else
    CHECK(refused(sj_resolve(&c, "/inside/file")) && errno == ELOOP);
}

static void making(void) {
  struct stat st;
  CHECK(is(sj_resolve_or_create(&c, "/dir/file", false), "root/dir/file"));
  umask(077);
  CHECK(is(sj_resolve_or_create(&c, "/new/a/b", true), "root/new/a/b"));
  CHECK(stat("root/new/a", &st) == 0 && (st.st_mode & 07777) == 0755); /* whatever the umask */
  CHECK(is(sj_resolve_or_create(&c, "/new/c/file", false), "root/new/c/file"));
  CHECK(stat("root/new/c/file", &st) == 0 && S_ISREG(st.st_mode) && st.st_size == 0);
  umask(022);
  /* Through a link that points out: at most something inside the root is made. */
  (void)!refused(sj_resolve_or_create(&c, "/absolute/made", false));
  (void)!refused(sj_resolve_or_create(&c, "/up/made", true));
  (void)!refused(sj_resolve_or_create(&c, "/magic/tmp/sandjar-made", false));
  CHECK(access("outside/made", F_OK) != 0 && access("/tmp/sandjar-made", F_OK) != 0);
  CHECK(refused(sj_resolve_or_create(&c, "/dir/file/x", true)));
}

static void parents(void) {
  char name[256], path[8192];
  CHECK(is(sj_resolve_parent(&c, "/dir/x", name), "root/dir") && strcmp(name, "x") == 0);
  CHECK(is(sj_resolve_parent(&c, "/x", name), "root") && strcmp(name, "x") == 0);
  CHECK(is(sj_resolve_parent(&c, "x", name), "root") && strcmp(name, "x") == 0);
  CHECK(is(sj_resolve_parent(&c, "/deep/er/x", name), "root/deep/er"));
  static const char *const wrong[] = {"/", "", "/dir/", "/dir/.", "/dir/.."};
  for (unsigned i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
    CHECK(refused(sj_resolve_parent(&c, wrong[i], name)) && errno == EINVAL);
  memset(path, 'a', sizeof path);
  path[0] = '/';
  path[256] = 0;
  CHECK(is(sj_resolve_parent(&c, path, name), "root") && strlen(name) == 255);
  path[256] = 'a';
  path[257] = 0;
  CHECK(refused(sj_resolve_parent(&c, path, name)) && errno == ENAMETOOLONG);
  memset(path, 'a', sizeof path);
  for (size_t i = 0; i < sizeof path; i += 100)
    path[i] = '/';
  path[sizeof path - 1] = 0;
  CHECK(refused(sj_resolve_parent(&c, path, name)) && errno == ENAMETOOLONG);
  path[300] = 0;
  path[0] = path[299] = '/';
  path[298] = 'x';
  path[299] = 0;
  CHECK(!refused(sj_resolve_parent(&c, path, name)));
}

static void sources(void) {
  char path[256];
  snprintf(path, sizeof path, "%s/root/dir/file", top);
  CHECK(is(sj_open_source(path, O_PATH), "root/dir/file"));
  CHECK(is(sj_open_source("/", O_PATH), "/"));
  snprintf(path, sizeof path, "%s/root/absolute/secret", top);
  CHECK(refused(sj_open_source(path, O_PATH)) && errno == ELOOP);
  snprintf(path, sizeof path, "%s/root/absolute", top);
  CHECK(refused(sj_open_source(path, O_PATH)) && errno == ELOOP);
  snprintf(path, sizeof path, "%s/nothing", top);
  CHECK(refused(sj_open_source(path, O_PATH)) && errno == ENOENT);
}

/* Nothing of all that may leave a descriptor behind. */
static void leaks(void) {
  int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
  CHECK(fd == c.root + 1);
  close(fd);
}

static void everything(void) {
  make_tree();
  finding();
  making();
  parents();
  sources();
  leaks();
  char command[128];
  snprintf(command, sizeof command, "rm -rf %s", top);
  CHECK(system(command) == 0);
}

int main(void) {
  links = syscall(SYS_openat2, -1, NULL, NULL, 0) < 0 && errno != ENOSYS && errno != EPERM;
  in_child(everything, 0);
  links = false;
  in_child(everything, SYS_openat2);
  return 0;
}
