"""Checks of what is known: settings, trust data, time, and the place where records go."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from firmware.config import DEFAULT_ORIGIN, DEMO_ORIGIN, anchors_folder, require_environment
from firmware.doctor.finding import Finding, Machine, fail, ok, skip, warn
from firmware.doctor.hardware import can_write
from firmware.profiles import load_profile

LOW_SPACE_MB: Final = 200
NO_SPACE_MB: Final = 20
#: Makers of such modules give 10,000 h until half the brightness is left, some more: half of that is time to think of it.
WORN_HOURS: Final = 5000.0


def settings(machine: Machine) -> Finding:
    profile = load_profile(machine.config.terminal.profile)
    given = {origin for origin in machine.loaded.origins.values() if origin not in (DEFAULT_ORIGIN, DEMO_ORIGIN)}
    files = sorted(origin for origin in given if origin.startswith("/"))
    others = len(given) - len(files)
    where = ", ".join(files) if files else "package defaults"
    evidence = f"{machine.config.terminal.environment}, post {profile.name}; from {where}"
    return ok(evidence + (f" and {others} variables or flags" if others else ""))


def swap(machine: Machine) -> Finding:
    """Frames are in memory alone, and a swap file would put memory on the card: the unit forbids it where the kernel can tell."""
    areas = [line.split()[0] for line in (machine.text("proc/swaps") or "").splitlines()[1:] if line.strip()]
    on_disk = [area for area in areas if not Path(area).name.startswith("zram")]
    if not on_disk:
        return ok("no memory goes to a disk")
    if "memory" in (machine.text("sys/fs/cgroup/cgroup.controllers") or "").split():
        return ok(f"{', '.join(on_disk)}; not for the units, by MemorySwapMax=0")
    return warn(
        f"{', '.join(on_disk)}: what the camera saw may get onto the disk, and the kernel cannot keep the units out of it",
        "switch it off (systemctl disable --now dphys-swapfile), or add cgroup_enable=memory to /boot/firmware/cmdline.txt",
    )


def trust(machine: Machine) -> Finding:
    from firmware.sync.store import FellBackError, TrustError, load_trust

    config = machine.config
    folder, anchors = Path(config.trust.folder), anchors_folder(config)
    require_environment(config, anchors)
    try:
        view, damage = load_trust(folder, anchors, config.terminal.environment), ""
    except FellBackError as error:
        view, damage = error.view, error.what
    except TrustError as error:
        return fail(error.what, error.next_step)
    profile = load_profile(config.terminal.profile)
    now_s = machine.clock().moment().utc_s
    remedy = "bring a newer bundle (yanma sync --from FOLDER), or for a demo: yanma-issuer demo DIR"
    if now_s > view.expires_s:
        return fail(f"the trust list, version {view.version}, has expired", remedy)
    if not view.status_issued_s:
        return warn(f"trust list version {view.version} without any status list", remedy)
    oldest_s = max(0.0, now_s - min(view.status_issued_s))
    rules = f"rules version {view.rules.version} {age(max(0.0, now_s - view.rules.issued_s))} old"
    evidence = (
        f"trust list version {view.version}, {len(view.keys)} keys; {rules}; oldest status list {age(oldest_s)} old"
    )
    if damage:
        evidence = f"{damage}; in use is the bundle before it: {evidence}"
    if oldest_s > profile.status_unsure_s:
        return fail(f"{evidence}: every verdict says so", remedy)
    if damage or oldest_s > profile.status_warn_s:
        return warn(evidence, remedy)
    return ok(evidence)


def ledger(machine: Machine) -> Finding:
    folder = Path(machine.config.ledger.folder)
    nearest = next(parent for parent in (folder, *folder.parents) if parent.is_dir())
    if not can_write(nearest):
        return fail(f"{folder} cannot be written", "set ledger.folder, or give this user the folder (StateDirectory=)")
    if left := [str(each) for each in sorted(folder.parent.glob("lanes/*/ledger"))]:
        return warn(
            f"{', '.join(left)}: from before lanes shared one ledger; nobody writes or tidies it any more",
            "see Several lanes in docs/install.md: export it, and remove it when its time is over",
        )
    return ok(f"{folder} can be written" if nearest == folder else f"{folder} can be made")


def panel_wear(machine: Machine) -> Finding:
    """How long the display has been lit, and how evenly. A map that cannot be read is begun anew by the terminal: no failure."""
    from firmware.display.wear import WearError
    from firmware.display.wear_file import read_wear
    from firmware.fittings import wear_path

    path = wear_path(machine.config)
    if path is None:
        return skip("no display that ages by what it shows")
    try:
        found = read_wear(path).summary()
    except FileNotFoundError:
        return skip("the terminal has not kept the display's wear yet")
    except (OSError, WearError) as error:
        return warn(
            f"{path}: {error}", "nothing to do: the terminal begins a new map; if it comes again, look at the card"
        )
    if found.ratio is None:
        return ok("nothing was lit yet")
    evidence = f"most worn pixel {found.max_hours:.1f} h at full light, {found.ratio:.2f} times the mean"
    if found.max_hours > WORN_HOURS:
        return warn(
            evidence,
            "plan a new display: an old one shows dark letters in a lit band; then remove the file of its wear",
        )
    return ok(evidence)


def secrets(machine: Machine) -> Finding:
    """The device's key and the monthly ones. A Pi without a TPM cannot seal them against whoever takes the card: that is said."""
    from firmware.ledger.device import FILE_NAME, sealed_by

    keys = sorted(Path(machine.config.ledger.folder).glob("*.key"))
    if not keys:
        return skip("the ledger has no keys yet")
    open_ones = [key.name for key in keys if key.stat().st_mode & 0o077]
    if open_ones:
        return fail(f"others may read {', '.join(open_ones)}", f"chmod 600 {keys[0].parent}/*.key")
    seal = sealed_by()
    card = " (whoever takes the card has it)" if seal in ("plain", "host") else ""
    months = len(keys) - (FILE_NAME in {key.name for key in keys})
    return ok(
        f"device key sealed by: {seal}{card}; {months} monthly keys, plain, each destroyed at the end of retention"
    )


def space(machine: Machine) -> Finding:
    folder = Path(machine.config.ledger.folder)
    nearest = next(parent for parent in (folder, *folder.parents) if parent.is_dir())
    free_mb = machine.free_bytes(nearest) // 2**20
    remedy = "free some space: `journalctl --vacuum-size=64M`, then old pictures"
    if free_mb < NO_SPACE_MB:
        return fail(f"{free_mb} MB free at {nearest}", remedy)
    if free_mb < LOW_SPACE_MB:
        return warn(f"{free_mb} MB free at {nearest}", remedy)
    return ok(f"{free_mb} MB free at {nearest}")


def age(seconds: float) -> str:
    """Whole minutes, hours or days, for people."""
    for size_s, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size_s:
            return f"{int(seconds // size_s)} {unit}"
    return f"{int(seconds)} s"
