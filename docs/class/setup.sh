#!/usr/bin/env bash
# Gradescope runs this once, when the image of the autograder is built.
set -euo pipefail
home=${AUTOGRADER:-/autograder}
apt-get install -y python3 python3-venv
python3 -m venv "$home/venv"
"$home/venv/bin/pip" install "${VALUECHECK:-valuecheck}"
