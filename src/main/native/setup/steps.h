/* Steps of a set-up that a supervisor and the process of an OCI container go through alike. Each 0, or -1 after it has said what has failed. */
#ifndef SJ_SETUP_STEPS_H
#define SJ_SETUP_STEPS_H

#include "setup/init.h"

int sj_keep_own_descriptors(struct sj_supervisor *s);
int sj_enter_namespaces(struct sj_supervisor *s); /* those that it need not be born in */
int sj_open_root(struct sj_supervisor *s);        /* what host paths are looked up from */
int sj_run_outer_section(struct sj_supervisor *s); /* unless the outer helper or the template has done so */
int sj_await_id_maps(struct sj_supervisor *s);
int sj_run_set_up_section(struct sj_supervisor *s);

#endif
