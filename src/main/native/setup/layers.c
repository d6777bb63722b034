#define _GNU_SOURCE
#include "setup/layers.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kernel/syscalls.h"
#include "protocol/internal.h"
#include "protocol/transport.h"
#include "setup/id_maps.h"
#include "setup/resolve.h"

static bool is_layer(const struct sj_op *op) {
  const uint16_t flags = SJ_SELF | SJ_OWN_IDS;
  return op->code == SJ_OP_OPEN_TREE && (op->flags & flags) == flags;
}

bool sj_has_layers(const struct sj_plan *plan) {
  const struct sj_op *op = plan->section[SJ_SETUP];
  for (uint32_t i = 0; i < plan->count[SJ_SETUP]; i++, op++)
    if (is_layer(op))
      return true;
  return false;
}

bool sj_awaits_layers(const struct sj_context *c) {
  return c->templated && sj_has_layers(c->plan);
}

bool sj_is_given_layer(const struct sj_context *c, const struct sj_op *op) {
  return c->templated && is_layer(op);
}

/* The clone's own, if its ids begin where those of files do. */
static int namespace_of(struct sj_context *c, pid_t pid) {
  char uid_map[SJ_MAP_TEXT], gid_map[SJ_MAP_TEXT], path[64];
  if (sj_disk_maps(c, uid_map, gid_map) != 0)
    return -1;
  if (strcmp(uid_map, c->start->uid_map) != 0 || strcmp(gid_map, c->start->gid_map) != 0)
    return sj_map_namespace(c, uid_map, gid_map);
  snprintf(path, sizeof path, "%d/ns/user", (int)pid);
  int fd = openat(c->proc, path, O_RDONLY | O_CLOEXEC);
  return fd < 0 ? sj_fail(c, "open", path) : fd;
}

/* A copy of the layer at a path of the template, idmapped. */
static int map_layer(struct sj_context *c, const struct sj_op *op, int userns) {
  int fd = sj_resolve(c, op->str[0]);
  if (fd < 0)
    return sj_fail(c, "openat2", op->str[0]);
  int tree = sj_open_tree(fd, "", SJ_OPEN_TREE_CLONE | SJ_OPEN_TREE_CLOEXEC | SJ_AT_EMPTY_PATH);
  if (tree < 0)
    sj_fail(c, "open_tree", op->str[0]);
  else if (sj_mount_setattr(tree, "", SJ_AT_EMPTY_PATH, SJ_ATTR_IDMAP, 0, userns) != 0) {
    sj_fail(c, "mount_setattr(IDMAP)", op->str[0]);
    close(tree);
    tree = -1;
  }
  close(fd);
  return tree;
}

/* How many there are in `fds`, or -1 after sj_fail with none open. */
static int map_layers(struct sj_context *c, int userns, int fds[SJ_FDS_MAX]) {
  const struct sj_op *op = c->plan->section[SJ_SETUP];
  int n = 0;
  for (uint32_t i = 0; i < c->plan->count[SJ_SETUP]; i++, op++) {
    if (!is_layer(op))
      continue;
    sj_at(c, SJ_IN_SETUP, op->code, i);
    errno = E2BIG;
    int tree = n == SJ_FDS_MAX ? sj_fail(c, "sendmsg", op->str[0]) : map_layer(c, op, userns);
    if (tree < 0) {
      while (n > 0)
        close(fds[--n]);
      return -1;
    }
    fds[n++] = tree;
  }
  return n;
}

int sj_map_and_give_layers(struct sj_context *c, pid_t pid, int socket) {
  int fds[SJ_FDS_MAX], n = -1;
  int userns = sj_write_maps(c, pid) == 0 ? namespace_of(c, pid) : -1;
  if (userns >= 0) {
    n = map_layers(c, userns, fds);
    close(userns);
  }
  /* Who is not there to take them has ended, and is heard of. */
  int result = n < 0 || sj_send(socket, SJ_LAYERS, c->id, NULL, 0, fds, (uint32_t)n) != 0 ? -1 : 0;
  while (n > 0)
    close(fds[--n]);
  close(socket);
  return result;
}

int sj_take_layers(struct sj_context *c, int socket) {
  static uint8_t buffer[SJ_BUFFER_SIZE];
  struct sj_message m;
  const struct sj_op *op = c->plan->section[SJ_SETUP];
  uint32_t n = 0;
  enum sj_received got = sj_receive(socket, buffer, &m);
  if (got != SJ_GOT_MESSAGE || m.head.type != SJ_LAYERS) {
    sj_free_message(&m);
    return -1;
  }
  int result = 0;
  for (uint32_t i = 0; i < c->plan->count[SJ_SETUP] && result == 0; i++, op++) {
    if (!is_layer(op))
      continue;
    if (n == m.nfds) {
      errno = EPROTO;
      result = sj_fail(c, "recvmsg", op->str[0]); /* what has no descriptor would be left out */
      break;
    }
    c->slots[op->num[0]] = m.fds[n];
    m.fds[n++] = -1;
  }
  sj_free_message(&m);
  return result;
}
