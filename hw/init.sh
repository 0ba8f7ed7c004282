#!/bin/sh
# Process 1 of the simulated board. The root is the host's own (or the one that boot.sh was given), read-only; a tmpfs over it
# takes all writes, so nothing on the host changes. Then it runs the command, or hands over to systemd, and powers off.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8
word() { sed -n "s/.*\<$1=\([^ ]*\).*/\1/p" /proc/cmdline; }

if [ -z "$BOARD_ROOT_READY" ]; then
    mount -t proc proc /proc
    mount -t tmpfs tmpfs /mnt
    mkdir /mnt/lower /mnt/upper /mnt/work /mnt/root /mnt/shared
    mount -t hostfs -o "$(word board_root)" none /mnt/lower
    mount -t hostfs -o "$(word board_shared)" none /mnt/shared
    mount -t overlay -o lowerdir=/mnt/lower,upperdir=/mnt/upper,workdir=/mnt/work none /mnt/root
    cd /mnt/root || exit 1
    mount -t proc proc proc
    mount -t sysfs sysfs sys
    mount -t devtmpfs devtmpfs dev
    mkdir -p dev/shm dev/pts
    mount -t tmpfs tmpfs dev/shm
    mount -t devpts devpts dev/pts
    mount -t tmpfs tmpfs run
    mount -t tmpfs tmpfs tmp
    mount -t configfs configfs sys/kernel/config
    mount -t debugfs debugfs sys/kernel/debug
    mkdir -p run/board mnt/host
    mount --bind /mnt/shared run/board
    tree=$(word board_tree) # what the command needs of the host beside the root: this working copy, where the root is another
    if [ -n "$tree" ] && [ "$(word board_root)" != / ]; then
        mkdir -p ".$tree" && mount -t hostfs -o "$tree" none ".$tree"
    fi
    modules=$(word board_modules) # a kernel that somebody else built may have its drivers as modules; ours has none
    if [ -n "$modules" ]; then
        mkdir -p lib/modules && mount -t hostfs -o "$modules" none lib/modules
    fi
    export BOARD_ROOT_READY=1
    pivot_root . mnt/host && exec chroot . /bin/sh /run/board/init.sh
fi

ip link set lo up 2>/dev/null || true
# gpiozero's lgpio factory reads the board's revision there: this one is a Zero 2 W.
printf 'Revision\t: 902120\nModel\t\t: Raspberry Pi Zero 2 W Rev 1.0\n' | cat /proc/cpuinfo - >/run/cpuinfo
mount --bind /run/cpuinfo /proc/cpuinfo
# libcamera asks the heap of this name first.
[ -d /dev/dma_heap ] && ln -s system "/dev/dma_heap/linux,cma"

cat >/run/board-command.sh <<'END'
cd / || exit 1
sh /run/board/command.sh
echo $? >/run/board/exit-code
sync
python3 -c 'import ctypes; ctypes.CDLL(None).reboot(0x4321FEDC)' # power off, whoever is process 1
END
[ "$(word board_init)" = systemd ] || exec sh /run/board-command.sh

mkdir -p /run/systemd/system
cat >/run/systemd/system/board.service <<'END'
[Unit]
Description=The command that the board was booted for
After=systemd-udevd.service systemd-journald.service
Wants=systemd-udevd.service

[Service]
Type=oneshot
ExecStart=/bin/sh /run/board-command.sh
StandardOutput=file:/dev/tty1
StandardError=file:/dev/tty1
TimeoutStartSec=infinity
END
unset BOARD_ROOT_READY
exec /lib/systemd/systemd --unit=board.service --log-level=err
