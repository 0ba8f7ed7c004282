#!/usr/bin/env bash
# Installs what the units need on a Pi: units, users and groups, folders, device rules, public anchors. Starts nothing.
#
#   sudo make install                 from the clone in /opt/yanma, after make setup
#   make install DESTDIR=/tmp/look    the same files into another folder, to look at first (needs no root, runs nothing)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly ROOT="${1%/}" HOME_FOLDER=/opt/yanma

fail() {
    printf 'install: %s\n  next: %s\n' "$1" "$2" >&2
    exit 1
}

if [ -z "$ROOT" ]; then
    [ "$(id -u)" -eq 0 ] || fail "only root may write /etc" "sudo make install"
    [ "$(pwd -P)" = "$HOME_FOLDER" ] || fail "the units start $HOME_FOLDER/.venv/bin/yanma, but this is $(pwd -P)" "clone into $HOME_FOLDER, make setup there, then sudo make install"
    [ -x .venv/bin/yanma ] || fail "there is no .venv/bin/yanma yet" "make setup"
fi

put() { # put SOURCE TARGET
    install -D -m 0644 "$1" "$ROOT$2"
    echo "  $2"
}

echo "install: files"
for unit in systemd/*.{service,timer,path}; do put "$unit" "/etc/systemd/system/${unit##*/}"; done
put systemd/sysusers.d/yanma.conf /etc/sysusers.d/yanma.conf
put systemd/tmpfiles.d/yanma.conf /etc/tmpfiles.d/yanma.conf
put systemd/udev/70-yanma.rules /etc/udev/rules.d/70-yanma.rules
put systemd/kiosk.conf /usr/share/yanma/kiosk.conf
for anchor in keys/*/*.toml keys/*/root.json; do
    if [ -f "$anchor" ]; then put "$anchor" "/usr/share/yanma/$anchor"; fi
done
if [ -n "$ROOT" ]; then exit 0; fi

echo "install: users, folders, device rules"
systemd-sysusers /etc/sysusers.d/yanma.conf
systemd-tmpfiles --create /etc/tmpfiles.d/yanma.conf
chown -hR yanma-sync:yanma-sync /var/lib/yanma/trust # a bundle that root copied there by hand, too: the sync removes it later
udevadm control --reload
udevadm trigger --subsystem-match=i2c-dev --subsystem-match=spidev --subsystem-match=gpio \
    --subsystem-match=video4linux --subsystem-match=media --subsystem-match=dma_heap
systemctl daemon-reload

cat <<'END'
install: done; nothing was started. Next:
  1. write /etc/yanma/config.toml      (docs/install.md has one to copy)
  2. put keys, rules and lists into /var/lib/yanma/incoming, then: sudo systemctl start yanma-sync
  3. sudo -u yanma-terminal env -C /tmp /opt/yanma/.venv/bin/yanma doctor
  4. sudo systemctl enable --now yanma-terminal yanma-sync.timer yanma-sync.path
  5. if you want it: the status and commissioning page (docs/page.md)
END
