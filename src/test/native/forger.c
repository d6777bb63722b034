/*
 * sandjar-forger PROCESS NUMBER: takes the sockets of a process, and says through each, as who makes a program's process would, that its
 * number on the host is NUMBER. Ends with 0 if somebody was told.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "protocol/internal.h"
#include "protocol/protocol.h"

#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif

int main(int argc, char **argv) {
  struct __attribute__((packed)) {
    uint32_t magic;
    uint16_t type, flags;
    uint64_t id;
    uint32_t length, descriptors, number;
  } message = {SJ_MAGIC, SJ_SUPERVISOR_PID, 0, 0, sizeof(uint32_t), 0, 0};
  int told = 0;
  if (argc != 3)
    return 64;
  message.number = (uint32_t)strtoul(argv[2], NULL, 10);
  int process = (int)syscall(SYS_pidfd_open, atoi(argv[1]), 0);
  for (int fd = 3; process >= 0 && fd < 4096; fd++) {
    int taken = (int)syscall(SYS_pidfd_getfd, process, fd, 0);
    if (taken < 0)
      continue;
    if (send(taken, &message, sizeof message, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)sizeof message)
      told++;
    close(taken);
  }
  printf("told %d\n", told);
  return told > 0 ? 0 : 1;
}
