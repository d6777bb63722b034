#define _GNU_SOURCE
#include "runtime/compile.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/syscalls.h"
#include "runtime/log.h"

enum { WORDS_MAX = 256, CONFIG_MAX = 4 << 20, COMPLAINT_MAX = 2000 };

/* A file with one word of the command a line: named by the environment, beside this program, or where packages put it. */
static uint8_t *read_command(size_t *size, char *path, size_t room) {
  const char *named = secure_getenv("SANDJAR_OCI_JAVA_ARGS");
  if (named != NULL) {
    snprintf(path, room, "%s", named);
    return sj_read_file(AT_FDCWD, path, size);
  }
  ssize_t n = readlink("/proc/self/exe", path, room - 1);
  if (n > 0) {
    path[n] = 0;
    char *slash = strrchr(path, '/');
    snprintf(slash, room - (size_t)(slash - path), "/java.args");
    uint8_t *text = sj_read_file(AT_FDCWD, path, size);
    if (text != NULL)
      return text;
  }
  snprintf(path, room, "/usr/lib/sandjar/java.args");
  return sj_read_file(AT_FDCWD, path, size);
}

static unsigned split(uint8_t *text, size_t size, const char **words, unsigned room) {
  unsigned n = 0;
  char *rest = NULL;
  text[size] = 0; /* sj_read_file leaves room */
  for (char *line = strtok_r((char *)text, "\n", &rest); line != NULL && n < room; line = strtok_r(NULL, "\n", &rest))
    if (line[0] != '#')
      words[n++] = line;
  return n;
}

/* File names are bytes for it in this locale. */
static char **environment(void) {
  size_t n = 0, k = 0;
  while (environ[n] != NULL)
    n++;
  char **all = calloc(n + 2, sizeof *all);
  static char locale[] = "LC_ALL=C.UTF-8";
  if (all == NULL)
    abort();
  for (size_t i = 0; i < n; i++)
    if (strncmp(environ[i], "LC_ALL=", 7) != 0)
      all[k++] = environ[i];
  all[k] = locale;
  return all;
}

/* Ends with us: it may have made a cgroup for a moment, which it removes when it is asked to end. */
_Noreturn static void become_java(const char **words, int out, int complaints, pid_t parent) {
  int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0) != 0 || getppid() != parent)
    _exit(126);
  if (null < 0 || dup2(null, 0) != 0 || dup2(out, 1) != 1 || dup2(complaints, 2) != 2)
    _exit(126);
  (void)sj_close_range(3, ~0u, 0); /* what the container is to get is none of its business */
  execve(words[0], (char **)(uintptr_t)words, environment());
  dprintf(2, "%s: %s", words[0], sj_reason(errno));
  _exit(127);
}

static uint8_t *read_answer(int fd, size_t *size) {
  size_t room = 1 << 18, n = 0;
  uint8_t *data = malloc(room);
  ssize_t got = 1;
  while (data != NULL && n <= SJ_BODY_MAX && (got = read(fd, data + n, room - n)) != 0) {
    if (got < 0 && errno != EINTR)
      break;
    n += got > 0 ? (size_t)got : 0;
    if (n == room)
      data = realloc(data, room *= 2);
  }
  *size = n;
  if (got == 0)
    return data;
  free(data);
  return NULL;
}

/* What it has printed, should it fail. */
static void complain(int fd, int status) {
  char text[COMPLAINT_MAX];
  ssize_t n = pread(fd, text, sizeof text - 1, 0);
  text[n > 0 ? n : 0] = 0;
  (void)sj_error("the compiler of configurations has failed (%s %d): %s", WIFEXITED(status) ? "exit status" : "signal",
                 WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status), text);
}

static uint8_t *ask(const char **words, size_t *size) {
  int out[2], status = -1;
  int complaints = (int)syscall(SYS_memfd_create, "complaints", 1 /* MFD_CLOEXEC */);
  if (complaints < 0 || pipe2(out, O_CLOEXEC) != 0) {
    (void)sj_error("start Java: %s", sj_reason(errno));
    return NULL;
  }
  pid_t self = getpid(), pid = fork();
  if (pid == 0)
    become_java(words, out[1], complaints, self);
  close(out[1]);
  uint8_t *answer = pid < 0 ? NULL : read_answer(out[0], size);
  close(out[0]);
  while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
    ;
  if (answer == NULL || status != 0) {
    complain(complaints, status);
    free(answer);
    answer = NULL;
  }
  close(complaints);
  return answer;
}

struct request {
  const char *words[WORDS_MAX + 8];
  unsigned n;
  char args[4096], config[64], features[16], count[16];
};

/* The command, up to what every request has. 0, or -1 after sj_error. */
static int begin(struct request *q, const struct sj_container *c, const char *bundle, unsigned preserved) {
  size_t size;
  uint8_t *command = read_command(&size, q->args, sizeof q->args);
  if (command == NULL)
    return sj_error("no command for Java in %s: %s; it has one word a line, or SANDJAR_OCI_JAVA_ARGS names such a file", q->args,
                    sj_reason(errno));
  q->n = split(command, size, q->words, WORDS_MAX);
  snprintf(q->config, sizeof q->config, "/proc/%d/fd/%d/config", (int)getpid(), c->dir);
  snprintf(q->features, sizeof q->features, "%u", sj_kernel_features());
  snprintf(q->count, sizeof q->count, "%u", preserved);
  q->words[q->n++] = bundle;
  q->words[q->n++] = q->config;
  q->words[q->n++] = c->id;
  q->words[q->n++] = q->features;
  q->words[q->n++] = q->count;
  return 0;
}

/* The answer, which stays; NULL after sj_error. */
static uint8_t *compiled(const char **words, struct sj_compiled *out, size_t *size) {
  uint8_t *answer = ask(words, size);
  if (answer == NULL)
    return NULL;
  if (!sj_decode_compiled(answer, *size, out))
    (void)sj_error("the compiler of configurations has given no answer that this version knows");
  else if (out->refusal != NULL)
    (void)sj_error("%s", out->refusal);
  else
    return answer;
  return NULL;
}

int sj_compile(struct sj_container *c, const char *bundle, unsigned preserved) {
  static struct request q;
  size_t size;
  int dir = open(bundle, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  uint8_t *text = dir < 0 ? NULL : sj_read_file(dir, "config.json", &size);
  if (dir >= 0)
    close(dir);
  if (text == NULL || size > CONFIG_MAX)
    return sj_error("JSON specification file config.json of %s can't be read: %s", bundle, sj_reason(text == NULL ? errno : EFBIG));
  int kept = sj_replace_file(c->dir, "config", text, size, 0600);
  free(text);
  if (kept != 0)
    return sj_error("keep the configuration: %s", sj_reason(errno));
  if (begin(&q, c, bundle, preserved) != 0)
    return -1;
  q.words[q.n] = NULL;
  uint8_t *answer = compiled(q.words, &c->compiled, &size);
  if (answer == NULL)
    return -1;
  c->has_compiled = true;
  return sj_replace_file(c->dir, "compiled", answer, size, 0600) == 0 ? 0 : sj_error("keep the plan: %s", sj_reason(errno));
}

static unsigned count(const char *const *words) {
  unsigned n = 0;
  while (words != NULL && words[n] != NULL)
    n++;
  return n;
}

int sj_compile_further(const struct sj_container *c, const struct sj_further *what, unsigned preserved, struct sj_compiled *out) {
  static struct request q;
  size_t size, n = 0;
  unsigned words = count(what->words), variables = count(what->variables);
  if (begin(&q, c, c->compiled.bundle, preserved) != 0)
    return -1;
  const char **all = calloc(q.n + words + variables + 8, sizeof *all);
  if (all == NULL)
    abort();
  memcpy(all, q.words, q.n * sizeof *all);
  n = q.n;
  all[n++] = what->process == NULL ? "" : what->process;
  all[n++] = what->directory;
  all[n++] = what->user;
  all[n++] = what->terminal ? "terminal" : "";
  for (unsigned i = 0; i < variables; i++)
    all[n++] = what->variables[i];
  all[n++] = "--";
  for (unsigned i = 0; i < words; i++)
    all[n++] = what->words[i];
  return compiled(all, out, &size) == NULL ? -1 : 0;
}
