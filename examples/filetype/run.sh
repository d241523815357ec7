#!/usr/bin/env bash
# Tells the types of files with a real model: `./dev demo [FILE...]`. The model comes from a Python
# wheel, once; without a network the digit model of the tree shows the same road.
#
# BUILD_DIR: the build tree with bin/filetype and bin/digits.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cache=${XDG_CACHE_HOME:-${HOME:-$BUILD_DIR}/.cache}/tenon
mkdir -p "$cache"

if model=$(cd "$root" && python3 -m bench.fetch filetype --folder "$cache"); then
    if [ $# -eq 0 ]; then
        cd "$root"
        set -- README.md src/graph/graph.cc cmake/check_layers.py dev CMakePresets.json LICENSE \
            examples/filetype/samples/waves.png examples/filetype/samples/digits.zip \
            examples/digits/model.onnx /bin/ls
    fi
    exec "$BUILD_DIR/bin/filetype" "$model" "$cache/filetype.labels.txt" "$cache/filetype.plan" "$@"
fi

echo "The model cannot be fetched; the digit model of the tree is used instead, on its pictures."
[ $# -eq 0 ] || echo "It knows digits alone: these files are left out: $*" >&2
cd "$root/examples/digits"
exec "$BUILD_DIR/bin/digits" model.onnx "$cache/digits.plan" data/*.pgm
