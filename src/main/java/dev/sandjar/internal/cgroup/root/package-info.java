/** Where on this host cgroups of sandboxes can be made: found, made ready for one launcher, and left as it was. */
package dev.sandjar.internal.cgroup.root;
