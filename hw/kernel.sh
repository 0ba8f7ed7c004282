#!/usr/bin/env bash
# Finds or makes the kernel of the simulated board and prints the folder that holds it (for boot.sh), on the last line.
#
#   hw/kernel.sh            YANMA_UML's kernel, the cached one, or a new one (about nine minutes of one processor)
#   hw/kernel.sh --cached   the same, but builds nothing: exit code 69 when there is none
#
# YANMA_UML names a folder with a kernel that somebody else built: linux (or linux-uml-*.xz) and, if its drivers are modules,
# lib/modules (or modules-uml-*.tar.xz). A new one is made of Debian's own source packages: linux-source-* and
# v4l2loopback-dkms of Debian testing, with our kernel.config and oledsim.c. Not of Debian 12's linux-source-6.1: a
# User-Mode Linux of that age ends at once on processors whose register state is larger than it knows.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)"
readonly here CACHE="${XDG_CACHE_HOME:-$HOME/.cache}/yanma/hw"
readonly UNAVAILABLE=69

say() { printf 'hw: %s\n' "$*" >&2; }
skip() { # skip REASON NEXT-STEP
    printf 'hw: %s\n  next: %s\n' "$1" "$2" >&2
    exit "$UNAVAILABLE"
}

# named FOLDER: the kernel in there, unpacked into the cache where it is packed.
named() {
    local packed target
    if [ -x "$1/linux" ]; then echo "$1" && return; fi
    packed="$(find "$1" -maxdepth 1 -name 'linux-uml-*.xz' 2>/dev/null | sort | tail -n 1)"
    [ -n "$packed" ] || skip "YANMA_UML=$1 holds neither linux nor linux-uml-*.xz" "name another folder, or leave YANMA_UML out"
    target="$CACHE/named-$(sha256sum "$packed" | cut -c1-16)"
    if [ ! -x "$target/linux" ]; then
        mkdir -p "$target"
        for modules in "$1"/modules-uml-*.tar.xz; do
            if [ -f "$modules" ]; then tar -C "$target" -xJf "$modules"; fi
        done
        xz -dc "$packed" >"$target/linux.part"
        chmod +x "$target/linux.part"
        mv "$target/linux.part" "$target/linux"
    fi
    echo "$target"
}

recipe() { cat "$here/kernel.config" "$here/oledsim.c" | sha256sum | cut -c1-16; }

require_tools() {
    local tool missing=()
    for tool in gcc make flex bison bc xz apt-get dpkg-deb; do
        command -v "$tool" >/dev/null || missing+=("$tool")
    done
    [ "${#missing[@]}" -eq 0 ] || skip "to build the kernel, these are missing: ${missing[*]}" "apt-get install gcc libc6-dev make flex bison bc xz-utils (on Debian), or set YANMA_UML"
}

# apt with lists of its own, of Debian testing, from the mirror that this machine uses: changes nothing on the machine, needs no root.
private_apt() {
    local apt="$1" mirror
    mirror="$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null | grep -E '/debian/?$' | sort | uniq -c | sort -rn | awk 'NR == 1 { print $2 }')"
    [ -n "$mirror" ] || skip "this machine's apt names no Debian mirror" "build on Debian, or set YANMA_UML"
    mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
    : >"$apt/status"
    printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s testing main\n' "$mirror" >"$apt/sources.list"
    # Valid-Until is not asked: a mirror that stands still for a month is no attack on a test kernel, and signatures are checked.
    cat >"$apt/apt.conf" <<END
Dir::Etc::SourceList "$apt/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::State::Lists "$apt/lists";
Dir::State::status "$apt/status";
Dir::Cache "$apt/cache";
Acquire::Check-Valid-Until "false";
END
    export APT_CONFIG="$apt/apt.conf"
    apt-get update -qq >&2 || skip "Debian testing's package lists cannot be read" "check the network, or set YANMA_UML"
}

build() {
    local target="$1" work source tree
    require_tools
    work="$(mktemp -d "$CACHE/build.XXXXXX")"
    # shellcheck disable=SC2064
    trap "rm -rf '$work'" EXIT
    private_apt "$work/apt"
    source="$(apt-cache search --names-only '^linux-source-[0-9]' | awk '{ print $1 }' | sort -V | tail -n 1)"
    [ -n "$source" ] || skip "Debian testing has no linux-source package" "set YANMA_UML"
    say "building $source and v4l2loopback for the simulated board, in $work (once; about nine minutes of one processor)"
    (cd "$work" && apt-get download -qq "$source" v4l2loopback-dkms >&2) || skip "the sources cannot be downloaded" "check the network, or set YANMA_UML"
    for package in "$work"/*.deb; do dpkg-deb -x "$package" "$work/root"; done
    tar -C "$work" -xJf "$work"/root/usr/src/linux-source-*.tar.xz
    tree="$(echo "$work"/linux-source-*/)"
    mkdir "$tree/drivers/yanma"
    cp "$here/oledsim.c" "$work"/root/usr/src/v4l2loopback-*/v4l2loopback*.[ch] "$tree/drivers/yanma/"
    echo 'obj-y += oledsim.o v4l2loopback.o' >"$tree/drivers/yanma/Makefile"
    echo 'obj-y += yanma/' >>"$tree/drivers/Makefile"
    {
        KCONFIG_ALLCONFIG="$here/kernel.config" make -C "$tree" ARCH=um allnoconfig
        nice -n 15 make -C "$tree" ARCH=um -j"$(nproc)" linux
    } >"$CACHE/build.log" 2>&1 || skip "the kernel did not build: $CACHE/build.log" "read the end of that file; or set YANMA_UML"
    strip -o "$work/linux" "$tree/linux"
    mkdir -p "$target"
    mv "$work/linux" "$target/linux"
}

if [ -n "${YANMA_UML:-}" ]; then
    named "$YANMA_UML"
    exit
fi
mkdir -p "$CACHE"
kernel="$CACHE/$(recipe)"
if [ ! -x "$kernel/linux" ]; then
    if [ "${1:-}" = --cached ]; then skip "no kernel has been built yet" "make hw, or set YANMA_UML"; fi
    build "$kernel"
fi
echo "$kernel"
