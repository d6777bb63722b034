/** What a sandbox has written: which files were created, modified and deleted. */
package dev.sandjar.changes;
