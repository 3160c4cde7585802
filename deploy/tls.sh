#!/bin/sh
# Makes a certificate authority for this machine, and of it a certificate for the edge: tls.sh FOLDER [NAME…]
# What is there stays, unless it ends within 30 days or is for other names. Keys can be read by their owner alone.
set -eu
umask 077
quietly() { # COMMAND: what it says is shown where it fails
    said=$("$@" 2>&1) || { printf '%s\n' "$said" >&2; exit 1; }
}
folder=$1
shift
soon_s=2592000
mkdir -p "$folder"
cd "$folder"

made=0
if [ ! -s ca.key ] || ! openssl x509 -in ca.crt -noout -checkend "$soon_s" >/dev/null 2>&1; then
    rm -f edge.crt
    quietly openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.crt \
        -days 3650 -subj "/CN=Sightline of $(hostname)" \
        -addext "basicConstraints=critical,CA:TRUE,pathlen:0" -addext "keyUsage=critical,keyCertSign"
    made=1
fi

names="DNS:localhost,IP:127.0.0.1,IP:::1"
for name in "$@"; do
    case "$name" in
        *[!0-9A-Za-z.:*-]*) echo "not a name: $name" >&2; exit 1 ;;
        *:*) names="$names,IP:$name" ;;
        *[!0-9.]*) names="$names,DNS:$name" ;;
        *) names="$names,IP:$name" ;;
    esac
done
if [ ! -s edge.key ] || [ "$(cat names 2>/dev/null)" != "$names" ] \
    || ! openssl x509 -in edge.crt -noout -checkend "$soon_s" >/dev/null 2>&1; then
    cat > extensions <<END
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = $names
END
    quietly openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout edge.key -out edge.csr \
        -subj "/CN=localhost"
    quietly openssl x509 -req -in edge.csr -CA ca.crt -CAkey ca.key -days 365 -extfile extensions -out edge.crt
    rm -f edge.csr extensions
    printf %s "$names" > names
    made=1
fi
chmod 644 ca.crt edge.crt
# By the name that OpenSSL looks for, for services that fetch from the edge.
rm -rf trusted
mkdir -m 755 trusted
install -m 644 ca.crt "trusted/$(openssl x509 -in ca.crt -noout -hash).0"

[ "$made" = 1 ] && echo "made: $(pwd)/edge.crt for $names" || echo "nothing to do: $(pwd)/edge.crt is good for 30 days and more"
cat <<END
Trust it once: $(pwd)/ca.crt
  curl        --cacert $(pwd)/ca.crt
  Debian      sudo cp $(pwd)/ca.crt /usr/local/share/ca-certificates/sightline.crt && sudo update-ca-certificates
  macOS       sudo security add-trusted-cert -d -k /Library/Keychains/System.keychain $(pwd)/ca.crt
  Firefox     Settings, Certificates, View Certificates, Authorities, Import
END
