#!/bin/sh
# Runs as root on a fresh Debian, in a folder with the packages, the consumer's main.cpp and, as shop,
# a project that makes a simulator of its own site.
#
# usage: try.sh VERSION
# Exit status: 77 where Debian's mirror cannot be reached.
set -eux

version=$1
apt-get update -q || { echo "Debian's mirror cannot be reached"; exit 77; }
export DEBIAN_FRONTEND=noninteractive

# The program, with what it depends on and nothing more.
apt-get install -y -q --no-install-recommends ./qslice-sim_*.deb
test "$(qslice-sim --version)" = "$version" || qslice-sim --version | grep -F "$version"
qslice-sim run seven-posts --quiet
qslice-sim run seven-posts --html /tmp/page.html > /dev/null
grep -q 'Chart.js' /tmp/page.html
gzip -dc /usr/share/man/man1/qslice-sim.1.gz | grep -q '^\.TH'
gzip -dc /usr/share/doc/qslice-sim/changelog.gz | grep -qF "$version"
bash -c '. /usr/share/bash-completion/completions/qslice-sim && complete -p qslice-sim'
grep -q '^#compdef qslice-sim' /usr/share/zsh/vendor-completions/_qslice-sim
test -s /usr/share/doc/qslice-sim/docs/tutorial.md
apt-get purge -y -q qslice-sim
test -z "$(find / -xdev -name '*qslice*' -not -path '/proc/*' -not -path '/work/*' -not -path '/var/lib/dpkg/*')"

# The headers: a program of a user's is built and runs.
apt-get install -y -q --no-install-recommends ./libqslice-dev_*.deb g++ pkg-config
# shellcheck disable=SC2046  # options are meant to be split
g++ -std=c++20 main.cpp -o /tmp/consumer $(pkg-config --cflags --libs qslice)
/tmp/consumer | grep -F "qslice $version: slice"

# The simulator as a library: a user's own site becomes a program.
apt-get install -y -q --no-install-recommends ./libqslice-sim-dev_*.deb cmake make
cmake -S shop -B /tmp/shop
cmake --build /tmp/shop
/tmp/shop/shop-sim --posts 100 --require 'conservation.lost = 0' --quiet
/tmp/shop/shop-sim scenarios --quiet | grep -Fx crash-storm
apt-get purge -y -q libqslice-sim-dev libqslice-dev
test ! -e /usr/include/qslice
test ! -e /usr/include/qslice-sim
test -z "$(find /usr -xdev -name '*qslice*')"
