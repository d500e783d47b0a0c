# shellcheck shell=bash
# Sourced by scripts that try provider-server: starts it beside a simulated Twilio, each on a free port of loopback.
# `root` and `fail` come from setup.sh, which is sourced before.
# shellcheck disable=SC2154

server_folder=
server_pids=()

# Builds both programs and names their folder.
build_servers() {
  local product
  # shellcheck disable=SC2154 # set by setup.sh
  for product in twilio-simulator provider-server; do
    swift build --package-path "$root/Examples" --product "$product"
  done
  server_programs=$(swift build --package-path "$root/Examples" --show-bin-path)
}

# Waits until a program has said where it listens.
#
#   listening LOG PID
listening() {
  local tries address
  for ((tries = 0; tries < 600; tries++)); do
    address=$(sed -n 's/^.*: listening on //p' "$1" | head -n 1)
    if [[ -n $address ]]; then
      printf '%s' "$address"
      return
    fi
    kill -0 "$2" 2>/dev/null || fail "a server ended before it listened: $(cat "$1")"
    sleep 0.1
  done
  fail "a server does not say that it listens: $(cat "$1")"
}

# Starts a simulated Twilio with one account, and provider-server on it. They end with the script.
#
#   start_servers ACCOUNT TOKEN STORE
#
# Sets `twilio` and `server`, their addresses, and the variables that the server takes its secrets from.
start_servers() {
  server_folder=$(mktemp -d)
  trap stop_servers EXIT
  touch "$server_folder/twilio" "$server_folder/server"
  export TOKEN_ROTATION_KEYS PROVIDER_SERVER_TOKEN
  TOKEN_ROTATION_KEYS=$(openssl rand -base64 32)
  PROVIDER_SERVER_TOKEN=$(openssl rand -hex 32)
  "$server_programs/twilio-simulator" --account "$1" --token "$2" --lifetime 3600 >"$server_folder/twilio" 2>&1 &
  server_pids+=($!)
  twilio=$(listening "$server_folder/twilio" $!)
  "$server_programs/provider-server" --port 0 --store "$3" --twilio-url "$twilio" --timings fast \
    >"$server_folder/server" 2>"$server_folder/log" &
  server_pid=$!
  server_pids+=("$server_pid")
  # shellcheck disable=SC2034 # used by the scripts that source this file
  server=$(listening "$server_folder/server" "$server_pid")
}

stop_servers() {
  local pid
  for pid in "${server_pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${server_pids[@]}"; do wait "$pid" 2>/dev/null || true; done
  rm -rf "$server_folder"
}
