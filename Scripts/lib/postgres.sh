# shellcheck shell=bash
# Sourced by scripts that need a PostgreSQL of their own.

# Starts a private PostgreSQL in FOLDER with its defaults, reached by a socket there alone, and waits until it answers.
#
# Sets `postgres_pid`, and `postgres_socket` to the folder of the socket, `postgres_programs` to that of the programs.
start_postgres() { # FOLDER
  local folder=$1 data=$1/data user=()
  postgres_programs=$(find /usr/lib/postgresql -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -1)
  [[ -n $postgres_programs ]] || postgres_programs=$(dirname "$(command -v initdb || fail "initdb is not there")")
  # shellcheck disable=SC2034 # used by the scripts that source this file
  postgres_socket=$folder
  # It refuses to run as root.
  if [[ $(id -u) -eq 0 ]]; then
    user=(setpriv --reuid postgres --regid postgres --clear-groups)
    chown postgres:postgres "$folder"
  fi
  (
    cd "$folder" || exit
    "${user[@]}" "$postgres_programs/initdb" --pgdata "$data" --username postgres --auth trust --encoding UTF8 \
      --locale C >/dev/null
  )
  "${user[@]}" env LC_ALL=C "$postgres_programs/postgres" -D "$data" -c listen_addresses= \
    -c unix_socket_directories="$folder" -c unix_socket_permissions=0777 2>"$folder/log" &
  # shellcheck disable=SC2034
  postgres_pid=$!
  for _ in $(seq 200); do
    if "$postgres_programs/pg_isready" --quiet --host "$folder" --username postgres; then return; fi
    sleep 0.1
  done
  cat "$folder/log" >&2
  fail "PostgreSQL did not start"
}
