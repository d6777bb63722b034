/* Guest paths never leave the root, whatever links lie in it: with openat2 and without. */
#define _GNU_SOURCE
#include "setup/resolve.h"

#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "without_call.h"

static char top[] = "/tmp/sandjar-resolve-XXXXXX";
static struct sj_context c;

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
  CHECK(symlink("..", "root/dir/back") == 0);
  CHECK(symlink("../../../../dir/file", "root/dir/far") == 0);
  CHECK(symlink("../run/a/b.conf", "root/dir/dangling") == 0);
  CHECK(symlink("/var/lib/volume", "root/volume") == 0);
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

/* link0 -> link1 -> ... -> dir/file, so many links. */
static void chain(int length) {
  char from[32], to[32];
  for (int i = 0; i < length; i++) {
    snprintf(from, sizeof from, "root/link%d", i);
    snprintf(to, sizeof to, i + 1 == length ? "/dir/file" : "link%d", i + 1);
    unlink(from);
    CHECK(symlink(to, from) == 0);
  }
}

static int make(const char *path, bool directory) {
  bool made;
  return sj_resolve_or_create(&c, path, directory ? S_IFDIR | 0755 : S_IFREG | 0644, true, &made);
}

static void finding(void) {
  CHECK(is(sj_resolve(&c, "/dir/file"), "root/dir/file"));
  CHECK(is(sj_resolve(&c, "//dir///file"), "root/dir/file"));
  CHECK(is(sj_resolve(&c, "/"), "root"));
  CHECK(refused(sj_resolve(&c, "/nothing")) && errno == ENOENT);
  CHECK(refused(sj_resolve(&c, "/dir/file/below")) && errno == ENOTDIR);
  CHECK(is(sj_resolve(&c, "/inside"), "root/dir"));
  CHECK(is(sj_resolve(&c, "/inside/file"), "root/dir/file"));
  CHECK(is(sj_resolve(&c, "/dir/back/dir/./file"), "root/dir/file"));
  CHECK(is(sj_resolve(&c, "/dir/far"), "root/dir/file"));
  CHECK(refused(sj_resolve_itself(&c, "/inside")) && errno == ELOOP);
  CHECK(is(sj_resolve_itself(&c, "/dir/file"), "root/dir/file"));
  CHECK(refused(sj_resolve(&c, "/loop")) && errno == ELOOP);
  CHECK(refused(sj_resolve(&c, "/loop/x")) && errno == ELOOP);
  CHECK(refused(sj_resolve(&c, "/absolute/secret")));
  CHECK(refused(sj_resolve(&c, "/up/secret")));
  CHECK(refused(sj_resolve(&c, "/../outside/secret")));
  CHECK(refused(sj_resolve(&c, "/magic/etc/passwd")));
  chain(39);
  CHECK(is(sj_resolve(&c, "/link0"), "root/dir/file"));
  chain(60);
  CHECK(refused(sj_resolve(&c, "/link0")) && errno == ELOOP);
}

static void making(void) {
  struct stat st;
  CHECK(is(make("/dir/file", false), "root/dir/file"));
  umask(077);
  CHECK(is(make("/new/a/b", true), "root/new/a/b"));
  CHECK(stat("root/new/a", &st) == 0 && (st.st_mode & 07777) == 0755); /* whatever the umask */
  CHECK(is(make("/new/c/file", false), "root/new/c/file"));
  CHECK(stat("root/new/c/file", &st) == 0 && S_ISREG(st.st_mode) && st.st_size == 0);
  umask(022);
  /* Through a link that points out: at most something inside the root is made. */
  (void)!refused(make("/absolute/made", false));
  (void)!refused(make("/up/made", true));
  (void)!refused(make("/magic/tmp/sandjar-made", false));
  CHECK(access("outside/made", F_OK) != 0 && access("/tmp/sandjar-made", F_OK) != 0);
  CHECK(refused(make("/dir/file/x", true)));
  CHECK(is(make("/dir/dangling", false), "root/run/a/b.conf"));
  CHECK(is(make("/volume", true), "root/var/lib/volume"));
  CHECK(refused(make("/loop", true)) && errno == ELOOP);
  CHECK(lstat("root/dir/dangling", &st) == 0 && S_ISLNK(st.st_mode));
  bool made = true;
  CHECK(refused(sj_resolve_or_create(&c, "/not/asked/for", S_IFDIR | 0755, false, &made)) && errno == ENOENT && !made);
  CHECK(access("root/not", F_OK) != 0);
}

static void put(const char *file, const char *text) {
  int fd = open(file, O_WRONLY | O_CLOEXEC);
  CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
  close(fd);
}

static bool own_mounts(void) {
  char map[32];
  snprintf(map, sizeof map, "0 %u 1", (unsigned)getuid());
  if (unshare(CLONE_NEWNS) != 0) {
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) {
      puts("resolve: other mounts are not tested, since this user may make none");
      return false;
    }
    put("/proc/self/uid_map", map);
  }
  return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

/* What a link leads to on another mount may be the host's: nothing is made there, unless it is known to be memory of the sandbox's own. */
static void elsewhere(void) {
  char name[256];
  bool made;
  if (!own_mounts())
    return;
  CHECK(mkdir("root/other", 0755) == 0 && symlink("/other/new", "root/away") == 0 && symlink("other", "root/beside") == 0);
  CHECK(mount("none", "root/other", "tmpfs", 0, NULL) == 0);
  close(c.root);
  c.root = open("root", O_PATH | O_DIRECTORY | O_CLOEXEC);
  CHECK(refused(make("/away", true)) && errno == EXDEV);
  CHECK(refused(make("/beside/x/y", false)) && errno == EXDEV);
  CHECK(refused(sj_resolve_parent(&c, "/beside/x", name)) && errno == EXDEV);
  CHECK(is(sj_resolve_parent(&c, "/other/x", name), "root/other"));
  CHECK(is(make("/other/named", true), "root/other/named"));
  CHECK(is(sj_resolve(&c, "/beside/named"), "root/other/named"));
  int own = open("root/other", O_PATH | O_CLOEXEC);
  sj_remember_own(&c, own);
  close(own);
  CHECK(is(make("/away", true), "root/other/new"));
  CHECK(is(sj_resolve_or_create(&c, "/beside/unasked", S_IFREG | 0644, false, &made), "root/other/unasked") && made);
  CHECK(is(sj_resolve_parent(&c, "/beside/x", name), "root/other"));
  c.nown = 0;
  CHECK(umount("root/other") == 0);
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
  elsewhere();
  leaks();
  char command[128];
  snprintf(command, sizeof command, "rm -rf %s", top);
  CHECK(system(command) == 0);
}

/* Somebody who renames all the time makes the kernel ask for another try for ever: then the names are walked. */
static void where_names_never_rest(void) {
  refuse_call(SYS_openat2, EAGAIN);
  alarm(20);
  everything();
}

int main(void) {
  in_child(everything, 0);
  in_child(everything, SYS_openat2);
  in_child(where_names_never_rest, 0);
  return 0;
}
