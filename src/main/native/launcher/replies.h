/* What the launcher itself says to Java of a sandbox. */
#ifndef SJ_LAUNCHER_REPLIES_H
#define SJ_LAUNCHER_REPLIES_H

#include "launcher/launcher.h"
#include "launcher/sandboxes.h"

/* A request can't be granted. */
void sj_refuse(struct sj_launcher *l, uint64_t id, int error, const char *why);
/* As sj_refuse, but said when everything of the sandbox is gone: its ids are free then. `section` is SJ_IN_REQUEST, or what has been done with it. */
void sj_refuse_at_end(struct sj_sandbox *b, uint16_t section, int error, const char *why);
/* Keeps how it ended, SJ_FAILED or SJ_EXITED, to be said when everything of it is gone; the first counts. */
void sj_keep_end(struct sj_sandbox *b, uint16_t type, const uint8_t *body, size_t length);
/* What the supervisor has reported of the end, and what only the launcher knows. Its cgroups are read for the last time, so they may go. */
void sj_post_end(struct sj_launcher *l, struct sj_sandbox *b, const uint8_t *report, size_t length);
/* The end of an exec'd process that its supervisor has not reported. */
void sj_post_lost(struct sj_launcher *l, struct sj_sandbox *b);
/* How the sandbox ended, as far as it is known now. */
void sj_report_end(struct sj_launcher *l, struct sj_sandbox *b);

#endif
