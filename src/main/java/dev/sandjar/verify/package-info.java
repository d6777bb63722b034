/** What came of attacks on a sandbox, and of running a command in changed surroundings. */
package dev.sandjar.verify;
