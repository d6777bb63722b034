#!/bin/sh
# Refuses an executable that needs an interpreter, or that lacks a protection of which toolchain.sh has said that it is there:
#
#   check-binary.sh READELF "HARDENING" COMPILER FILE
set -eu
readelf=$1 hardening=$2 cc=$3 file=$4

refuse() {
    echo "sandjar: $file $1" >&2
    rm -f "$file"
    exit 1
}

headers=$(LC_ALL=C "$readelf" -hldW "$file")
has() { printf '%s\n' "$headers" | grep -Eq "$1"; }

if has INTERP; then
    refuse "needs a dynamic linker, which a sandbox may not have: $cc did not link statically (Debian, Ubuntu: apt-get install musl-tools)"
fi
has 'GNU_STACK .* RW ' || refuse "has an executable stack"
if has 'LOAD .* RWE '; then refuse "has memory that is writable and executable"; fi
has GNU_RELRO || refuse "has no segment that is read-only after relocation"
case $hardening in
    *static-PIE*)
        has 'Type: *DYN' || refuse "has a fixed address"
        has '\(FLAGS(_1)?\).*NOW' || refuse "does not bind immediately"
        if has TEXTREL; then refuse "relocates its own code"; fi
        ;;
esac
