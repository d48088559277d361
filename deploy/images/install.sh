#!/bin/sh
# Install the packages of a lock into /opt/intramuros; runs inside a build.
#
#     install.sh NAME [PACKAGE-THAT-MAY-BE-MISSING …]
#
# Only wheels, only with the hashes of the lock, and nothing that is not in it: building a source package would run its
# code here. Where the build was given the wheels (deploy/images/wheels.py), no package index is asked.
set -eu
name=$1
shift
pip="/opt/tools/bin/pip --python /opt/intramuros/bin/python"
options="--no-deps --require-hashes --only-binary :all: --no-cache-dir --quiet"
if ls /build/*.whl > /dev/null 2>&1; then
    options="$options --no-index --find-links /build"
fi
$pip install $options --requirement "/build/$name.txt"
if grep -q '^torch==' "/build/$name.txt"; then
    torch=$(/opt/intramuros/bin/python -c 'from importlib.metadata import version; print(version("torch"))')
    case $torch in
        *+cpu) ;;
        *)
            echo "torch $torch is no CPU build: its GPU libraries come along, some gigabytes." >&2
            echo "Name a place that has the CPU build to pip, and the image is a third of that." >&2
            $pip install $options --requirement /build/cuda.txt
            ;;
    esac
fi
# What a package requires and nobody here calls is left out by name; anything else that is missing is a mistake.
expected=$(printf ' requires %s,|' "$@")
if [ $# -gt 0 ]; then
    $pip check | grep -vE "${expected%|}|^No broken requirements" && exit 1
else
    $pip check
fi
exit 0
