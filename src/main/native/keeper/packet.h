/* Packet sockets (packet(7)) of the network namespace that this process is in. */
#ifndef SJ_KEEPER_PACKET_H
#define SJ_KEEPER_PACKET_H

#include "protocol/decode.h"

/* One that hears of what comes by a device, or by all, and does not block; -1 with errno and the name of the call. */
int sj_packet_socket(const struct sj_packet_request *request, const char **call);

#endif
