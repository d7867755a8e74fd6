# shellcheck shell=bash
# What every script here shares. Source it first: it changes into the repository's root, wherever the call came from.

self="tools/$(basename "$0")"
# -P: CMake remembers a folder by its true path.
cd -P "$(dirname "${BASH_SOURCE[0]}")/../.." || exit
root=$PWD

say() { printf '%s\n' "$*" >&2; }

die() {
  printf '%s: %s\n' "$self" "$*" >&2
  exit 1
}

# Wrong usage, as everywhere: exit code 2.
usage_error() {
  printf '%s: %s (see %s --help)\n' "$self" "$*" "$self" >&2
  exit 2
}

# --help is the comment at the top of a script.
show_help() {
  awk 'NR == 1 { next } !/^#/ { exit } { sub(/^# ?/, ""); print }' "$root/$self"
}
