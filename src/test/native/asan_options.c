/*
 * Settings of the launcher built with sanitizers; its environment is the sandbox's business, so they are compiled in.
 *
 * No leak check: it would stop threads by ptrace at exit, which a process that is not dumpable and lives in other namespaces
 * refuses. The unit tests, which are ordinary programs, keep it. A finding ends the process with a signal, so that no test can
 * take it for an exit status.
 */
const char *__asan_default_options(void);
const char *__ubsan_default_options(void);

const char *__asan_default_options(void) {
  return "detect_leaks=0:abort_on_error=1:disable_coredump=1:handle_abort=0";
}

const char *__ubsan_default_options(void) {
  return "print_stacktrace=1:abort_on_error=1";
}
