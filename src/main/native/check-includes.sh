#!/bin/sh
# The direction of the folders (which process runs the code) and of the files: what a folder may include, and no circle anywhere.
#   check-includes.sh [DIRECTORY]
set -eu
cd "${1-.}"
edges=$(mktemp)
trap 'rm -f "$edges"' EXIT

# A module is a .c file with its header; every quoted include is an edge. Paths begin at this directory, but for attack/.
for file in */*.c */*.h; do
  sed -n 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*"\([^"]*\)".*/\1/p' "$file" | while read -r header; do
    case $header in */*) ;; *) header=${file%/*}/$header ;; esac
    test -e "$header" || echo "missing $file $header"
    echo "edge ${file%.[ch]} ${header%.h}"
  done
done >"$edges"

awk '
  BEGIN {
    may["protocol"] = " protocol "
    may["kernel"] = " protocol kernel "
    may["program"] = " protocol kernel program "
    may["setup"] = " protocol kernel program setup "
    may["cgroup"] = " protocol kernel cgroup program/context "
    may["files"] = " protocol kernel files "
    may["keeper"] = " protocol kernel keeper "
    may["relay"] = " protocol kernel relay "
    may["prefix"] = " protocol kernel prefix program/landlock "
    may["launcher"] = " protocol kernel program setup cgroup launcher files relay keeper prefix "
    may["runtime"] = " protocol kernel program setup cgroup runtime "
    may["attack"] = " attack "
  }
  $1 == "missing" { print $2 " includes \"" $3 "\", which is not there"; bad = 1; next }
  {
    from = $2; to = $3
    split(from, f, "/"); split(to, t, "/")
    if (!(f[1] in may)) { print from ": folder " f[1] " is in no rule of check-includes.sh"; bad = 1 }
    else if (index(may[f[1]], " " t[1] " ") == 0 && index(may[f[1]], " " to " ") == 0) {
      print from " includes " to ": " f[1] "/ may include only" may[f[1]]; bad = 1
    }
  }
  END { exit bad }' "$edges" || failed=yes

if ! circle=$(awk '$1 == "edge" && $2 != $3 { print $2, $3 }' "$edges" | tsort 2>&1 >/dev/null); then
  printf 'include circle:\n%s\n' "$circle" | sed 's/^tsort: /  /'
  failed=yes
fi
if test -n "${failed-}"; then exit 1; fi
echo "includes: $(ls */*.c */*.h | wc -l) files, $(grep -c ^edge "$edges") edges, no circle, every direction allowed"
