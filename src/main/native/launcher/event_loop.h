/* The launcher's event loop: requests from Java, messages from supervisors, deaths of children. */
#ifndef SJ_LAUNCHER_EVENT_LOOP_H
#define SJ_LAUNCHER_EVENT_LOOP_H

#include "launcher/launcher.h"

/* Serves until Java is gone and everything is cleaned up. The exit status. */
int sj_serve(struct sj_launcher *l);

#endif
