# shellcheck shell=bash
# Twilio's own client for Python in an environment of its own; sourced after setup.sh, by whoever needs it.

packages+=(python3 python3-venv)

# shellcheck disable=SC2154 # set by setup.sh
client_support=$root/Scripts/client-support
client_environment=$root/.build-client

# Made once, and again when the list changes. The list's copy comes last: without it, the rest is unfinished.
set_up_client() {
  if ! cmp --silent "$client_support/requirements.txt" "$client_environment/requirements.txt"; then
    echo "client: installing Twilio's client into ${client_environment#"$root"/}" >&2
    rm -rf "$client_environment"
    # By its full path: a version manager's python3 may be any version.
    /usr/bin/python3 -m venv "$client_environment"
    "$client_environment/bin/pip" install --quiet --disable-pip-version-check \
      --requirement "$client_support/requirements.txt"
    cp "$client_support/requirements.txt" "$client_environment/requirements.txt"
  fi
}
