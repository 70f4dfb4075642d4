# Every command has --help, and a page of the manual made of it.
. tests/lib.sh
ok 'pages' scripts/manpages "$WEIR" "$SCRATCH/man"
commands=$("$WEIR" --help | sed -nE 's/^  ([a-z]+) +[A-Za-z].*/\1/p')
is 'one for each command' "$(ls "$SCRATCH/man" | sort)" "$(for c in '' $commands; do echo "weir${c:+-$c}.1"; done | sort)"
for c in $commands; do
  has "$c: --help begins with its usage" "$("$WEIR" "$c" --help 2>&1 | head -1)" "usage: weir $c"
  status "$c: a wrong option is a wrong usage" 2 "$WEIR" "$c" --no-such-option
done
has 'a page says what --help says' "$(cat "$SCRATCH/man/weir-top.1")" 'one query without a script: the greatest first'
done_testing
