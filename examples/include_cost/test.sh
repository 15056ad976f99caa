#!/bin/sh
# Runs one test of the example include_cost: test.sh PROGRAM CASE
# A case is a function below; it works in an empty directory of its own.
set -eu
program=$1
case=$2

fail() {
  echo "FAILED: $*"
  echo "--- output"; cat output
  echo "--- errors"; cat errors
  exit 1
}

# run STATUS ARGUMENTS...: runs the program, which must exit with this status.
run() {
  expected=$1
  shift
  status=0
  "$program" "$@" >output 2>errors </dev/null || status=$?
  [ "$status" -eq "$expected" ] || fail "exit status $status instead of $expected: $*"
}

# Some line of the output (with single spaces) is exactly this.
prints() { tr -s ' ' <output | sed 's/^ //' | grep -Fqx -e "$1" || fail "does not print: $1"; }
prints_like() { grep -Eq -e "$1" output || fail "prints nothing like: $1"; }
complains() { grep -Fq -e "$1" errors || fail "does not complain: $1"; }
is_silent() { [ ! -s errors ] || fail "writes to stderr"; }

# header PATH LINES...: writes a header of these lines.
header() {
  path=$1
  shift
  mkdir -p "$(dirname "$path")"
  printf '%s\n' "$@" >"$path"
}

a_header_that_comes_twice_counts_once() {
  header tree/top.h '#include "left.h"' '#include "right.h"'
  header tree/left.h '#include "bottom.h"' ''
  header tree/right.h '#include "bottom.h"' '' ''
  header tree/bottom.h '// one line'
  run 0 tree
  is_silent
  prints "$PWD/tree: 4 headers, 8 lines, 4 includes (0 external)"
  prints '8 4 3 top.h'
  prints '4 2 2 right.h'
  prints '3 2 2 left.h'
  prints '1 1 1 bottom.h'
  prints 'no cycles'
  prints_like 'the same result$'
}

cycles_are_reported_and_measured() {
  header tree/user.h '#include "a.h"'
  header tree/a.h '#include "b.h"' ''
  header tree/b.h '#include "c.h"' '#include "leaf.h"' ''
  header tree/c.h '#include "other.h"' '#include "a.h"' '#include "b.h"' ''
  header tree/leaf.h '// one line'
  header tree/other.h '#include "between.h"' '#include "other.h"'
  header tree/between.h '#include "again.h"'
  header tree/again.h '#include "again.h"'
  run 0 tree
  is_silent
  prints '15 8 5 user.h'  # a, b and c are one step; other, between and again three
  prints '14 7 4 a.h'
  prints '14 7 4 b.h'
  prints '14 7 4 c.h'
  prints '4 3 3 other.h'
  prints '2 2 2 between.h'
  prints '1 1 1 again.h'
  prints_like '^3 cycles, broken by cancelling [0-9]+ waits:$'
  prints 'a.h -> b.h -> c.h -> a.h'
  prints 'other.h -> other.h'
  prints 'again.h -> again.h'
  prints_like 'the same result$'
}

a_long_chain_is_measured() {
  mkdir tree
  i=0
  while [ $i -lt 2000 ]; do
    echo "#include \"$((i + 1)).h\"" >tree/$i.h
    i=$((i + 1))
  done
  echo '#include "1000.h"' >tree/2000.h
  run 0 tree/0.h
  prints '2001 2001 1001 0.h'
  prints_like '^  1000.h -> .* -> 1000.h .1001 headers in all.$'
  prints_like 'the same result$'
}

only_true_includes_count() {
  header tree/all.h \
    '#include <a.h>' \
    '  #  include "b.h" // "c.h"' \
    '// #include "no.h"' \
    '/* #include "no.h"' \
    '#include "no.h" */ #include "c.h"' \
    'const char* text = "/*"; char quote = '\''"'\'';' \
    '#include/* here */"d.h"' \
    '#if 0' \
    '#include "e.h"' \
    '#endif' \
    '#include MACRO' \
    '#include <nowhere.h>' \
    '#included "no.h"' \
    '#define include "no.h"' \
    '#include "a.h"'
  for name in a b c d e no; do header tree/$name.h ''; done
  run 0 tree/all.h
  prints "$PWD/tree/all.h: 6 headers, 20 lines, 8 includes (2 external)"
}

includes_are_found_as_a_compiler_finds_them() {
  header tree/sub/beside.h '// near'
  header tree/beside.h '// far' '' '' '' ''
  header tree/sub/user.h '#include "beside.h"' '#include "../sub/./beside.h"' '#include <more.h>' \
    '#include "top.h"'
  header tree/top.h '#include_next <top.h>'
  header second/top.h '#include_next "top.h"'
  header third/more.h '#include "top.h"'
  header third/top.h ''
  run 0 -I second -I third tree
  prints '9 6 4 sub/user.h'
  prints '3 3 3 top.h'
  prints "2 2 2 $PWD/second/top.h"
  prints "2 2 2 $PWD/third/more.h"
  run 0 -I second tree
  prints "$PWD/tree: 5 headers, 12 lines, 6 includes (2 external)"
}

headers_are_known_by_name_or_look() {
  header tree/plain ' ' '#ifndef GUARD'
  header tree/Makefile '# not a directive' '#ifndef GUARD'
  header tree/script '#!/bin/sh'
  header tree/source.cpp '#include "plain"'
  header tree/.hidden/some.h ''
  header tree/some.hpp ''
  ln -s some.hpp tree/same.hpp
  run 0 tree
  prints "$PWD/tree: 2 headers, 3 lines, 0 includes (0 external)"
}

a_missing_path_is_refused() {
  run 1 nowhere
  complains 'include_cost: nowhere: No such file or directory'
  run 1 -I nowhere .
  complains 'No such file or directory'
}

# Root may read any file but those that nobody can: on Linux, one's own memory at address zero.
an_unreadable_file_is_refused() {
  [ -r /proc/self/mem ] || exit 77
  header tree/user.h '#include "unreadable.h"' '#include "other.h"'
  header tree/other.h '#include "user.h"'
  ln -s /proc/self/mem tree/unreadable.h
  run 1 tree
  complains 'include_cost: cannot read /proc/'
  run 1 tree/user.h
  complains 'include_cost: cannot read /proc/'
}

a_directory_without_headers_is_refused() {
  header tree/readme.txt '#include "no.h"'
  run 1 tree
  complains "include_cost: no headers in $PWD/tree"
}

a_wrong_command_line_is_refused() {
  run 2 --thread 2
  complains 'unknown option --thread; --help explains'
  for threads in 0 two 2x ''; do
    run 2 --threads "$threads"
    complains '--threads needs a number from 1 to 1024'
  done
  run 2 --threads
  complains '--threads needs a value'
  run 2 one two
  complains 'more than one path: one and two'
}

a_result_that_cannot_be_written_is_an_error() {
  [ -w /dev/full ] || exit 77
  header tree/a.h ''
  status=0
  "$program" tree >/dev/full 2>errors || status=$?
  : >output
  [ $status -eq 1 ] || fail "exit status $status"
  complains 'include_cost: cannot write the result'
}

help_explains() {
  run 0 --help
  is_silent
  prints_like '^usage: include_cost '
}

the_standard_library_is_the_default() {
  [ -d /usr/include/c++ ] || exit 77
  run 0
  is_silent
  prints_like '^/usr/include/c\+\+/[^/]*: [0-9]+ headers'
  prints_like 'the same result$'
  run 0 --threads 8
  prints_like '^8 threads: .* the same result$'
}

the_times_say_what_they_compare() {
  header tree/a.h ''
  for threads in 1 2; do
    run 0 --threads $threads tree
    prints "Both ways read all files, by turns; medians of 3 rounds, after one untimed that fills the system's cache:"
    [ $threads = 1 ] && noun=thread || noun=threads
    prints_like "^$threads $noun: [0-9.]+ s; sequential check: [0-9.]+ s on 1 thread, the same result$"
  done
}

directory=$(cd "$(mktemp -d)" && pwd -P)
trap 'rm -rf "$directory"' EXIT
cd "$directory"
"$case"
