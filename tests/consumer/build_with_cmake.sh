#!/bin/sh
# Builds project/ with find_package(tenon), outside of the checkout. The environment names the
# installed tree (PREFIX), the tools (CMAKE, CXX), and what run_programs.sh needs.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cp -r project "$work/source"
"$CMAKE" -S "$work/source" -B "$work/build" \
    -DCMAKE_PREFIX_PATH="$PREFIX" -DCMAKE_CXX_COMPILER="$CXX"
"$CMAKE" --build "$work/build"
./run_programs.sh "$work/build"
