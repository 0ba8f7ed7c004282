#!/usr/bin/env bash
# Finds or makes the root of the camera story, and prints its folder on the last line: Debian testing, whose libcamera has the
# virtual camera compiled in (Debian 13's 0.4 has not), with what the terminal needs from Debian's packages, and picamera2.
# Needs mmdebstrap and a network once; exit code 69, with the reason, where it cannot be made.
#
# picamera2 is in no Debian release: it comes from the Python package index, with the three small packages that it imports.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)"
readonly here CACHE="${XDG_CACHE_HOME:-$HOME/.cache}/yanma/hw"
readonly PACKAGES=systemd,systemd-sysv,dbus,udev,mount,python3,python3-pytest,python3-libcamera,python3-numpy,python3-opencv,python3-zxing-cpp,python3-pyzbar,python3-cryptography,python3-gpiozero,python3-luma.oled,python3-pil,python3-libarchive-c,python3-jsonschema,python3-tqdm,python3-prctl,python3-piexif,python3-av,python3-zstandard
readonly WHEELS=(picamera2==0.3.38 videodev2==0.0.4) BINARY_WHEELS=(simplejpeg==1.9.0) SOURCES=(pidng==4.0.9)

skip() { # skip REASON NEXT-STEP
    printf 'hw: %s\n  next: %s\n' "$1" "$2" >&2
    exit 69
}

fetch() { # fetch WORDS... : packages of the index into the folder of the moment
    "$here/../.venv/bin/python" -m pip download --quiet --disable-pip-version-check --no-deps "$@" >&2 ||
        skip "the Python package index does not give ${*: -1}" "check the network (pip config list)"
}

root="$CACHE/camera-root-$(sha256sum "${BASH_SOURCE[0]}" | cut -c1-16)"
if [ ! -d "$root/opt/picamera2" ]; then
    command -v mmdebstrap >/dev/null || skip "mmdebstrap is not installed" "apt-get install mmdebstrap"
    [ "$(id -u)" -eq 0 ] || skip "only root may make a root file system with its owners" "sudo make hw, once"
    mirror="$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null | grep -E '/debian/?$' | sort | uniq -c | sort -rn | awk 'NR == 1 { print $2 }')"
    [ -n "$mirror" ] || skip "this machine's apt names no Debian mirror" "run it on Debian"
    rm -rf "$CACHE"/camera-root-*
    mkdir -p "$CACHE"
    echo "hw: making a Debian testing root with libcamera, $root (once; about five minutes and 1.5 GB)" >&2
    nice -n 15 mmdebstrap --variant=apt --include="$PACKAGES" --aptopt='APT::Install-Recommends "false"' \
        --aptopt='Acquire::Check-Valid-Until "false"' --dpkgopt='path-exclude=/usr/share/man/*' \
        --dpkgopt='path-exclude=/usr/share/locale/*' testing "$root.part" "$mirror" >"$CACHE/camera-root.log" 2>&1 ||
        skip "mmdebstrap failed: $CACHE/camera-root.log" "read the end of that file"
    work="$(mktemp -d)"
    trap 'rm -rf "$work"' EXIT
    version="$(chroot "$root.part" python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')"
    (
        cd "$work"
        for package in "${WHEELS[@]}"; do fetch "$package"; done
        for package in "${BINARY_WHEELS[@]}"; do fetch --only-binary=:all: --python-version "$version" "$package"; done
        for package in "${SOURCES[@]}"; do fetch --no-binary=:all: --no-build-isolation "$package"; done
        mkdir picamera2
        for wheel in *.whl; do python3 -m zipfile -e "$wheel" picamera2; done
        for source in *.tar.gz; do tar -xzf "$source" && cp -r "${source%.tar.gz}"/src/* picamera2/; done
    )
    mv "$work/picamera2" "$root.part/opt/picamera2"
    mv "$root.part" "$root"
fi
echo "$root"
