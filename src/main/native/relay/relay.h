/*
 * The third use of this program: passes connections on between the host and one sandbox. Made by the Java machine, apart from the
 * launcher; ends with its socket to Java, or when the sandbox has ended and what that had said is passed on. It moves bytes and looks at
 * none of them: the first ones of a connection are shown to Java where a rule wants that. Which connections there may be is decided by
 * rules, and by Java where a rule asks.
 *
 * It has one thread, and once the listening sockets outside are there (SJ_RELAY_CONFINE) no capabilities and a filter: a few calls on
 * sockets and pipes are all that whoever took it over could do, as the user that it runs as. Where a port leads to a socket file of the host,
 * which is looked up each time, files of that user are in its reach too.
 */
#ifndef SJ_RELAY_RELAY_H
#define SJ_RELAY_RELAY_H

/* `java` is the socket, `proc` a procfs. Returns the exit status. */
int sj_relay(int java, int proc);

#endif
