#!/usr/bin/env bash
# From a clean clone on Debian 12 to a scaling decision on really measured traffic:
# installs the packages, builds the binary, runs `loadcurve demo`. As root or with sudo.
# Arguments go to the demo: ./quickstart.sh --out my-run
set -euo pipefail
cd "$(dirname "$0")"
. .ci/steps.sh

step "Install packages" install_packages build
step "Configure" cmake --preset release -DLOADCURVE_TESTS=OFF
step "Build" cmake --build --preset release --target loadcurve
echo
exec build/release/loadcurve demo "$@"
