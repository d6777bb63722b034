/* The commands. Each returns the exit status of the process, after sj_error where that says a failure. */
#ifndef SJ_RUNTIME_COMMAND_H
#define SJ_RUNTIME_COMMAND_H

#include "runtime/container.h"

/* Options of update. */
enum sj_limit {
  SJ_LIMIT_MEMORY, SJ_LIMIT_RESERVATION, SJ_LIMIT_SWAP, SJ_LIMIT_SHARES, SJ_LIMIT_QUOTA, SJ_LIMIT_PERIOD, SJ_LIMIT_BURST, SJ_LIMIT_RT_RUNTIME,
  SJ_LIMIT_RT_PERIOD, SJ_LIMIT_IDLE, SJ_LIMIT_CPUS, SJ_LIMIT_MEMS, SJ_LIMIT_PIDS, SJ_LIMIT_WEIGHT, SJ_LIMITS
};

struct sj_command {
  const char *root;
  const char *id;
  const char *bundle;
  const char *pid_file;
  const char *console_socket;
  const char *signal;
  const char *process, *directory, *user; /* of exec, as the next ones are */
  const char *const *words, *const *variables;
  const char *const *all_words; /* with the first */
  int nwords;
  const char *name, *etc; /* of install */
  const char *resources, *interval;
  const char *limits[SJ_LIMITS];
  unsigned preserved;
  bool stats, print;
  bool force, all, detach, keep, quiet, json, terminal;
};

int sj_create(const struct sj_command *o);
int sj_start(const struct sj_command *o);
int sj_run(const struct sj_command *o);
int sj_kill(const struct sj_command *o);
int sj_delete(const struct sj_command *o);
int sj_state(const struct sj_command *o);
int sj_list(const struct sj_command *o);
int sj_exec(const struct sj_command *o);
int sj_pause(const struct sj_command *o);
int sj_resume(const struct sj_command *o);
int sj_ps(const struct sj_command *o);
int sj_update(const struct sj_command *o);
int sj_events(const struct sj_command *o);
int sj_compiler(const struct sj_command *o);
int sj_install(const struct sj_command *o);
int sj_uninstall(const struct sj_command *o);
int sj_spec(const struct sj_command *o);
int sj_features(const struct sj_command *o);

/* What run does too. 0, or -1 after sj_error; then nothing is left of it. */
int sj_create_container(const struct sj_command *o, struct sj_container *c);
/* The same; the container is locked. */
int sj_start_container(struct sj_container *c);
/* The container is locked, and its processes end whatever they do. */
int sj_delete_container(struct sj_container *c);

/* What a FAILED of the container's process means, said as other runtimes do, which engines read. */
struct sj_message;
void sj_say_failure(const struct sj_container *c, const char *doing, const struct sj_message *m);

#endif
