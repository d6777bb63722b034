/* How a connection ends: what its peers hear, and what Java is told. */
#ifndef SJ_RELAY_END_H
#define SJ_RELAY_END_H

#include "protocol/encode.h"
#include "relay/places.h"

/* Closes both sides and reports it. `outcome` is SJ_CAME_TO_..., `error` an error number or 0. */
void sj_finish(struct sj_relay *r, struct sj_connection *c, uint32_t outcome, int error);
/* Of a connection in SJ_TO_REPORT: frees its place if Java takes the report. */
void sj_report(struct sj_relay *r, struct sj_connection *c);
/* Closes one side. A peer hears of a reset that the connection was broken off or refused, and did not come to its end. */
void sj_hang_up(int *fd, bool reset);
/* The address of its client, and where a client inside has come to. */
void sj_put_peer(struct sj_writer *w, const struct sj_connection *c);

#endif
