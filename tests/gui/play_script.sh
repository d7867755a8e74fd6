#!/bin/sh
# play_script.sh APP SCRIPT [OPTION...]: plays a script in the real app, under a virtual display of its own and drawn in software, so that no test
# depends on the desktop it is started from; with a data folder of its own. Exit code 77 (skipped) where there is no xvfb-run.
command -v xvfb-run > /dev/null || {
  echo "xvfb-run is not installed: skipped"
  exit 77
}
app=$1
script=$2
shift 2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
LIBGL_ALWAYS_SOFTWARE=1 xvfb-run -a -s "-screen 0 1920x1080x24" \
  "$app" --data-dir "$scratch/data" --script "$script" --screenshots "$scratch" --timing "$@"
