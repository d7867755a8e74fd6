#!/usr/bin/env bash
# bundle_test.sh SOURCE BUILD: makes a bundle, unpacks its tar.gz elsewhere, and uses it there as somebody would who has
# nothing else of Warpscope.
set -euo pipefail
source=$1 build=$2

fail() {
  printf 'bundle_test: %s\n' "$*" >&2
  exit 1
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$source/tools/bundle" --tests --from "$build" "$work/made"
mkdir "$work/elsewhere"
tar -C "$work/elsewhere" -xzf "$work"/made/*.tar.gz
rm -rf "$work/made"
cd "$work"/elsewhere/warpscope-*

# Only the C library and what every desktop has may come from outside.
for program in bin/*; do
  outside=$(env -i /usr/bin/ldd "$program" | awk '$2 == "=>" && $3 ~ /^\// { print $3 }' | grep -v "^$PWD/" |
    grep -Ev '/(ld-linux.*|lib(c|m|dl|rt|pthread|stdc\+\+|gcc_s|z|X11|Xau|Xdmcp|xcb|bsd|md|GL|OpenGL|GLX|GLdispatch))\.so' || true)
  [[ -z $outside ]] || fail "$program takes from this machine: $outside"
done
[[ -f README.txt && -f LICENSE && -f assets/fonts/Inter-Regular.otf ]] || fail "something is missing: $(ls)"
[[ -f compute/kernels/saxpy.cu ]] || fail "the kernels' sources are missing"

run() { env -i "$@"; }
run bin/warpscope-cli devices --json | grep -q '"virtual"' || fail "devices does not name the virtual GPU"
# saxpy: 2 * 3 + 1 in every element.
run bin/warpscope-cli exec assets/ptx/saxpy.ptx --grid 1 --block 32 --arg f32:2 --arg buf:f32:32:fill:3 \
  --arg buf:f32:32:ones --arg i32:32 --dump 2="$work/y" --json | grep -q '"kernel": *"saxpy"' || fail "exec does not run saxpy"
values=$(od -An -tf4 -v "$work/y" | tr -s ' ' '\n' | sort -u | tr -d '\n')
[[ $values == 7 ]] || fail "2 * 3 + 1 is 7, the kernel wrote $values"
run bin/warpscope --version | grep -q '[0-9]' || fail "the app does not start"
