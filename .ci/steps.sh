# shellcheck shell=bash
# Shared by quickstart.sh, test.sh and .ci/run: headings with elapsed times, and the
# packages. Sourced, from the root of the repository.

# step HEADING COMMAND...: runs the command under a heading, then says how long it took.
step() {
  local heading=$1 started=$SECONDS
  shift
  printf '\n== %s\n' "$heading"
  if "$@"; then
    printf '== %s: done in %d s\n' "$heading" $((SECONDS - started))
  else
    local code=$?
    printf '== %s: FAILED after %d s (exit code %d)\n' "$heading" $((SECONDS - started)) "$code" >&2
    exit "$code"
  fi
}

# packages_of GROUP: the packages of one group of cmake/debian-packages.txt, one a line.
packages_of() {
  awk -v group="[$1]" '{ sub(/#.*/, "") } /^\[/ { wanted = $1 == group; next } wanted && NF { print $1 }' \
    cmake/debian-packages.txt
}

# install_packages GROUP...: installs what is missing; where nothing is, asks nobody.
install_packages() {
  local group name missing=() as_root=()
  for group in "$@"; do
    for name in $(packages_of "$group"); do
      [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || missing+=("$name")
    done
  done
  if [ ${#missing[@]} -eq 0 ]; then
    echo "all packages are installed"
    return
  fi
  if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
      echo "these packages are missing, and this is neither root nor is there sudo: ${missing[*]}" >&2
      return 1
    fi
    as_root=(sudo)
  fi
  echo "installing: ${missing[*]}"
  "${as_root[@]}" apt-get update -q &&
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
      apt-get install -q -y --no-install-recommends "${missing[@]}"
}
