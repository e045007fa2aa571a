#!/bin/sh
# Installs those Debian packages of the given lists (one name a line) that are not there yet.
set -eu

missing=
for package in $(cat "$@"); do
    case $(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true) in
        "install ok installed") ;;
        *) missing="$missing $package" ;;
    esac
done
[ -n "$missing" ] || exit 0

as_root=
[ "$(id -u)" -eq 0 ] || as_root=sudo
echo "installing:$missing"
# shellcheck disable=SC2086  # words are meant to be split
install() {
    $as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -q --no-install-recommends $missing
}
# The lists of a fresh machine may be old or empty.
install || { $as_root apt-get update -q && install; }
