#!/bin/sh
# Builds project/ with the compiler and pkg-config alone, from a copy of the installed tree at
# another place: nothing in it may name where it was installed. The environment as for
# build_with_cmake.sh, and LIBDIR_NAME, the folder of the libraries below PREFIX.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cp -a "$PREFIX" "$work/moved"
libdir="$work/moved/$LIBDIR_NAME"
export PKG_CONFIG_PATH="$libdir/pkgconfig"
build() { # NAME SOURCE PACKAGE
    # shellcheck disable=SC2046 # the flags of pkg-config are words
    "$CXX" -std=c++20 "project/$2" -o "$work/$1" $("$PKG_CONFIG" --cflags --libs "$3")
}
build consumer main.cc tenon
build runtime_consumer runtime_main.cc tenon-runtime
LD_LIBRARY_PATH="$libdir" ./run_programs.sh "$work"
if grep -rlF "$PREFIX" "$work/moved"; then
    echo "the files above name the folder they were installed to"
    exit 1
fi
