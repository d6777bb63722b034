#!/bin/sh
# check-includes.sh refuses what it is there for: an include against the direction, a circle inside a folder, a folder without a rule.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# refuses FILE LINE WORDS: with the line added to a copy of the file, the check fails and says the words
refuses() {
  cp -R ./*/ "$work/"
  mkdir -p "$work/$(dirname "$1")"
  echo "$2" >>"$work/$1"
  if sh ./check-includes.sh "$work" >"$work/out"; then echo "check-includes.sh takes $2 in $1" >&2; exit 1; fi
  grep -q "$3" "$work/out" || { echo "check-includes.sh does not say \"$3\" of $2 in $1:" >&2; cat "$work/out" >&2; exit 1; }
  rm -rf "${work:?}"/*
}

refuses program/exec.c '#include "setup/mounts.h"' 'program/exec includes setup/mounts: program/ may include only'
refuses setup/spawn.h '#include "cgroup/root.h"' 'setup/spawn includes cgroup/root'
refuses cgroup/files.c '#include "launcher/launcher.h"' 'cgroup/files includes launcher/launcher'
refuses launcher/kill.h '#include "launcher/requests.h"' 'include circle'
refuses other/new.c '#include "protocol/decode.h"' 'folder other is in no rule'
