/* Which devices a cgroup v2 may use: a BPF program that Java has written. */
#ifndef SJ_CGROUP_DEVICES_H
#define SJ_CGROUP_DEVICES_H

#include <stddef.h>
#include <stdint.h>

/* 0, or -1 with errno. */
int sj_attach_devices(int cgroup, const uint8_t *program, size_t size);

#endif
