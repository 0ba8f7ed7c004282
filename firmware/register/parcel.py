"""What moves: a register or a delta inside one zstd frame, and out again under a limit that was known before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import zstandard

from firmware.register.facts import MAX_FILE_BYTES, RegisterError
from firmware.register.snapshot import written
from firmware.register.squeeze import expand, squeeze

_PIECE_BYTES: Final = 1 << 17
#: What a terminal must hold in memory to unpack: 1 MiB.
_WINDOW_LOG: Final = 20
#: The gaps are noise already and repeat nothing: only the entropy coder earns, so searching is kept short.
_PARAMETERS: Final = zstandard.ZstdCompressionParameters.from_level(
    19, window_log=_WINDOW_LOG, min_match=7, hash_log=10, chain_log=10, search_log=1
)


_MAX_FRAME_HEADER: Final = 18
#: Beginning anew costs some bytes: not for less than this.
_CUT_BYTES: Final = 2048


def pack(source: Path, target: Path, cuts: Sequence[int]) -> None:
    """Pack a file; the ascending `cuts` are where another kind of bytes begins. Raises OSError."""
    size = source.stat().st_size
    stream = zstandard.ZstdCompressor(compression_params=_PARAMETERS).compressobj(size=size)
    with source.open("rb") as file, written(target) as (out, _):
        for end in _worthwhile(cuts, size):
            while piece := file.read(min(_PIECE_BYTES, end - file.tell())):
                out.write(stream.compress(piece))
            if end < size:
                out.write(stream.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK))
        out.write(stream.flush())


def _worthwhile(cuts: Sequence[int], size: int) -> Iterator[int]:
    before = 0
    for cut in cuts:
        if cut - before >= _CUT_BYTES and size - cut >= _CUT_BYTES:
            yield cut
            before = cut
    yield size


def unpack(source: Path, target: Path, size: int) -> None:
    """Unpack a file that must give exactly `size` bytes. Raises RegisterError for anything else, and OSError.

    What a stranger's frame says of its own size only matters where it differs; no more than `size` is ever written.
    """
    if size > MAX_FILE_BYTES:
        raise RegisterError("more bytes than a register may have")
    stream = zstandard.ZstdDecompressor(max_window_size=1 << _WINDOW_LOG).decompressobj(read_across_frames=False)
    try:
        with source.open("rb") as file, written(target) as (out, _):
            left = size
            while not stream.eof and (piece := file.read(_PIECE_BYTES)):
                data = stream.decompress(piece)
                left -= len(data)
                if left < 0:
                    raise RegisterError("more bytes than were promised")
                out.write(data)
            if left or not stream.eof or stream.unused_data or file.read(1):
                raise RegisterError("fewer bytes than were promised, or more behind them")
    except zstandard.ZstdError as error:
        raise RegisterError(f"not a packed register: {error}") from error


def pack_delta(plain: Path, target: Path) -> int:
    """Squeeze and pack a delta; how many bytes it has when it is unpacked, and still squeezed. Raises RegisterError and OSError."""
    squeezed = target.with_name(f".{target.name}.squeezed")
    try:
        squeeze(plain, squeezed)
        pack(squeezed, target, ())
        return squeezed.stat().st_size
    finally:
        squeezed.unlink(missing_ok=True)


def unpack_delta(source: Path, target: Path, size: int) -> None:
    """The plain form of a packed delta that must unpack to `size` bytes. Raises RegisterError and OSError."""
    squeezed = target.with_name(f".{target.name}.squeezed")
    try:
        unpack(source, squeezed, size)
        expand(squeezed, target)
    finally:
        squeezed.unlink(missing_ok=True)


def packed_size(source: Path) -> int:
    """How many bytes a parcel says that it unpacks to: for parcels that no token names. Raises RegisterError and OSError."""
    with source.open("rb") as file:
        head = file.read(_MAX_FRAME_HEADER)
    try:
        return zstandard.frame_content_size(head)
    except zstandard.ZstdError as error:
        raise RegisterError(f"not a packed register: {error}") from error
