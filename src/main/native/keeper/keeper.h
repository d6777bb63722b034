/*
 * The fourth use of this program: keeps the networks that several sandboxes are attached to. Made by the Java machine, apart from the
 * launcher; ends with its socket, and then the network namespaces that it holds end, with all that is in them. It decides nothing: it sends
 * the kernel what Java has written, in the namespace that Java names, and passes on what the kernel answers.
 *
 * Who may not make network namespaces gets a user namespace for them, which owns them; sandboxes get theirs inside of it. Either way a
 * network belongs to a user namespace outside of the sandboxes', so that nothing in these can change it.
 */
#ifndef SJ_KEEPER_KEEPER_H
#define SJ_KEEPER_KEEPER_H

/* `proc` is a procfs. Arguments: none, or those of sj_enter_user_namespace(). Serves `socket` until that ends. Returns the exit status. */
int sj_keep(int socket, int proc, int argc, char **argv);

#endif
