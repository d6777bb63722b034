# Lists the words of a file, each once, in the file "list".
test -r "$1" || { echo "word-list: can't read $1" >&2; exit 1; }
tr -s ' ' '\n' <"$1" | sort -u >list
echo "$(wc -l <list) words" >&2
