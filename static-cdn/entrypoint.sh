#!/bin/sh
# Fills in what is known only when the container starts, and becomes nginx.
set -eu
run=/run/sightline
ln -sfn /app/snippets "$run/snippets"
ln -sfn /app/njs "$run/njs"
ln -sfn /app/modules/debian "$run/modules"
nameserver=$(awk '$1 == "nameserver" { print $2; exit }' /etc/resolv.conf)
sed -e "s|\${LISTEN}|8080|" \
    -e "s|\${GATEWAY}|$GATEWAY|" \
    -e "s|\${STORE}|$STORE|" \
    -e "s|\${RESOLVER_DIRECTIVE}|resolver $nameserver valid=2s ipv6=off;|" \
    -e "s|\${REQUESTS_PER_SECOND}|$REQUESTS_PER_SECOND|" \
    -e "s|\${STATIC_DIR}|/app/static|" \
    -e "s|\${SAMPLES_DIR}|/app/samples|" \
    -e "s|\${USER_DIRECTIVE}||" \
    /app/nginx.conf.template > "$run/nginx.conf"
exec nginx -p "$run" -c nginx.conf -e stderr
