#!/bin/sh
# Runs a command in a fresh clone of HEAD on a fresh Debian 12: a chroot with Debian's minimal
# system and git, in which nothing was ever installed by hand. What passes here passes for a new
# user. Its own mounts and processes end with it, and so does the chroot.
#
# usage: tests/fresh_machine.sh [OPTION...] [COMMAND [ARGUMENT...]]
#   without a command: the two commands of the README, sim/run.sh and tests/run.sh
#   --user           run it as a user who is not root (sudo without a password), in a folder whose
#                    path has spaces; otherwise as root, in /work/qslice
#   --bring FOLDER   run it in a copy of FOLDER instead of a clone
#   --prepare        run nothing; find out whether all this can be done on this machine
#   --cached         fail where the minimal system would have to be made first
#   --keep           leave the chroot behind and print its path
#
# Needs root (or sudo without a password), mount namespaces and a mirror of Debian 12 among the
# machine's own sources.
# The minimal system is made once a month (debootstrap, 30 s) below /var/tmp/fresh-machine, or
# below FRESH_MACHINE_BASE, and copied for each run.
# Exit status: the command's; 125 where no fresh machine can be made, with the reason.
set -eu

fail() {
    echo "fresh_machine: $*" >&2
    exit 125
}

top=$(cd "$(dirname "$0")/.." && pwd)
base=${FRESH_MACHINE_BASE:-/var/tmp/fresh-machine}
suite=bookworm
packages=ca-certificates,git,sudo
system=$base/$suite-$packages
user=root
bring=
prepare=false
cached=false
keep=false
if [ "$(id -u)" -ne 0 ] && sudo -n true 2> /dev/null; then
    exec sudo -n FRESH_MACHINE_BASE="$base" "$0" "$@"
fi
while [ $# -gt 0 ]; do
    case $1 in
        --user) user=ada ;;
        --bring) [ $# -ge 2 ] || fail "--bring: expected a folder"; bring=$2; shift ;;
        --prepare) prepare=true ;;
        --cached) cached=true ;;
        --keep) keep=true ;;
        --help) sed -n 's/^# \{0,1\}//; 2,/^Exit status/p' "$0"; exit 0 ;;
        -*) fail "$1: unknown option; see the top of $0" ;;
        *) break ;;
    esac
    shift
done
[ $# -gt 0 ] || set -- sh -c 'sim/run.sh && tests/run.sh'
if [ -n "$bring" ]; then
    [ -d "$bring" ] || fail "--bring: $bring: no such folder"
elif [ ! -e "$top/.git" ]; then
    fail "$top is not a git checkout, so it cannot be cloned"
fi

[ "$(id -u)" -eq 0 ] || fail "needs root, or sudo without a password"
# Mounts, as below; containers often forbid them to root too.
unshare --mount --pid --fork --mount-proc true 2> /dev/null ||
    fail "this machine does not allow mount namespaces"

# Lines "URI SUITE" of this machine's sources that serve Debian 12, in both formats of apt.
debian_sources() {
    for list in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
        [ ! -f "$list" ] || sed -n 's/^deb  *\(\[[^]]*\]\)\{0,1\} *//p' "$list"
    done | awk '{ print $1, $2 }'
    for list in /etc/apt/sources.list.d/*.sources; do
        [ ! -f "$list" ] || awk -v RS= '{
            uris = suites = enabled = ""
            binary = 0
            count = split($0, lines, "\n")
            for (i = 1; i <= count; ++i) {
                name = lines[i]; sub(/:.*/, "", name)
                field = lines[i]; sub(/^[^:]*:[ \t]*/, "", field)
                if (name == "URIs") uris = field
                if (name == "Suites") suites = field
                if (name == "Enabled") enabled = field
                if (name == "Types" && (" " field " ") ~ / deb /) binary = 1
            }
            if (!binary || enabled == "no") next
            uri_count = split(uris, uri, " ")
            suite_count = split(suites, suite, " ")
            for (i = 1; i <= uri_count; ++i)
                for (j = 1; j <= suite_count; ++j) print uri[i], suite[j]
        }' "$list"
    done
}
sources=$(debian_sources | awk -v suite="$suite" '
    ($2 == suite || $2 == suite "-updates" || $2 == suite "-security") && !seen[$0]++')
mirror=$(echo "$sources" | awk -v suite="$suite" '$2 == suite { print $1; exit }')

# The minimal system, made anew when it is old: its packages would be too.
if [ -z "$(find "$system" -maxdepth 0 -mtime -30 2> /dev/null)" ]; then
    ! $cached || fail "the minimal system has not been made yet ($0 --prepare makes it)"
    [ -n "$mirror" ] || fail "this machine's apt sources name no mirror of Debian 12 ($suite)"
    mkdir -p "$base"
    log=$base/debootstrap.log
    command -v debootstrap > /dev/null || {
        apt-get update -q && apt-get install -y -q --no-install-recommends debootstrap
    } > "$log" 2>&1 || { tail -n 5 "$log" >&2; fail "debootstrap cannot be installed"; }
    made=$(mktemp -d "$base/making.XXXXXX")
    trap 'rm -rf --one-file-system "$made"' EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
    debootstrap --variant=minbase --include="$packages" "$suite" "$made/system" "$mirror" \
        > "$log" 2>&1 || { tail -n 5 "$log" >&2; fail "debootstrap failed, see $log"; }
    etc=$made/system/etc
    echo "$sources" | sed 's/.*/deb & main/' > "$etc/apt/sources.list"
    # How this machine reaches its mirrors.
    apt-config dump | grep -E '^Acquire::(http|https|Check-|Retries)' > "$etc/apt/apt.conf.d/90machine" || true
    cp -a /usr/local/share/ca-certificates/. "$made/system/usr/local/share/ca-certificates/" 2> /dev/null || true
    chroot "$made/system" update-ca-certificates >> "$log" 2>&1
    # A machine that is thrown away need not wait for its disk.
    echo force-unsafe-io > "$etc/dpkg/dpkg.cfg.d/fresh-machine"
    echo 'ada ALL=(ALL) NOPASSWD: ALL' > "$etc/sudoers.d/ada"
    chroot "$made/system" useradd --create-home --shell /bin/sh ada
    # apt knows of no package before its first update, as in Debian's images.
    rm -rf "$made/system/var/lib/apt/lists" "$made/system/var/cache/apt"
    mkdir -p "$made/system/var/lib/apt/lists/partial" "$made/system/var/cache/apt/archives/partial"
    touch "$made/system"
    rm -rf --one-file-system "$system"
    mv "$made/system" "$system"
    rm -rf "$made"
fi
! $prepare || exit 0

root=$(mktemp -d "$base/run.XXXXXX") || fail "$base: cannot be written"
# shellcheck disable=SC2317  # called by the trap
clean_up() {
    if $keep; then echo "fresh_machine: kept $root" >&2; else rm -rf --one-file-system "$root"; fi
}
trap clean_up EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
cp -a "$system/." "$root/" || fail "$system: cannot be copied"
cp /etc/resolv.conf /etc/hosts "$root/etc/"
if [ "$user" = root ]; then folder=/work/qslice; else folder="/home/$user/mail sites/qslice"; fi
mkdir -p "$(dirname "$root$folder")"
if [ -n "$bring" ]; then
    cp -a "$bring" "$root$folder"
else
    [ -z "$(git -c safe.directory='*' -C "$top" status --porcelain)" ] ||
        echo "fresh_machine: note: what is not committed is not in the clone" >&2
    # The checkout may belong to another user.
    printf '[safe]\n\tdirectory = *\n' > "$root/tmp/gitconfig"
    GIT_CONFIG_GLOBAL=$root/tmp/gitconfig git clone -q "$top" "$root$folder" ||
        fail "$top cannot be cloned"
    rm "$root/tmp/gitconfig"
fi
chroot "$root" chown -R "$user:" "$(dirname "$folder")"

# A fresh machine can make others like it (--cached), for tests of what is installed there.
mkdir -p "$root$system"
status=0
# shellcheck disable=SC2016  # expanded by the inner shell
unshare --mount --pid --fork --kill-child sh -c '
    root=$1 system=$2 user=$3 folder=$4
    shift 4
    mount --bind "$root" "$root" && mount --bind -o ro "$system" "$root$system" &&
        mount -t proc proc "$root/proc" && mount -t sysfs sysfs "$root/sys" &&
        mount --rbind /dev "$root/dev" && mount -t tmpfs tmpfs "$root/run" || exit 125
    home=/root
    [ "$user" = root ] || home=/home/$user
    chroot --userspec="$user" "$root" env -i HOME="$home" USER="$user" LANG=C.UTF-8 \
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        TERM="${TERM:-dumb}" ${CI+CI="$CI"} ${http_proxy+http_proxy="$http_proxy"} \
        ${https_proxy+https_proxy="$https_proxy"} ${no_proxy+no_proxy="$no_proxy"} \
        sh -c "cd \"\$0\" && exec \"\$@\"" "$folder" "$@"
    exit $?
' sh "$root" "$system" "$user" "$folder" "$@" || status=$?
exit "$status"
