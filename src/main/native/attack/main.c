#define _GNU_SOURCE
#include "attack.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * sandjar-probe [KEY=VALUE ...] serve: is the canary of somebody else's probes, outside. Otherwise
 * sandjar-probe [KEY=VALUE ...] [NAME ...] [facts]: runs the probes of these names, or all and tells the facts. A line each: "probe", name, outcome, detail; then
 * lines "fact", name, value; all separated by tabs. Each probe runs in a child: one that a filter ends has been contained.
 */

enum { SECONDS = 20 };

struct canaries canary;
static const char *current;

static const char *const words[] = {"contained", "exposed", "not-applicable", "not-attempted"};

enum outcome tell(enum outcome outcome, const char *format, ...) {
  char detail[512], line[1024];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(detail, sizeof detail, format, arguments);
  va_end(arguments);
  for (char *c = detail; *c != 0; c++)
    if (*c == '\t' || *c == '\n')
      *c = ' ';
  int n = snprintf(line, sizeof line, "probe\t%s\t%s\t%s\n", current, words[outcome], detail);
  if (n > 0 && write(1, line, (size_t)n) != n)
    _exit(3);
  return outcome;
}

static bool forbidden(int error) {
  return error == EPERM || error == ENOSYS || error == EACCES || error == EAFNOSUPPORT;
}

enum outcome outcome_of(const char *call, long result) {
  if (result >= 0)
    return tell(EXPOSED, "%s succeeded", call);
  return tell(forbidden(errno) ? CONTAINED : EXPOSED, "%s: %s", call, strerror(errno));
}

enum outcome judge_success(const char *call, long result) {
  return result >= 0 ? tell(EXPOSED, "%s succeeded", call) : tell(CONTAINED, "%s: %s", call, strerror(errno));
}

static void run(const struct probe *p) {
  current = p->name;
  fflush(NULL);
  pid_t pid = fork();
  if (pid < 0) {
    /* No processes here: then it has to be this one, unless that could be its end. */
    if (strcmp(p->name, "i386-calls") == 0)
      tell(NOT_APPLICABLE, "no process to lose");
    else
      (void)p->run();
    return;
  }
  if (pid == 0) {
    setpgid(0, 0);
    alarm(SECONDS);
    (void)p->run();
    _exit(0);
  }
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
    ;
  kill(-pid, SIGKILL); /* what it has left behind */
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
    tell(CONTAINED, "ended by the filter");
  else if (WIFSIGNALED(status))
    tell(NOT_APPLICABLE, "ended by signal %d", WTERMSIG(status));
  else if (WEXITSTATUS(status) != 0)
    tell(NOT_APPLICABLE, "ended with status %d", WEXITSTATUS(status));
}

static bool key(const char *argument, const char *name, const char **value) {
  size_t n = strlen(name);
  if (strncmp(argument, name, n) != 0 || argument[n] != '=')
    return false;
  *value = argument + n + 1;
  return true;
}

int main(int argc, char **argv) {
  static const struct probe *const all[] = {descriptor_probes, mount_probes,   namespace_probes,
                                            kernel_probes,     process_probes, network_probes,   grade_probes,  set_id_probes, surface_probes,
                                            counter_probes,    neighbour_probes, notice_probes, tracing_probes};
  const char *pid = "0", *port = "0", *victim = "0";
  int first = 1;
  for (; first < argc && strchr(argv[first], '=') != NULL; first++) {
    const char *a = argv[first];
    if (!key(a, "file", &canary.file) && !key(a, "word", &canary.word) && !key(a, "abstract", &canary.abstract) &&
        !key(a, "path", &canary.path) && !key(a, "allowed", &canary.allowed) && !key(a, "pid", &pid) && !key(a, "victim", &victim))
      key(a, "port", &port);
  }
  canary.pid = atoi(pid);
  canary.victim = atoi(victim);
  canary.port = atoi(port);
  signal(SIGPIPE, SIG_IGN);
  if (first < argc && strcmp(argv[first], "serve") == 0)
    return serve();
  for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
    for (const struct probe *p = all[i]; p->name != NULL; p++) {
      bool wanted = first == argc;
      for (int k = first; k < argc; k++)
        wanted |= strcmp(argv[k], p->name) == 0;
      if (wanted)
        run(p);
    }
  if (first == argc || strcmp(argv[argc - 1], "facts") == 0)
    print_facts();
  return 0;
}
