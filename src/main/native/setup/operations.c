#include "setup/operations.h"

#include <errno.h>
#include <stdbool.h>

#include "program/attributes.h"
#include "program/cgroup_join.h"
#include "program/landlock.h"
#include "program/seccomp.h"
#include "setup/channel.h"
#include "setup/mounts.h"
#include "setup/namespaces.h"
#include "setup/netlink.h"
#include "setup/network.h"
#include "setup/proc_files.h"
#include "setup/root.h"
#include "setup/rootfs_files.h"
#include "setup/trees.h"

static int pause_set_up(struct sj_context *c, const struct sj_op *op) {
  if (c->pause != NULL)
    return c->pause(c, op);
  errno = EPROTO;
  return sj_fail(c, "pause", "");
}

static const struct {
  uint16_t code;
  int (*run)(struct sj_context *, const struct sj_op *);
} table[] = {
    {SJ_OP_JOIN, sj_do_join},
    {SJ_OP_OPEN_TREE, sj_do_open_tree},
    {SJ_OP_TIME_OFFSETS, sj_do_time_offsets},
    {SJ_OP_NETWORK, sj_do_network},
    {SJ_OP_HOSTNAME, sj_do_hostname},
    {SJ_OP_DOMAINNAME, sj_do_domainname},
    {SJ_OP_SETID, sj_do_setid},
    {SJ_OP_PRIVATE, sj_do_private},
    {SJ_OP_ROOT_FS, sj_do_root_fs},
    {SJ_OP_ROOT_BIND, sj_do_root_bind},
    {SJ_OP_MKDIR, sj_do_mkdir},
    {SJ_OP_SYMLINK, sj_do_symlink},
    {SJ_OP_FILE, sj_do_file},
    {SJ_OP_MOUNT, sj_do_mount},
    {SJ_OP_BIND, sj_do_bind},
    {SJ_OP_ATTRIBUTES, sj_do_attributes},
    {SJ_OP_MASK, sj_do_mask},
    {SJ_OP_PIVOT, sj_do_pivot},
    {SJ_OP_ENTER, sj_do_enter},
    {SJ_OP_PROC_FILE, sj_do_proc_file},
    {SJ_OP_OWNER, sj_do_owner},
    {SJ_OP_WRITE_PROC, sj_do_write_proc},
    {SJ_OP_PROPAGATION, sj_do_propagation},
    {SJ_OP_MKNOD, sj_do_mknod},
    {SJ_OP_PAUSE, pause_set_up},
    {SJ_OP_RELAY, sj_do_relay},
    {SJ_OP_NETLINK, sj_do_netlink},
    {SJ_OP_LISTEN, sj_do_listen},
    {SJ_OP_REACH, sj_do_reach},
    {SJ_OP_UMASK, sj_do_umask},
    {SJ_OP_NICE, sj_do_nice},
    {SJ_OP_IOPRIO, sj_do_ioprio},
    {SJ_OP_AFFINITY, sj_do_affinity},
    {SJ_OP_RLIMIT, sj_do_rlimit},
    {SJ_OP_PERSONALITY, sj_do_personality},
    {SJ_OP_KEYRING, sj_do_keyring},
    {SJ_OP_CREDENTIALS, sj_do_credentials},
    {SJ_OP_CAPABILITIES, sj_do_capabilities},
    {SJ_OP_NO_NEW_PRIVS, sj_do_no_new_privs},
    {SJ_OP_CGROUP_NAMESPACE, sj_do_cgroup_namespace},
    {SJ_OP_LANDLOCK, sj_do_landlock},
    {SJ_OP_SPECULATION, sj_do_speculation},
    {SJ_OP_CORE_SCHED, sj_do_core_sched},
    {SJ_OP_SCHEDULER, sj_do_scheduler},
    {SJ_OP_MEMORY_POLICY, sj_do_memory_policy},
};

static int run(struct sj_context *c, const struct sj_op *op) {
  for (unsigned i = 0; i < sizeof table / sizeof table[0]; i++)
    if (table[i].code == op->code)
      return table[i].run(c, op);
  errno = ENOSYS;
  return sj_fail(c, "operation", "");
}

/* The mounts are there already when an exec'd program comes. */
static bool is_mount(uint16_t code) {
  return code == SJ_OP_MOUNT || code == SJ_OP_ATTRIBUTES || code == SJ_OP_MASK || code == SJ_OP_PIVOT;
}

static bool is_ours(const struct sj_context *c, const struct sj_op *op, unsigned section) {
  return c->part == SJ_WHOLE || section != SJ_SETUP || ((op->flags & SJ_PER_SANDBOX) != 0) == (c->part == SJ_PER_SANDBOX_PART);
}

int sj_run_section(struct sj_context *c, unsigned section) {
  return sj_run_operations(c, section, 0, c->plan->count[section]);
}

int sj_run_operations(struct sj_context *c, unsigned section, uint32_t from, uint32_t end) {
  static const uint16_t places[] = {SJ_IN_OUTER, SJ_IN_SETUP, SJ_IN_PROCESS};
  const struct sj_op *op = c->plan->section[section] + from;
  for (uint32_t i = from; i < end; i++, op++) {
    if ((c->execed && is_mount(op->code)) || op->code == SJ_OP_SECCOMP /* sj_install_filters */)
      continue;
    bool ours = is_ours(c, op, section);
    bool prepare = !ours && c->part == SJ_SHARED_PART && op->code == SJ_OP_MOUNT;
    if (!ours && !prepare)
      continue;
    sj_at(c, places[section], op->code, i);
    if ((prepare ? sj_prepare_target(c, op) : run(c, op)) != 0)
      return -1;
    sj_done(c);
  }
  return 0;
}
