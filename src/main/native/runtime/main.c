/*
 * sandjar-oci: a runtime command as engines call it (podman, containerd, docker): the life cycle of the OCI runtime specification. It reads
 * no configuration itself: Java does, in a process of its own that ends before the container is there, and answers with the plan that the
 * folders setup/ and program/ carry out as they do for sandboxes. No daemon, and nothing of ours is left above a container: its process is
 * process 1 of its PID namespace, and the child of whoever called, or of the reaper that this one has set up.
 *
 * Processes: this one for each command; Java (compile.c) during create and exec; the outer helper (setup/spawn.c) during create where ids are mapped or
 * namespaces joined; the network helper (setup/network.c); hooks; and the container's own, which sets itself up (inside.c), waits at its
 * gate and becomes the program. All of them but the last end with the command, and so does the last until the command has said that it is
 * created. Whatever is killed when, the directory of the container says what there is to be removed (container.h).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel/fault.h"
#include "protocol/protocol.h"
#include "runtime/command.h"
#include "runtime/log.h"
#include "runtime/sealed.h"

#ifndef SANDJAR_VERSION
#define SANDJAR_VERSION "unknown"
#endif

enum { PRESERVED_MAX = SJ_FDS_MAX - 3, VARIABLES_MAX = 1024, ENGINES_MAX = 8 };

static struct {
  struct sj_command o;
  const char *log, *log_format, *format, *preserve, *ignored, *variable;
  const char *variables[VARIABLES_MAX + 1];
  unsigned nvariables;
  bool debug, systemd, no_pivot, no_keyring, version, help, ignore;
} given;

struct option {
  const char *name;
  char letter;
  const char **value; /* or */
  bool *flag;
};

static const struct option global[] = {
    {"root", 0, &given.o.root, NULL},       {"log", 0, &given.log, NULL},          {"log-format", 0, &given.log_format, NULL},
    {"debug", 0, NULL, &given.debug},       {"systemd-cgroup", 0, NULL, &given.systemd}, {"rootless", 0, &given.ignored, NULL},
    {"criu", 0, &given.ignored, NULL},      {"version", 'v', NULL, &given.version}, {"help", 'h', NULL, &given.help},
    {NULL, 0, NULL, NULL}};
static const struct option of_create[] = {
    {"bundle", 'b', &given.o.bundle, NULL},     {"console-socket", 0, &given.o.console_socket, NULL}, {"pid-file", 0, &given.o.pid_file, NULL},
    {"no-pivot", 0, NULL, &given.no_pivot},     {"no-new-keyring", 0, NULL, &given.no_keyring},     {"preserve-fds", 0, &given.preserve, NULL},
    {"detach", 'd', NULL, &given.o.detach},     {"keep", 0, NULL, &given.o.keep},                   {"no-subreaper", 0, NULL, &given.ignore},
    {NULL, 0, NULL, NULL}};
static const struct option of_exec[] = {
    {"process", 'p', &given.o.process, NULL},   {"detach", 'd', NULL, &given.o.detach},       {"tty", 't', NULL, &given.o.terminal},
    {"user", 'u', &given.o.user, NULL},         {"env", 'e', &given.variable, NULL},          {"cwd", 0, &given.o.directory, NULL},
    {"console-socket", 0, &given.o.console_socket, NULL}, {"pid-file", 0, &given.o.pid_file, NULL}, {"preserve-fds", 0, &given.preserve, NULL},
    {NULL, 0, NULL, NULL}};
static const struct option of_kill[] = {{"all", 'a', NULL, &given.o.all}, {NULL, 0, NULL, NULL}};
static const struct option of_delete[] = {{"force", 'f', NULL, &given.o.force}, {NULL, 0, NULL, NULL}};
static const struct option of_list[] = {{"format", 'f', &given.format, NULL}, {"quiet", 'q', NULL, &given.o.quiet}, {NULL, 0, NULL, NULL}};
static const struct option of_spec[] = {{"bundle", 'b', &given.o.bundle, NULL}, {NULL, 0, NULL, NULL}};
static const struct option of_update[] = {
    {"resources", 'r', &given.o.resources, NULL},
    {"memory", 0, &given.o.limits[SJ_LIMIT_MEMORY], NULL},
    {"memory-reservation", 0, &given.o.limits[SJ_LIMIT_RESERVATION], NULL},
    {"memory-swap", 0, &given.o.limits[SJ_LIMIT_SWAP], NULL},
    {"cpu-share", 0, &given.o.limits[SJ_LIMIT_SHARES], NULL},
    {"cpu-quota", 0, &given.o.limits[SJ_LIMIT_QUOTA], NULL},
    {"cpu-period", 0, &given.o.limits[SJ_LIMIT_PERIOD], NULL},
    {"cpu-burst", 0, &given.o.limits[SJ_LIMIT_BURST], NULL},
    {"cpu-rt-runtime", 0, &given.o.limits[SJ_LIMIT_RT_RUNTIME], NULL},
    {"cpu-rt-period", 0, &given.o.limits[SJ_LIMIT_RT_PERIOD], NULL},
    {"cpu-idle", 0, &given.o.limits[SJ_LIMIT_IDLE], NULL},
    {"cpuset-cpus", 0, &given.o.limits[SJ_LIMIT_CPUS], NULL},
    {"cpuset-mems", 0, &given.o.limits[SJ_LIMIT_MEMS], NULL},
    {"pids-limit", 0, &given.o.limits[SJ_LIMIT_PIDS], NULL},
    {"blkio-weight", 0, &given.o.limits[SJ_LIMIT_WEIGHT], NULL},
    {NULL, 0, NULL, NULL}};
static const struct option of_events[] = {{"stats", 0, NULL, &given.o.stats}, {"interval", 0, &given.o.interval, NULL}, {NULL, 0, NULL, NULL}};
static const struct option of_install[] = {
    {"print", 'p', NULL, &given.o.print}, {"name", 0, &given.o.name, NULL}, {"etc", 0, &given.o.etc, NULL}, {NULL, 0, NULL, NULL}};
static const struct option none[] = {{NULL, 0, NULL, NULL}};

static const struct {
  const char *name;
  const struct option *options;
  int least, most; /* words beside the options */
  int (*run)(const struct sj_command *);
  bool enters; /* a container */
} commands[] = {
    {"create", of_create, 1, 1, sj_create, true}, {"start", none, 1, 1, sj_start, false},       {"state", none, 1, 1, sj_state, false},
    {"kill", of_kill, 1, 2, sj_kill, false},       {"delete", of_delete, 1, 1, sj_delete, false}, {"run", of_create, 1, 1, sj_run, true},
    {"exec", of_exec, 1, -1, sj_exec, true},
    {"pause", none, 1, 1, sj_pause, false},        {"resume", none, 1, 1, sj_resume, false},     {"ps", of_list, 1, 1, sj_ps, false},
    {"update", of_update, 1, 1, sj_update, false}, {"events", of_events, 1, 1, sj_events, false},
    {"compiler", none, 0, 0, sj_compiler, false},
    {"install", of_install, 0, ENGINES_MAX, sj_install, false}, {"uninstall", of_install, 0, ENGINES_MAX, sj_uninstall, false},
    {"list", of_list, 0, 0, sj_list, false},       {"spec", of_spec, 0, 0, sj_spec, false},      {"features", none, 0, 0, sj_features, false},
};

static const char usage[] =
    "usage: sandjar-oci [--root DIR] [--log FILE] [--log-format text|json] [--debug] COMMAND ...\n"
    "  create --bundle DIR [--pid-file FILE] [--console-socket FILE] [--preserve-fds N] ID\n"
    "  start ID\n"
    "  state ID\n"
    "  kill [--all] ID [SIGNAL]\n"
    "  delete [--force] ID\n"
    "  exec [--detach] [--tty] [--cwd DIR] [--user UID[:GID]] [--env NAME=VALUE]... [--pid-file FILE] [--console-socket FILE] ID PROGRAM ...\n"
    "  exec --process FILE [options of exec] ID\n"
    "  pause ID, resume ID\n"
    "  ps [--format table|json] ID\n"
    "  update [--resources FILE|-] [--memory N] [--cpu-quota N] [--pids-limit N] ... ID\n"
    "  events [--stats] [--interval TIME] ID\n"
    "  run [--detach] [--keep] [options of create] ID\n"
    "  list [--quiet] [--format table|json]\n"
    "  spec [--bundle DIR]\n"
    "  features\n"
    "  compiler\n"
    "  install [--print] [--name NAME] [--etc DIR] [docker|containerd|podman|cri-o|kubernetes]...\n"
    "  uninstall [--print] [--name NAME] [--etc DIR] [ENGINE]...\n";

/* Takes one option; the number of words that it has, 0 if it is none, -1 after it was said that it is wrong. */
static int take(const struct option *options, int argc, char **argv) {
  const char *word = argv[0];
  if (word[0] != '-' || word[1] == 0)
    return 0;
  const char *name = word + (word[1] == '-' ? 2 : 1);
  size_t n = strcspn(name, "=");
  for (const struct option *o = options; o->name != NULL; o++) {
    bool same = (strlen(o->name) == n && strncmp(o->name, name, n) == 0) || (n == 1 && name[0] == o->letter);
    if (!same)
      continue;
    if (o->flag != NULL) {
      *o->flag = name[n] == 0 || strcmp(name + n + 1, "false") != 0;
      return 1;
    }
    if (name[n] == '=') {
      *o->value = name + n + 1;
      return 1;
    }
    if (argc < 2)
      return sj_error("flag needs an argument: %s", word);
    *o->value = argv[1];
    return 2;
  }
  return sj_error("flag provided but not defined: %s", word);
}

/* An option that may be there more than once. */
static int keep_variable(void) {
  if (given.variable == NULL)
    return 0;
  if (given.nvariables == VARIABLES_MAX)
    return sj_error("--env: more than %d", VARIABLES_MAX);
  given.variables[given.nvariables++] = given.variable;
  given.variable = NULL;
  return 0;
}

/* Options may come after words too, but for `exec`, whose words have options of their own. How many words there are, moved to the front; -1 after sj_error. */
static int take_all(const struct option *options, int argc, char **argv, bool until_word) {
  int words = 0, i = 0;
  while (i < argc) {
    int n = strcmp(argv[i], "--") == 0 ? 0 : take(options, argc - i, argv + i);
    if (n < 0 || keep_variable() != 0)
      return -1;
    if (n == 0 && until_word)
      return i;
    if (n == 0 && strcmp(argv[i], "--") != 0)
      argv[words++] = argv[i];
    i += n > 0 ? n : 1;
  }
  return until_word ? i : words;
}

/* What this runtime does not do is said, and not passed over. */
static int check(const char *command) {
  bool creates = strcmp(command, "create") == 0 || strcmp(command, "run") == 0;
  if (given.systemd && creates)
    return sj_error("--systemd-cgroup: cgroups are not made by systemd yet; have the engine use the cgroupfs driver");
  if (given.no_pivot)
    return sj_error("--no-pivot: the root is always changed by pivot_root(2)");
  if (given.no_keyring)
    return sj_error("--no-new-keyring: a container always has a session keyring of its own");
  if (given.format != NULL && strcmp(given.format, "table") != 0 && strcmp(given.format, "json") != 0)
    return sj_error("invalid format option");
  given.o.json = given.format != NULL && strcmp(given.format, "json") == 0;
  if (given.preserve != NULL) {
    char *end;
    unsigned long n = strtoul(given.preserve, &end, 10);
    if (given.preserve[0] == 0 || *end != 0 || n > PRESERVED_MAX)
      return sj_error("--preserve-fds: %s is not a number up to %d", given.preserve, PRESERVED_MAX);
    given.o.preserved = (unsigned)n;
  }
  return 0;
}

static const char *default_root(void) {
  static char path[PATH_MAX];
  const char *run = secure_getenv("XDG_RUNTIME_DIR");
  if (geteuid() != 0 && run != NULL && snprintf(path, sizeof path, "%s/sandjar", run) < (int)sizeof path)
    return path;
  return "/run/sandjar";
}

/* Whatever is opened later must not become what a caller has closed. */
static void open_standard(void) {
  int fd;
  while ((fd = open("/dev/null", O_RDWR)) >= 0 && fd < 3)
    ;
  if (fd >= 3)
    close(fd);
}

static int run(int argc, char **argv) {
  for (unsigned i = 0; i < sizeof commands / sizeof commands[0]; i++) {
    if (strcmp(argv[0], commands[i].name) != 0)
      continue;
    if (commands[i].enters && sj_run_sealed() != 0)
      return 1;
    bool others = commands[i].most < 0; /* what comes after the first word is another program's */
    int words = take_all(commands[i].options, argc - 1, argv + 1, others);
    if (others && words >= 0) {
      argv += words;
      words = argc - 1 - words;
    }
    if (words < 0 || check(commands[i].name) != 0)
      return 1;
    if (words < commands[i].least || (!others && words > commands[i].most))
      return sj_error("sandjar-oci: \"%s\" requires %s%d argument(s)", commands[i].name, commands[i].least == commands[i].most ? "exactly " : "at least ",
                      commands[i].least),
             1;
    given.o.all_words = (const char *const *)(argv + 1);
    given.o.nwords = words;
    given.o.id = argv[1];
    given.o.words = (const char *const *)(argv + 2);
    given.o.variables = given.variables;
    given.o.signal = words > 1 ? argv[2] : NULL;
    return commands[i].run(&given.o);
  }
  return sj_error("No help topic for '%s'", argv[0]), 3;
}

int main(int argc, char **argv) {
  open_standard();
  sj_sealed_begin(argc, argv);
  sj_fault_init();
  given.o.root = default_root();
  given.o.bundle = ".";
  int words = take_all(global, argc - 1, argv + 1, true);
  if (words < 0)
    return 1;
  if (given.version) {
    printf("sandjar-oci version %s\nspec: 1.3.0\n", SANDJAR_VERSION);
    return 0;
  }
  if (given.help || words + 1 >= argc) {
    fputs(usage, given.help ? stdout : stderr);
    return given.help ? 0 : 1;
  }
  bool json = given.log_format != NULL && strcmp(given.log_format, "json") == 0;
  if (given.log_format != NULL && !json && strcmp(given.log_format, "text") != 0)
    return sj_error("invalid log-format: %s", given.log_format), 1;
  if (sj_log_open(given.log, json, given.debug) != 0)
    return 1;
  return run(argc - 1 - words, argv + 1 + words);
}
