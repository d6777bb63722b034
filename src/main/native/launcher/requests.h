/* What Java asks for. */
#ifndef SJ_LAUNCHER_REQUESTS_H
#define SJ_LAUNCHER_REQUESTS_H

#include "launcher/launcher.h"
#include "protocol/transport.h"

void sj_request(struct sj_launcher *l, struct sj_message *m);

#endif
