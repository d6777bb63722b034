/** What is asked of systemd, over D-Bus. */
package dev.sandjar.internal.systemd;
