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
#include "runtime/java.h"
#include "runtime/log.h"
#include "runtime/resident.h"

enum { CONFIG_MAX = 4 << 20, COMPLAINT_MAX = 2000 };

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
  const char *words[8];
  unsigned n;
  char config[64], resources[64], features[16], count[16];
};

/* What every request for a plan has. */
static void begin(struct request *q, const struct sj_container *c, const char *bundle, unsigned preserved) {
  snprintf(q->config, sizeof q->config, "/proc/%d/fd/%d/config", (int)getpid(), c->dir);
  snprintf(q->features, sizeof q->features, "%u", sj_kernel_features());
  snprintf(q->count, sizeof q->count, "%u", preserved);
  q->n = 0;
  q->words[q->n++] = bundle;
  q->words[q->n++] = q->config;
  q->words[q->n++] = c->id;
  q->words[q->n++] = q->features;
  q->words[q->n++] = q->count;
}

/* The answer to words that end with NULL, which stays; NULL after sj_error. */
static uint8_t *answer_to(const char *const *words, size_t *size) {
  struct sj_java java;
  unsigned n = 0;
  uint8_t *quick = sj_resident_ask(words, size);
  if (quick != NULL)
    return quick;
  if (sj_java_read(&java) != 0)
    return NULL;
  while (words[n] != NULL)
    n++;
  const char **all = calloc((size_t)java.n + n + 1, sizeof *all);
  if (all == NULL)
    abort();
  memcpy(all, java.words, java.n * sizeof *all);
  memcpy(all + java.n, words, n * sizeof *all);
  uint8_t *answer = ask(all, size);
  sj_java_end(&java, answer != NULL);
  free(all);
  return answer;
}

/* The same, of a plan. */
static uint8_t *compiled(const char *const *words, struct sj_compiled *out, size_t *size) {
  uint8_t *answer = answer_to(words, size);
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
  struct request q;
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
  begin(&q, c, bundle, preserved);
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
  struct request q;
  size_t size, n = 0;
  unsigned words = count(what->words), variables = count(what->variables);
  begin(&q, c, c->compiled.bundle, preserved);
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

int sj_compile_update(struct sj_container *c, const char *resources, struct sj_update *out) {
  struct request q;
  size_t size;
  if (sj_replace_file(c->dir, "resources", (const uint8_t *)resources, strlen(resources), 0600) != 0)
    return sj_error("keep the resources: %s", sj_reason(errno));
  begin(&q, c, "", 0);
  snprintf(q.resources, sizeof q.resources, "/proc/%d/fd/%d/resources", (int)getpid(), c->dir);
  const char *words[] = {"update", q.config, q.resources, NULL};
  uint8_t *answer = answer_to(words, &size);
  (void)unlinkat(c->dir, "resources", 0);
  if (answer == NULL)
    return -1;
  if (!sj_decode_update(answer, size, out))
    return sj_error("the compiler of configurations has given no answer that this version knows");
  return out->refusal == NULL ? 0 : sj_error("%s", out->refusal);
}
