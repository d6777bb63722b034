/* What of the host a sandbox is made of, and whether that is still the same: what was made before must not outlive a change of it. */
#ifndef SJ_LAUNCHER_SOURCES_H
#define SJ_LAUNCHER_SOURCES_H

#include <stdbool.h>

#include "launcher/launcher.h"
#include "protocol/decode.h"

struct sj_sources;

/* To be called before anything is made, so that what changes meanwhile is seen. NULL if there is no memory. */
struct sj_sources *sj_sources_of(struct sj_launcher *l, const struct sj_plan *plan);
bool sj_sources_changed(struct sj_launcher *l, const struct sj_plan *plan, const struct sj_sources *before);
void sj_sources_close(void);

#endif
