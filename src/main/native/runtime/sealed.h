/*
 * A program in a container can open this one's file, by /proc/PID/exe of a process that is about to become a program there, and keep it
 * until nobody executes it (CVE-2019-5736). So whatever enters containers is executed again first, from a copy that nobody can change.
 */
#ifndef SJ_RUNTIME_SEALED_H
#define SJ_RUNTIME_SEALED_H

/* Of main(): before anything of `argv` is moved, which is kept. */
void sj_sealed_begin(int argc, char **argv);
/* 0 if this process runs from the copy; else it becomes it, or -1 after sj_error. */
int sj_run_sealed(void);
/* The file that the program was first executed from, by its absolute path; NULL with errno. */
const char *sj_own_path(void);

#endif
