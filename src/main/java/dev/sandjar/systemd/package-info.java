/** What is asked of systemd, over D-Bus. */
package dev.sandjar.systemd;
