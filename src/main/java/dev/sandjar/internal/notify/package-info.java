/** System calls that wait for the host's decision: what is asked, and what can be answered ({@code seccomp_unotify(2)}). */
package dev.sandjar.internal.notify;
