#!/bin/sh
# Put the signing certificate of a build machine into a keychain of its own.
#
#   CERTIFICATE   a .p12 file in base64
#   PASSWORD      its password
set -eu
: "${CERTIFICATE:?}" "${PASSWORD:?}" "${RUNNER_TEMP:?}"

keychain=$RUNNER_TEMP/signing.keychain-db
secret=$(openssl rand -hex 16)
printf '%s' "$CERTIFICATE" | base64 --decode >"$RUNNER_TEMP/certificate.p12"
security create-keychain -p "$secret" "$keychain"
security set-keychain-settings -lut 7200 "$keychain"
security unlock-keychain -p "$secret" "$keychain"
security import "$RUNNER_TEMP/certificate.p12" -P "$PASSWORD" -A -t cert -f pkcs12 -k "$keychain"
security set-key-partition-list -S apple-tool:,apple: -k "$secret" "$keychain" >/dev/null
security list-keychains -d user -s "$keychain" login.keychain-db
rm "$RUNNER_TEMP/certificate.p12"
