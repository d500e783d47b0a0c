# shellcheck shell=bash
# Sourced by every script: finds the repository and installs the system packages that are missing.

# shellcheck disable=SC2034 # used by the scripts that source this file
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

# What building takes: the libraries and their headers, and what the Swift toolchain itself links with and loads.
# The names are the same on Debian and Ubuntu.
packages=(
  libcurl4-openssl-dev libpq-dev libssl-dev pkg-config
  binutils ca-certificates g++ git libncurses-dev libsqlite3-dev libxml2-dev tzdata zlib1g-dev
)

section() {
  printf '\n=== %s (%d min %02d s so far)\n' "$1" $((SECONDS / 60)) $((SECONDS % 60))
}

fail() {
  printf 'error: %s\n' "$1" >&2
  exit 1
}

as_root() {
  if [[ $(id -u) -eq 0 ]]; then
    "$@"
  else
    command -v sudo >/dev/null || fail "cannot run '$*': not root, and sudo is not there"
    sudo "$@"
  fi
}

is_installed() {
  [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

install_packages() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq --yes --no-install-recommends "$@" >/dev/null
}

# Makes sure that everything for building is there: installs the Debian packages that are not, and says which.
#
# A script that needs more adds to `packages` before.
set_up() {
  local package missing=()
  if command -v dpkg-query >/dev/null; then
    for package in "${packages[@]}"; do
      is_installed "$package" || missing+=("$package")
    done
  else
    echo "set-up: this is no Debian; what is needed goes by these names there: ${packages[*]}"
  fi
  if [[ ${#missing[@]} -gt 0 ]]; then
    echo "set-up: installing ${missing[*]}"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq
    if [[ " ${missing[*]} " == *" postgresql "* ]] && ! is_installed postgresql-common; then
      # PostgreSQL would start a server as soon as it is installed, unless it is told not to in between.
      install_packages postgresql-common
      as_root sed -i 's/^#\? *create_main_cluster.*/create_main_cluster = false/' /etc/postgresql-common/createcluster.conf
    fi
    install_packages "${missing[@]}"
  fi
  command -v swift >/dev/null || fail "swift is not in PATH; install Swift 6.2 or later (https://www.swift.org/install)"
}
