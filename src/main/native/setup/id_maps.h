/* User and group id maps of user namespaces. */
#ifndef SJ_SETUP_ID_MAPS_H
#define SJ_SETUP_ID_MAPS_H

#include "program/context.h"

/* Gives the new user namespace of `pid` the map of c->start, from outside. 0, or -1 after sj_fail. May wait for newuidmap. */
int sj_write_maps(struct sj_context *c, pid_t pid);
/* A user namespace that exists only for its maps, as mount_setattr(2) wants it. A descriptor, or -1 after sj_fail. */
int sj_map_namespace(struct sj_context *c, const char *uid_map, const char *gid_map);
enum { SJ_MAP_TEXT = 64 };
/* The maps of c->start, of one range each, as of files whose ids begin with 0. 0, or -1 after sj_fail. */
int sj_disk_maps(struct sj_context *c, char uid_map[SJ_MAP_TEXT], char gid_map[SJ_MAP_TEXT]);

#endif
