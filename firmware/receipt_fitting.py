"""Receipts as configured: where they are allowed, to whose key photographs are sealed, and who makes them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from firmware.attest.attestor import Attestor, Camera, NoReceipts, Receipts
from firmware.attest.maker import ReceiptMaker
from firmware.config import Config, ConfigError, receipts_folder
from firmware.ledger.device import credential_file, open_device_key
from firmware.model import Profile


def require_receipts_allowed(config: Config, profile: Profile) -> None:
    """Raises ConfigError where a post's screen keeps something back, which its receipt would tell, or where nobody reads it."""
    if config.receipts.made and (profile.discreet or profile.wanted or profile.kiosk):
        raise ConfigError(
            f"receipts.made = true at the post {profile.name}: a receipt would tell what its screen keeps to itself",
            "set receipts.made = false, or terminal.profile to a post like insurer",
        )


def read_photo_key(config: Config) -> bytes | None:
    """The insurer's public key; None where no photographs are wanted. Raises ConfigError for a file that holds none."""
    path = config.receipts.photo_key
    if path is None:
        return None
    if not config.receipts.made:
        raise ConfigError(
            "receipts.photo_key is set, and receipts.made is not: a photograph stands beside a receipt",
            "set receipts.made = true, or receipts.photo_key = none",
        )
    from firmware.photo_seal import MAX_KEY_FILE_BYTES, PhotoKeyError, read_public_key

    next_step = (
        "the insurer makes it: openssl genpkey -algorithm X25519 -out private.pem; openssl pkey -in private.pem -pubout"
    )
    try:
        with Path(path).open("rb") as file:
            return read_public_key(file.read(MAX_KEY_FILE_BYTES))
    except OSError as error:
        raise ConfigError(f"receipts.photo_key: {path}: {error.strerror}", next_step) from error
    except PhotoKeyError as error:
        raise ConfigError(f"receipts.photo_key: {path}: {error}", next_step) from error


def receipt_desk(config: Config, environ: Mapping[str, str], camera: Camera | None = None) -> Receipts:
    """Who makes the receipts, with the ledger's own key; nobody unless it is switched on. `camera`: with photographs."""
    if not config.receipts.made:
        return NoReceipts()
    ledger, credential = Path(config.ledger.folder), credential_file(environ)
    return Attestor(ReceiptMaker(receipts_folder(config), lambda: open_device_key(ledger, credential)), camera)
