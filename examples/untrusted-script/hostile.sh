#!/bin/bash
# Tries to get at the host with what every system has. Prints "attempt <tab> yes or no <tab> what came of it"; harmless
# even where it succeeds.
#
# Arguments: a file of the caller, its secret, a directory to write to, a port that listens, a process to kill.
path=$1 secret=$2 directory=$3 port=$4 victim=$5

# attempt NAME FUNCTION: it succeeds with words on standard output, or fails.
attempt() {
    local result
    if result=$("$2" 2>&1); then
        printf '%s\tyes\t%s\n' "$1" "${result##*$'\n'}"
    else
        result=${result##*$'\n'}
        printf '%s\tno\t%s\n' "$1" "${result##*[:-] }"
    fi
}

shadow() { lines=$(wc -l </etc/shadow) && echo "$lines accounts with their hashes"; }

home() { grep -q "$secret" "$path" && echo "the secret is in it"; }

environment() {
    for file in /proc/[0-9]*/environ; do
        if grep -qa "$secret" "$file" 2>/dev/null; then echo "the secret is in $file" && return; fi
    done
    echo "no process with the secret" && return 1
}

processes() {
    others=(/proc/[0-9]*)
    if test -d "/proc/$victim"; then echo "the victim and $((${#others[@]} - 1)) others" && return; fi
    echo "${#others[@]} processes, the victim is not among them" && return 1
}

kill_victim() { kill "$victim" && echo "killed process $victim"; }

network() { exec 5<>"/dev/tcp/127.0.0.1/$port" && read -r -t 5 words <&5 && echo "the service said $words"; }

host_name() { hostname "$(hostname)" && echo "changed, to the same"; }

write() { echo x >"$directory/shell-was-here" && echo "wrote a file"; }

# The secret is also the daemon's name, by which the caller looks for it.
daemon() { (setsid bash -c 'exec -a "$0" sleep 600' "daemon-$secret" >/dev/null 2>&1 </dev/null &) && echo "forked"; }

other_roots() {
    for root in /proc/[0-9]*/root; do
        if grep -qs "$secret" "$root$path"; then echo "the secret is in $root/..." && return; fi
    done
    echo "no process leads to the file" && return 1
}

descriptors() {
    for fd in /proc/$$/fd/*; do
        if test "${fd##*/}" -gt 2 && grep -qs "$secret" "$fd$path"; then
            echo "the secret is beneath descriptor ${fd##*/}" && return
        fi
    done
    echo "no descriptor leads to the file" && return 1
}

namespaces() { unshare --user --map-root-user true && echo "is root in a new namespace"; }

mount_something() { unshare --user --map-root-user --mount mount -t tmpfs none /tmp && echo "mounted a tmpfs"; }

attempt "read /etc/shadow" shadow
attempt "read a file in the caller's home" home
attempt "read the environment of the JVM" environment
attempt "see other processes" processes
attempt "kill another process" kill_victim
attempt "connect to a service on 127.0.0.1" network
attempt "change the host name" host_name
attempt "write to the host" write
attempt "leave a daemon behind" daemon
attempt "leave through /proc/PID/root" other_roots
attempt "leave through an open descriptor" descriptors
attempt "make a user namespace" namespaces
attempt "mount a file system" mount_something
