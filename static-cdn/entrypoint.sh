#!/bin/sh
# Starts with the image's own files. reload.sh puts others in their place, and nothing of them is left
# when the container starts again.
set -eu
run=/run/sightline
/app/release.sh "$run/image"
ln -sfn "$run/image" "$run/current"
: > "$run/counts.log"
exec nginx -p "$run" -c current/nginx.conf -e stderr
