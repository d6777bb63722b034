/* The commands. Each returns the exit status of the process, after sj_error where that says a failure. */
#ifndef SJ_RUNTIME_COMMAND_H
#define SJ_RUNTIME_COMMAND_H

#include "runtime/container.h"

struct sj_command {
  const char *root;
  const char *id;
  const char *bundle;
  const char *pid_file;
  const char *console_socket;
  const char *signal;
  const char *process, *directory, *user; /* of exec, as the next ones are */
  const char *const *words, *const *variables;
  unsigned preserved;
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
