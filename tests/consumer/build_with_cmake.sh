#!/bin/sh
# Builds project/ with find_package(tenon), outside of the checkout. The environment names the
# installed tree (PREFIX), the tools (CMAKE, CXX) and the VERSION that the program must print.
set -eu
cd "$(dirname "$0")/project"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cp -r . "$work/source"
"$CMAKE" -S "$work/source" -B "$work/build" \
    -DCMAKE_PREFIX_PATH="$PREFIX" -DCMAKE_CXX_COMPILER="$CXX"
"$CMAKE" --build "$work/build"
for program in consumer runtime_consumer; do
    printed=$("$work/build/$program")
    [ "$printed" = "$VERSION" ] || { echo "$program printed $printed, not $VERSION"; exit 1; }
done
