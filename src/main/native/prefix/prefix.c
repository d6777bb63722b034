#define _GNU_SOURCE
#include "prefix/prefix.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/sealed.h"
#include "kernel/syscalls.h"
#include "prefix/host.h"
#include "prefix/ids.h"
#include "prefix/outcome.h"
#include "prefix/output.h"
#include "prefix/request.h"
#include "prefix/words.h"
#include "protocol/encode.h"

#ifndef SANDJAR_VERSION
#define SANDJAR_VERSION "unknown"
#endif

struct options {
  const char *report;
  const char *file;
  char **variables;
  unsigned count; /* variables */
  struct sj_prefix_program program;
};

static const int passed_on[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM, SIGWINCH, SIGCONT, SIGTSTP};

static const char usage[] = "usage: sandjar-run [--report FILE] [--env NAME[=VALUE]]... [--chdir DIRECTORY] POLICY.plan [--] PROGRAM [ARGUMENT...]\n"
                            "\n"
                            "Runs PROGRAM by a policy that `sandjar freeze` or Sandbox.freeze(Path) has written, with this command's standard\n"
                            "streams, and ends as the program ends; 125 if the policy can't be carried out, 126 and 127 if the program can't be\n"
                            "executed or is not there. SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM, SIGWINCH, SIGTSTP and SIGCONT\n"
                            "go on to the program. When this command is killed, so is everything that it has started.\n"
                            "\n"
                            "  --report FILE     JSON: verdict, exit status or signal, times, what the cgroups say\n"
                            "  --env NAME=VALUE  a variable beside those of the policy; without =VALUE as it is in this command's environment\n"
                            "  --chdir DIRECTORY where the program begins, a path inside\n";

/* ---------------------------------------------------------------- command line */

static int add_variable(struct options *o, char *text) {
  const char *value = strchr(text, '=') == NULL ? getenv(text) : NULL;
  if (text[0] == '=' || text[0] == 0)
    return sj_complain("--env: \"%s\" has no name", text);
  if (strchr(text, '=') == NULL && value == NULL)
    return 0; /* unset here, unset inside */
  if (value != NULL) {
    size_t size = strlen(text) + strlen(value) + 2;
    char *both = malloc(size);
    if (both == NULL)
      abort();
    snprintf(both, size, "%s=%s", text, value);
    text = both;
  }
  o->variables[o->count++] = text;
  return 0;
}

/* 1 when there is nothing more to do. */
static int read_options(struct options *o, int argc, char **argv) {
  int i = 1;
  o->variables = calloc((size_t)argc + 1, sizeof *o->variables);
  if (o->variables == NULL)
    abort();
  for (; i < argc && argv[i][0] == '-'; i++) {
    const char *option = argv[i];
    if (strcmp(option, "--help") == 0)
      return fputs(usage, stdout) < 0 ? -1 : 1;
    if (strcmp(option, "--version") == 0)
      return printf("sandjar-run %s\n", SANDJAR_VERSION) < 0 ? -1 : 1;
    bool known = strcmp(option, "--report") == 0 || strcmp(option, "--env") == 0 || strcmp(option, "--chdir") == 0;
    if (!known)
      return sj_complain("unknown option %s; see sandjar-run --help", option);
    if (++i == argc)
      return sj_complain("%s needs a value; see sandjar-run --help", option);
    if (strcmp(option, "--report") == 0)
      o->report = argv[i];
    else if (strcmp(option, "--chdir") == 0)
      o->program.directory = argv[i];
    else if (add_variable(o, argv[i]) != 0)
      return -1;
  }
  if (i < argc)
    o->file = argv[i++];
  if (i < argc && strcmp(argv[i], "--") == 0)
    i++;
  if (o->file == NULL || i == argc)
    return sj_complain("%s is missing; see sandjar-run --help", o->file == NULL ? "POLICY.plan" : "PROGRAM");
  if (o->program.directory != NULL && o->program.directory[0] != '/')
    return sj_complain("--chdir: \"%s\" is no absolute path", o->program.directory);
  o->program.words = argv + i;
  o->program.variables = o->variables;
  return 0;
}

/* ---------------------------------------------------------------- the file */

/* Whoever may write it decides what is done with this user's rights. */
static int check_file(int fd, const char *path, struct stat *st) {
  if (fstat(fd, st) != 0)
    return sj_complain("%s: %s", path, strerror(errno));
  if (!S_ISREG(st->st_mode))
    return sj_complain("%s is no file", path);
  if (st->st_uid != geteuid() && st->st_uid != 0)
    return sj_complain("%s belongs to user %u, who decides what is in it: it has to be root's or your own", path, (unsigned)st->st_uid);
  if ((st->st_mode & 022) != 0)
    return sj_complain("others may write to %s: take that from them (chmod go-w)", path);
  return st->st_size <= (off_t)SJ_BODY_MAX ? 0 : sj_complain("%s is larger than any policy", path);
}

static int read_file(const char *path, struct sj_frozen *f) {
  struct stat st;
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0)
    return sj_complain("open %s: %s", path, strerror(errno));
  int result = check_file(fd, path, &st);
  size_t size = result == 0 ? (size_t)st.st_size : 0, n = 0;
  uint8_t *data = malloc(size + 1);
  if (data == NULL)
    abort();
  for (ssize_t got = 1; result == 0 && n < size && got > 0; n += got > 0 ? (size_t)got : 0)
    if ((got = read(fd, data + n, size - n)) < 0)
      result = sj_complain("read %s: %s", path, strerror(errno));
  close(fd);
  if (result == 0 && !sj_decode_frozen(data, n, f))
    result = sj_complain("%s is no frozen policy, or it is damaged: write it with Sandbox.freeze(Path) or `sandjar freeze`", path);
  else if (result == 0 && (f->wire != SJ_WIRE_VERSION || strcmp(f->version, SANDJAR_VERSION) != 0))
    result = sj_complain("%s was frozen by Sandjar %s, and this is %s: freeze it again with the same one", path, f->version, SANDJAR_VERSION);
  return result; /* the data stays: f points into it */
}

/* ---------------------------------------------------------------- the launcher */

/* Any descriptor that is opened next would become the program's. */
static int fill_streams(void) {
  int fd;
  do
    fd = open("/dev/null", O_RDWR);
  while (fd >= 0 && fd < 3);
  if (fd < 0)
    return sj_complain("open /dev/null: %s", strerror(errno));
  close(fd);
  return 0;
}

static int begin_launcher(int (*launch)(int), int *socket, pid_t *launcher) {
  int pair[2], null = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (null < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
    return sj_complain("socketpair: %s", strerror(errno));
  *launcher = fork();
  if (*launcher < 0)
    return sj_complain("fork: %s", strerror(errno));
  if (*launcher == 0) {
    close(pair[0]);
    /* So that whoever reads what the program writes waits for the program alone. */
    (void)dup2(null, 0);
    (void)dup2(null, 1);
    _exit(launch(pair[1]));
  }
  close(null);
  close(pair[1]);
  *socket = pair[0];
  return 0;
}

/* ---------------------------------------------------------------- while it runs */

static void pass_on(int socket, int sig) {
  uint8_t body[4];
  struct sj_writer w = {body, sizeof body, 0, false};
  sj_put_u32(&w, (uint32_t)(sig == SIGTSTP ? SIGSTOP : sig));
  (void)sj_send(socket, SJ_SIGNAL, SJ_PREFIX_RUN, body, w.length, NULL, 0); /* it may have ended meanwhile */
  if (sig == SIGTSTP)
    (void)raise(SIGSTOP);
}

/* Those that come before the program is there are for it too. */
static void take_signals(int socket, int signals, const struct sj_outcome *o) {
  struct signalfd_siginfo info;
  while (o->started && read(signals, &info, sizeof info) == (ssize_t)sizeof info)
    pass_on(socket, (int)info.ssi_signo);
}

static int begin_signals(sigset_t *before) {
  sigset_t set;
  sigemptyset(&set);
  for (unsigned i = 0; i < sizeof passed_on / sizeof passed_on[0]; i++)
    sigaddset(&set, passed_on[i]);
  if (sigprocmask(SIG_BLOCK, &set, before) != 0)
    return -1;
  return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void take_start(const struct sj_message *m, struct sj_outcome *o) {
  struct sj_reader r;
  sj_reader_init(&r, m->body, m->head.length);
  (void)sj_take(&r, 12);
  o->setup = sj_u64(&r);
  o->started = true;
}

/* What is under way. */
struct run {
  const struct sj_frozen *frozen;
  const struct options *options;
  int socket, signals, report;
  bool counts; /* what it writes */
  struct sj_output output;
  struct sj_outcome out;
};

static void end_for_output(const struct run *k) {
  uint8_t body[4];
  struct sj_writer w = {body, sizeof body, 0, false};
  sj_put_u32(&w, SJ_WHY_OUTPUT);
  (void)sj_send(k->socket, SJ_KILL, SJ_PREFIX_RUN, body, w.length, NULL, 0); /* it may have ended meanwhile */
}

/* The exit status of a refusal; 0 when it has ended, -1 after it was said why nobody knows, -2 to go on. */
static int take_message(struct run *k) {
  static uint8_t buffer[SJ_BUFFER_SIZE];
  struct sj_message m;
  int result = -2;
  enum sj_received got = sj_receive(k->socket, buffer, &m);
  if (got == SJ_GOT_NOTHING)
    return result;
  if (got != SJ_GOT_MESSAGE)
    return sj_complain("the launcher has ended, and the program with it");
  if (m.head.type == SJ_STARTED)
    take_start(&m, &k->out);
  else if (m.head.type == SJ_FAILED)
    result = sj_say_refusal(k->frozen, &m, k->options->program.words[0], k->report);
  else if (m.head.type == SJ_EXITED)
    result = sj_take_end(k->frozen, &m, &k->out, k->report);
  sj_free_message(&m);
  return result;
}

static int follow(struct run *k) {
  struct pollfd events[2 + SJ_OUTPUTS];
  bool over = false;
  for (int result = -2;;) {
    events[0] = (struct pollfd){k->socket, POLLIN, 0};
    events[1] = (struct pollfd){k->signals, k->out.started ? POLLIN : 0, 0};
    if (k->counts)
      sj_output_await(&k->output, events + 2);
    if (poll(events, k->counts ? 2 + SJ_OUTPUTS : 2, -1) < 0 && errno != EINTR)
      return sj_complain("poll: %s", strerror(errno));
    take_signals(k->socket, k->signals, &k->out);
    if (k->counts)
      sj_output_move(&k->output, events + 2);
    if (k->counts && k->output.over && !over) {
      over = true;
      end_for_output(k);
    }
    if (events[0].revents != 0 && (result = take_message(k)) != -2)
      return result;
  }
}

static int begin(struct run *k, struct sj_frozen *f) {
  int streams[] = {0, 1, 2}, lock;
  uint64_t base;
  k->counts = f->output != UINT64_MAX;
  if (k->signals < 0)
    return sj_complain("signalfd: %s", strerror(errno));
  if (sj_take_ids(f, &base, &lock) != 0)
    return -1;
  if (k->counts && sj_output_begin(&k->output, f->output, streams + 1) != 0)
    return sj_complain("pipe: %s", strerror(errno));
  int result = sj_send_start(k->socket, f, base, lock, streams, &k->options->program);
  for (int i = 1; k->counts && i < 3; i++)
    close(streams[i]);
  return result;
}

static int carry_out(struct run *k, struct sj_frozen *f, int (*launch)(int)) {
  pid_t launcher = -1;
  sigset_t before;
  if (begin_launcher(launch, &k->socket, &launcher) != 0)
    return -1;
  (void)signal(SIGPIPE, SIG_IGN);
  k->signals = begin_signals(&before);
  int result = begin(k, f);
  if (result == 0)
    result = follow(k);
  close(k->socket);
  if (k->counts && result == 0)
    sj_output_finish(&k->output);
  /* With it go its cgroups and its ids. */
  while (waitpid(launcher, NULL, 0) < 0 && errno == EINTR)
    ;
  return result;
}

/* The file of this command may be one that the program's user may write to, and whoever is inside can come to have it open. */
static int run_sealed(char **argv) {
  int self = sj_open_self();
  if (self < 0)
    return sj_complain("open /proc/self/exe: %s", strerror(errno));
  if (sj_is_sealed(self)) {
    close(self);
    (void)prctl(PR_SET_NAME, "sandjar-run", 0, 0, 0); /* else it is called by a descriptor's number */
    return 0;
  }
  int fd = sj_sealed_copy(self, "sandjar-run");
  if (fd >= 0)
    (void)syscall(SYS_execveat, fd, "", argv, environ, 0x1000 /* AT_EMPTY_PATH */);
  return sj_complain("execute a sealed copy of this program in memory: %s; see the sysctl vm.memfd_noexec and the security modules of this machine",
                     strerror(errno));
}

/* A sandbox may have written above it: no part of the path is a link, and the file has this name alone. */
static int open_report(const char *path) {
  char directory[PATH_MAX];
  struct stat st;
  const char *slash = strrchr(path, '/'), *name = slash == NULL ? path : slash + 1;
  int n = slash == NULL ? 1 : slash == path ? 1 : (int)(slash - path);
  if (snprintf(directory, sizeof directory, "%.*s", n, slash == NULL ? "." : path) >= (int)sizeof directory)
    return sj_complain("%s: its name is too long", path);
  int dir = sj_openat2(AT_FDCWD, directory, O_PATH | O_DIRECTORY | O_CLOEXEC, SJ_RESOLVE_NO_SYMLINKS);
  if (dir < 0)
    return sj_complain("open %s for the report: %s%s", directory, strerror(errno), errno == ELOOP ? "; name the path without symbolic links" : "");
  int fd = openat(dir, name, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
  int error = errno;
  close(dir);
  if (fd < 0)
    return sj_complain("open %s: %s", path, strerror(error));
  if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_nlink != 1) {
    close(fd);
    return sj_complain("%s is no file of that name alone: remove it, or name another one", path);
  }
  return fd;
}

int sj_prefix(int argc, char **argv, int (*launch)(int socket)) {
  static struct options o;
  static struct sj_frozen f;
  static struct run k = {.frozen = &f, .options = &o, .report = -1};
  int done = read_options(&o, argc, argv);
  if (done != 0)
    return done > 0 ? 0 : SJ_EXIT_OWN;
  if (fill_streams() != 0 || run_sealed(argv) != 0 || read_file(o.file, &f) != 0 || sj_check_host(&f, o.file) != 0)
    return SJ_EXIT_OWN;
  if (o.report != NULL && (k.report = open_report(o.report)) < 0)
    return SJ_EXIT_OWN;
  int result = carry_out(&k, &f, launch);
  if (result != 0)
    return result < 0 ? SJ_EXIT_OWN : result;
  sj_end_like(&k.out);
}
