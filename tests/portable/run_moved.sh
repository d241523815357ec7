#!/bin/sh
# run_moved.sh BUILD: runs a portable build from a copy at another place. All shared libraries but the
# C library's must come from the copy.
set -eu
digits=$(cd "$(dirname "$0")/../../examples/digits" && pwd)
moved=$(mktemp -d)
trap 'rm -rf "$moved"' EXIT
cp -a "$1"/bin "$1"/lib* "$moved"

for program in tenon digits filetype; do
    foreign=$(ldd "$moved/bin/$program" | sed -n 's/.* => \(\/[^ ]*\) .*/\1/p' |
        grep -vF "$moved/" | grep -Ev '/(ld-linux[^/]*|lib(c|m|dl|rt|pthread|resolv|util))\.so' || true)
    [ -z "$foreign" ] || { echo "$program uses $foreign"; exit 1; }
done
cd "$digits"
"$moved/bin/tenon" run model.onnx --inputs-from test_data_set_0 --expect test_data_set_0 \
    --rtol 1e-5 --atol 1e-3
shown=$("$moved/bin/digits" model.onnx "$moved/digits.plan" data/7.pgm)
echo "$shown" | grep -Eq '^data/7\.pgm +7 ' || { echo "$shown"; exit 1; }
