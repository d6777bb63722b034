#!/bin/sh
# Finds out by trying how this compiler and its C library make a hardened static executable, and prints that as make variables:
#
#   toolchain.sh "COMPILER" READELF
#
# PIE_CFLAGS, LINK_BEGIN, LINK_END   position independent and static, where a program linked so has no interpreter and starts
# FORTIFY                            the highest level that the C library's headers know
# HARDENING                          what became of it, in words; NOT_HARDENED says why something is missing
set -eu
cc=$1 readelf=$2
# A program for another processor is started by an emulator, if there is one, or not at all.
machine=$($cc -dumpmachine | cut -d- -f1)
start=
if test "$machine" != "$(uname -m)"; then start=$(command -v "qemu-$machine-static" || command -v "qemu-$machine" || echo true); fi
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

cat >"$tmp/try.c" <<'EOF'
#include <stdio.h>
static char room[64];
static char *const pointers[] = {room, room + 1}; /* to be relocated */
int main(int argc, char **argv) {
  return snprintf(pointers[argc > 1], 32, "%s", argv[0]) > 0 ? 0 : 1;
}
EOF

# Whether a program linked with $begin ... $end runs, is position independent and needs no other program to run.
works() {
    # shellcheck disable=SC2086 # several arguments
    $cc -Os -fPIE "$tmp/try.c" $begin $end -o "$tmp/try" >"$tmp/message" 2>&1 || return 1
    LC_ALL=C "$readelf" -hlW "$tmp/try" >"$tmp/headers"
    if grep -q INTERP "$tmp/headers"; then echo "what $cc links needs an interpreter" >"$tmp/message"; return 1; fi
    if ! grep -q 'Type: *DYN' "$tmp/headers"; then echo "what $cc links has a fixed address" >"$tmp/message"; return 1; fi
    if ! $start "$tmp/try"; then echo "what $cc links does not start" >"$tmp/message"; return 1; fi
}

# musl's wrapper for gcc knows -static only; its C library has a start file that relocates a program without an interpreter.
wrapper() {
    # shellcheck disable=SC2086
    directory=$($cc -### "$tmp/try.c" 2>&1 | tr ' "' '\n\n' | sed -n 's|/Scrt1[.]o$||p' | head -n 1)
    # shellcheck disable=SC2086
    gcc=$(dirname "$($cc -print-libgcc-file-name)")
    if ! test -e "$directory/rcrt1.o"; then echo "$cc has no rcrt1.o" >"$tmp/message"; return 1; fi
    begin="-static -nostartfiles -Wl,-pie,--no-dynamic-linker,-z,text $directory/rcrt1.o $directory/crti.o $gcc/crtbeginS.o"
    end="-Wl,--start-group -lgcc -lc -Wl,--end-group $gcc/crtendS.o $directory/crtn.o"
    works
}

begin=-static-pie end=
missing=
if works || wrapper; then
    echo "PIE_CFLAGS := -fPIE"
    hardening=static-PIE
else
    missing="no static-PIE: $(head -n 1 "$tmp/message" | tr -d '#$\\')"
    begin='-static' end=
    echo "PIE_CFLAGS := -fno-pie"
    hardening='static, at a fixed address'
fi
echo "LINK_BEGIN := $begin"
echo "LINK_END := $end"

# What the headers made of the level that was asked for; a distribution's compiler may have asked already.
level() {
    # shellcheck disable=SC2086
    printf '#include <stdio.h>\n#ifdef __USE_FORTIFY_LEVEL\nlevel=__USE_FORTIFY_LEVEL\n#endif\n' |
        $cc -E -P -O2 -U_FORTIFY_SOURCE "-D_FORTIFY_SOURCE=$1" - 2>/dev/null | sed -n 's/^level=\([0-9]\)$/\1/p'
}
fortify=$(level 3)
if test "${fortify:-0}" -ge 2; then
    echo "FORTIFY := -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=$fortify"
    hardening="$hardening, _FORTIFY_SOURCE=$fortify"
else
    echo "FORTIFY :="
    missing="${missing:+$missing; }no _FORTIFY_SOURCE: this C library has none"
fi
echo "HARDENING := $hardening, stack protector, RELRO, immediate binding"
echo "NOT_HARDENED := $missing"
