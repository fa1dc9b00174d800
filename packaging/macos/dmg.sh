#!/bin/sh
# Make the .dmg from dist/facesorter.app; sign and notarise it where the environment says how.
#
#   CODESIGN_IDENTITY   an identity in a keychain; without it the program is signed ad hoc
#   NOTARY_APPLE_ID, NOTARY_TEAM, NOTARY_PASSWORD   for Apple's notary service
#
# Run by packaging/build.py --installers, on macOS.
set -eu
cd "$(dirname "$0")/../.."

name=$(sed -n 's/^NAME = "\(.*\)"$/\1/p' facesorter/__init__.py)
version=$(sed -n 's/^__version__ = "\(.*\)"$/\1/p' facesorter/__init__.py)
app=dist/$name.app
dmg=dist/$name-$version-macos-$(uname -m).dmg

if [ -n "${CODESIGN_IDENTITY:-}" ]; then
  # PyInstaller signed the libraries; the whole is sealed once more, since files were added to it.
  codesign --force --deep --options runtime --timestamp \
    --entitlements packaging/macos/entitlements.plist --sign "$CODESIGN_IDENTITY" "$app"
fi
codesign --verify --deep --strict "$app"

stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
# ditto keeps the links inside the program; a plain copy breaks it.
ditto "$app" "$stage/$name.app"
ln -s /Applications "$stage/Applications"
rm -f "$dmg"
hdiutil create -volname "$name" -srcfolder "$stage" -format ULMO -quiet "$dmg"

if [ -n "${CODESIGN_IDENTITY:-}" ]; then
  codesign --force --timestamp --sign "$CODESIGN_IDENTITY" "$dmg"
fi
if [ -n "${CODESIGN_IDENTITY:-}" ] && [ -n "${NOTARY_APPLE_ID:-}" ]; then
  xcrun notarytool submit "$dmg" --wait --apple-id "$NOTARY_APPLE_ID" \
    --team-id "$NOTARY_TEAM" --password "$NOTARY_PASSWORD"
  xcrun stapler staple "$dmg"
else
  echo "Not notarised: macOS will ask to allow it in Privacy & Security at the first start."
fi
# The folder that PyInstaller leaves beside the .app is the same once more.
rm -rf "dist/$name"
