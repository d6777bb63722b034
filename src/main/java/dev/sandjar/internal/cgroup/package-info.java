/** Control groups, v1 and v2 behind one model: where they are, what a sandbox needs of them, and what they say of it. */
package dev.sandjar.internal.cgroup;
