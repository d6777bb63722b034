/** User and group ids of the host that belong to one sandbox at a time. */
package dev.sandjar.internal.ids;
