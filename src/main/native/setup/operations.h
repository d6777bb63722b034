/* Runs the operations of a section in order. */
#ifndef SJ_SETUP_OPERATIONS_H
#define SJ_SETUP_OPERATIONS_H

#include "program/context.h"

/* 0, or -1 when one has failed and was reported. */
int sj_run_operations(struct sj_context *c, unsigned section, uint32_t from, uint32_t end);
int sj_run_section(struct sj_context *c, unsigned section);

#endif
