# shellcheck shell=bash
# Sourced by scripts that need a real server: an nginx of their own, on free loopback ports, in a temporary folder.

# Starts nginx in $1, a folder of the caller's, with $2 workers. It answers everything with $3, a line of JSON.
#
# Sets `nginx_pid`, for the caller to end it, `nginx_http` and `nginx_https` (host and port), and `nginx_ca_file`. Over
# TLS it speaks HTTP/2.
start_nginx() {
  local folder=$1 workers=$2 answer=$3 ports
  # Its workers run as somebody else if this is root.
  chmod 755 "$folder"
  nginx_ca_file=$folder/certificate.pem
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj "/CN=localhost" \
    -addext "subjectAltName=DNS:localhost,IP:127.0.0.1" -keyout "$folder/key.pem" -out "$nginx_ca_file" 2>/dev/null
  ports=$(/usr/bin/python3 -c '
import socket
sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
print(*(socket.getsockname()[1] for socket in sockets))')
  nginx_http=127.0.0.1:${ports% *}
  nginx_https=127.0.0.1:${ports#* }
  cat >"$folder/nginx.conf" <<CONFIGURATION
daemon off;
worker_processes $workers;
pid $folder/nginx.pid;
error_log $folder/error.log warn;
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path $folder/body;
  proxy_temp_path $folder/proxy;
  fastcgi_temp_path $folder/fastcgi;
  uwsgi_temp_path $folder/uwsgi;
  scgi_temp_path $folder/scgi;
  # Connections stay open for as long as it runs.
  keepalive_timeout 1h;
  keepalive_requests 1000000000;
  server {
    listen $nginx_http;
    listen $nginx_https ssl http2;
    ssl_certificate $nginx_ca_file;
    ssl_certificate_key $folder/key.pem;
    location / {
      default_type application/json;
      return 200 '$answer';
    }
  }
}
CONFIGURATION
  nginx -p "$folder" -e "$folder/error.log" -c "$folder/nginx.conf" &
  nginx_pid=$!
  local attempt
  for attempt in {1..100}; do
    if (exec 3<>"/dev/tcp/${nginx_https/://}") 2>/dev/null; then return; fi
    kill -0 "$nginx_pid" 2>/dev/null || break
    sleep 0.1
  done
  cat "$folder/error.log" >&2
  fail "nginx did not start (attempt $attempt)"
}
