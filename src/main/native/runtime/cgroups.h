/*
 * The cgroups of a container, at the paths that its plan has (SJ_OP_CGROUP_AT). Unlike those of sandboxes they are nobody's: they outlive
 * every process of ours, hold a container that has ended until it is deleted, since engines read there how it has ended, and may have been
 * there before, empty: those that hold a process, in them or below, are not the container's, and are never touched.
 */
#ifndef SJ_RUNTIME_CGROUPS_H
#define SJ_RUNTIME_CGROUPS_H

#include "cgroup/cgroup.h"
#include "runtime/container.h"

/* 0, or -1 after sj_error. `g` has the paths open for sj_cgroup_make then. */
int sj_cgroups_make(struct sj_cgroup *g, struct sj_container *c);
/* A signal to every process there; the kernel itself ends all at once where it can. 0, or -1 after sj_error. */
int sj_cgroups_signal(const struct sj_container *c, int sig);
/* Ends whatever is there, waits until it is gone, and removes them. 0, or -1 after sj_error. */
int sj_cgroups_end(const struct sj_container *c);
/* Returns when all of them are, or none is any more. 0, or -1 after sj_error. */
int sj_cgroups_freeze(const struct sj_container *c, bool on);
/* What v1 has frozen does not even die. */
void sj_cgroups_thaw_v1(const struct sj_container *c);
/* Moves this process there. 0, or -1 with errno. */
int sj_cgroups_enter(const struct sj_container *c);
/* Calls `print` with the number of each process. False if there are no cgroups to look at. */
bool sj_cgroups_list(const struct sj_container *c, void (*print)(long pid));
/*
 * Writes a value where one of the files is: of v1, or of v2. 1 if it was written, 0 if there is no such file, -1 with errno.
 */
int sj_cgroups_change(const struct sj_container *c, const struct sj_change *change);
/* The content of the first such file in which a word is ("" is in all); false if there is none. */
bool sj_cgroups_read(const struct sj_container *c, const char *file, const char *word, char *text, size_t size);
/* A descriptor of the first such file, or -1. */
int sj_cgroups_open(const struct sj_container *c, const char *file, int flags);
bool sj_cgroups_frozen(const struct sj_container *c);

#endif
