#!/bin/sh
# Makes a folder that nginx runs with, of the files that this script lies among, and of what is known
# only in the container: release.sh FOLDER [STATIC-FILES-OF-THE-ONE-BEFORE]
set -eu
app=$(dirname "$0")
release=$1
previous=${2:-}
mkdir -p "$release"
ln -sfn "$app/snippets" "$release/snippets"
ln -sfn "$app/njs" "$release/njs"
ln -sfn "${CACHE_POLICIES:-$app/policies.json}" "$release/policies.json"
ln -sfn "$app/static" "$release/static"
# The second is its earlier name.
credential_rate=${CREDENTIAL_REQUESTS_PER_SECOND:-${REQUESTS_PER_SECOND_OF_ONE:-12}}
# What the gateway shows to everybody.
routes='^/(v1/status$|problems/|\.well-known/|openapi\.json$)'
# What it can read; another origin, whose routes are given, is asked everything.
methods='^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)$'
[ -z "${CACHED_ROUTES:-}" ] || methods=.
# A piece of what a pipe takes in one write, so that lines of two workers do not mix.
access_log="/dev/stdout requests buffer=4k flush=1s"
region=${REGION:-local}
case "$region" in *[!A-Za-z0-9._-]*) echo "REGION is letters, digits, points and hyphens" >&2; exit 1 ;; esac
# Addresses and networks, with commas or spaces between them.
trusted=$(printf %s "${TRUSTED_PROXIES:-}" | tr ',' ' ')
case "$trusted" in *[!0-9A-Fa-f.:/\ ]*) echo "TRUSTED_PROXIES is a list of addresses and networks" >&2; exit 1 ;; esac
proxies=
real_ip=
for one in $trusted; do
    proxies="$proxies$one 1; "
    real_ip="${real_ip}set_real_ip_from $one; "
done
[ -z "$real_ip" ] || real_ip="${real_ip}real_ip_header X-Forwarded-For; real_ip_recursive on;"
front=none # without TLS
offer=
[ -z "${TLS_CERTIFICATE_FILE:-}" ] || front=debian
tls_port=${TLS_PORT:-443}
[ "$front" = none ] || offer="h3=\":$tls_port\"; ma=86400"
[ "$tls_port" != 443 ] && tls_port=":$tls_port" || tls_port=
nameserver=$(awk '$1 == "nameserver" { print $2; exit }' /etc/resolv.conf)
value() { # TEXT: as sed takes it in the place of something
    printf %s "$1" | sed 's/[\\&|]/\\&/g'
}
fill() { # FILE: with the values in the place of their names
    sed -e "s|\${REGION}|$region|" \
        -e "s|\${ACCESS_LOG}|$access_log|" \
        -e "s|\${TLS_PORT}|$tls_port|" \
        -e "s|\${ALT_SVC}|$(value "$offer")|" \
        -e "s|\${LISTEN_TLS}|$(value "${LISTEN_TLS:-8443}")|" \
        -e "s|\${TLS_CERTIFICATE_FILE}|$(value "${TLS_CERTIFICATE_FILE:-}")|" \
        -e "s|\${TLS_KEY_FILE}|$(value "${TLS_KEY_FILE:-}")|" \
        -e "s|\${TLS_SESSION_TIMEOUT}|${TLS_SESSION_TIMEOUT:-4h}|" \
        -e "s|\${CLIENT_TIMEOUT_S}|${CLIENT_TIMEOUT_S:-20}|" \
        -e "s|\${CONNECT_TIMEOUT_MS}|${CONNECT_TIMEOUT_MS:-500}|g" \
        -e "s|\${CONNECTIONS_PER_ADDRESS}|${CONNECTIONS_PER_ADDRESS:-1000}|" \
        -e "s|\${REAL_IP_DIRECTIVES}|$real_ip|" \
        -e "s|\${TRUSTED_PROXIES}|$proxies|" \
        -e "s|\${LISTEN}|$(value "${LISTEN:-8080}")|" \
        -e "s|\${LISTEN_INSIDE}|$(value "${LISTEN_INSIDE:-8081}")|" \
        -e "s|\${PURGE_KEY_FILE}|$(value "${PURGE_KEY_FILE:-/run/secrets/purge/purge.key}")|" \
        -e "s|\${GATEWAY}|$(value "$GATEWAY")|" \
        -e "s|\${STORE}|$(value "$STORE")|" \
        -e "s|\${ORIGIN}|$(value "${ORIGIN:-$GATEWAY}")|" \
        -e "s|\${ORIGIN_HOST}|$(value "${ORIGIN_HOST:-\$http_host}")|" \
        -e "s|\${CACHED_ROUTES}|$(value "${CACHED_ROUTES:-$routes}")|" \
        -e "s|\${CACHED_METHODS}|$(value "$methods")|" \
        -e "s|\${RESOLVER_DIRECTIVE}|resolver $nameserver valid=2s ipv6=off;|" \
        -e "s|\${REQUESTS_PER_SECOND}|$REQUESTS_PER_SECOND|" \
        -e "s|\${CREDENTIAL_REQUESTS_PER_SECOND}|$credential_rate|" \
        -e "s|\${STATIC_DIR}|$app/static|" \
        -e "s|\${PREVIOUS_STATIC_DIR}|${previous:-$app/static}|" \
        -e "s|\${SAMPLES_DIR}|$app/samples|" \
        -e "s|\${RELEASE_DIR}|$release|" \
        -e "s|\${USER_DIRECTIVE}||" \
        "$1"
}
mkdir -p "$release/modules"
fill "$app/modules/$front/tls.conf" > "$release/modules/tls.conf"
for file in load cached http connections; do
    fill "$app/modules/debian/$file.conf" > "$release/modules/$file.conf"
done
fill "$app/nginx.conf.template" > "$release/nginx.conf"
