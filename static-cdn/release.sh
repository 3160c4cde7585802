#!/bin/sh
# Makes a folder that nginx runs with, of the files that this script lies among, and of what is known
# only in the container: release.sh FOLDER [STATIC-FILES-OF-THE-ONE-BEFORE]
set -eu
app=$(dirname "$0")
release=$1
mkdir -p "$release"
ln -sfn "$app/snippets" "$release/snippets"
ln -sfn "$app/njs" "$release/njs"
ln -sfn "$app/modules/debian" "$release/modules"
ln -sfn "$app/static" "$release/static"
# The second is its earlier name.
credential_rate=${CREDENTIAL_REQUESTS_PER_SECOND:-${REQUESTS_PER_SECOND_OF_ONE:-12}}
nameserver=$(awk '$1 == "nameserver" { print $2; exit }' /etc/resolv.conf)
sed -e "s|\${LISTEN}|8080|" \
    -e "s|\${GATEWAY}|$GATEWAY|" \
    -e "s|\${STORE}|$STORE|" \
    -e "s|\${RESOLVER_DIRECTIVE}|resolver $nameserver valid=2s ipv6=off;|" \
    -e "s|\${REQUESTS_PER_SECOND}|$REQUESTS_PER_SECOND|" \
    -e "s|\${CREDENTIAL_REQUESTS_PER_SECOND}|$credential_rate|" \
    -e "s|\${STATIC_DIR}|$app/static|" \
    -e "s|\${PREVIOUS_STATIC_DIR}|${2:-$app/static}|" \
    -e "s|\${SAMPLES_DIR}|$app/samples|" \
    -e "s|\${RELEASE_DIR}|$release|" \
    -e "s|\${USER_DIRECTIVE}||" \
    "$app/nginx.conf.template" > "$release/nginx.conf"
