#!/bin/sh
# run_programs.sh FOLDER: runs the programs of project/ that were built into FOLDER. Each must print
# the VERSION and the digit of its picture; the second runs the plan that the first built. DIGITS names
# the folder of the digit model.
set -eu
expect() { # WANTED PROGRAM ARGUMENT...
    wanted=$1
    shift
    printed=$("$@")
    [ "$printed" = "$wanted" ] || { echo "$* printed '$printed', not '$wanted'"; exit 1; }
}
plan=$1/digits.plan
expect "$VERSION 7" "$1/consumer" "$DIGITS/model.onnx" "$DIGITS/data/7.pgm" "$plan"
expect "$VERSION 4" "$1/runtime_consumer" "$plan" "$DIGITS/data/4.pgm"
