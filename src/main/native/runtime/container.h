/*
 * A container as its directory below --root knows it: the only thing that commands share. Each is there or not, whatever has been killed:
 *
 *   lock      held by create, start and delete (flock(2))
 *   config    a copy of the bundle's config.json; later changes of that have no effect
 *   resources the limits of the last `update`, while it is carried out
 *   compiled  what Java has made of it (protocol/compiled.h)
 *   cgroups   which of its cgroups are its own: for each hierarchy a letter (enum sj_taken)
 *   state     process, and whether create has come to its end; replaced as a whole
 *   gate      the socket on which the container's process waits for `start`
 *
 * The status is never stored: it follows from the process, the gate and the freezer.
 */
#ifndef SJ_RUNTIME_CONTAINER_H
#define SJ_RUNTIME_CONTAINER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "protocol/compiled.h"

enum { SJ_ID_MAX = 1024, SJ_BOOT_ID = 40 };

struct sj_state {
  bool created; /* create has done all */
  pid_t pid;
  uint64_t began; /* the process, as /proc/PID/stat has it: numbers are used again */
  char boot[SJ_BOOT_ID]; /* of which machine's life these are */
  uint64_t at;    /* seconds since 1970 */
  uid_t owner;
};

/* What a create has done about the cgroup of a hierarchy: only what it has taken are its processes. */
enum sj_taken { SJ_NOT_TAKEN = '-', SJ_TAKING = 't', SJ_TAKEN = 'T' };

struct sj_container {
  const char *id;
  int root; /* the directory of --root */
  int dir;  /* the container's */
  int lock; /* -1 while it is not held */
  bool has_state;
  struct sj_state state;
  char cgroups[SJ_HIERARCHIES_MAX]; /* enum sj_taken */
  bool has_compiled;
  struct sj_compiled compiled;
};

/* The directory of --root, made if it is missing. A descriptor, or -1 after sj_error. */
int sj_root_open(const char *path, bool make);
bool sj_is_id(const char *id);
/* An existing one. 0, or -1 after sj_error; `quiet` says nothing of one that is not there, with errno ENOENT. */
int sj_container_open(struct sj_container *c, int root, const char *id, bool quiet);
/* The value of one that is not opened yet. */
void sj_container_begin(struct sj_container *c, int root, const char *id);
/* As flock(2). -1 with errno ENOENT also if it is gone by then. */
int sj_container_flock(struct sj_container *c, int how);
/* Waits for other commands. 0, or -1 after sj_error; then it may be gone. Reads its state again. */
int sj_container_lock(struct sj_container *c);
void sj_container_read(struct sj_container *c);
int sj_cgroups_write(struct sj_container *c); /* 0, or -1 after sj_error */
int sj_state_write(struct sj_container *c); /* 0, or -1 after sj_error */
/* Of a process that is there: 0 for its start, or -1 if there is none. */
int sj_process_began(pid_t pid, uint64_t *began, char *state);
void sj_boot_id(char id[SJ_BOOT_ID]);
/* Whether its process is there and has not ended. */
bool sj_is_alive(const struct sj_container *c);
/* A descriptor of its process, or -1 if that has ended. */
int sj_container_pidfd(const struct sj_container *c);
/* Everything of it but its processes and cgroups. 0, or -1 after sj_error. */
int sj_container_remove(struct sj_container *c);

/* A socket at the gate: for the process that waits there, or connected to it. -1 with errno. */
int sj_gate_listen(const struct sj_container *c);
int sj_gate_connect(const struct sj_container *c);

/* A whole file below a directory, at most SJ_BODY_MAX bytes, which the caller frees; NULL with errno. */
uint8_t *sj_read_file(int dir, const char *name, size_t *size);
/* 0, or -1 with errno: the file has all of it or is as it was. */
int sj_replace_file(int dir, const char *name, const uint8_t *data, size_t size, mode_t mode);

#endif
