#!/usr/bin/env bash
# From a clean clone on Debian 12 to passed tests: installs the packages, builds
# everything, runs the whole suite. As root or with sudo. Arguments go to ctest:
# ./test.sh -R Forecast
set -euo pipefail
cd "$(dirname "$0")"
. .ci/steps.sh

step "Install packages" install_packages build test
step "Configure" cmake --preset release -DLOADCURVE_TESTS=ON
step "Build" cmake --build --preset release
step "Test" ctest --preset release "$@"
