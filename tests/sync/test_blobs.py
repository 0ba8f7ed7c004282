"""The store behind the trust folder: what was acknowledged stays, what is damaged is fetched again, nothing goes back."""

from __future__ import annotations

import hashlib
import mmap
import shutil
from pathlib import Path

import pytest

from firmware.sync import shelf
from firmware.sync.blobs import Store
from firmware.sync.disk import REAL_DISK
from firmware.sync.errors import BusyError, MissingBlobError, StepBackError, TrustError
from firmware.sync.record import path_of
from tests.sync.bundles import world, write_bundle, write_older_form

AT_S = 1_780_000_000.0


def open_store(folder: Path) -> Store:
    return Store.open(folder, REAL_DISK, wall_s=lambda: AT_S)


@pytest.fixture
def trust(tmp_path: Path) -> Path:
    return tmp_path / "card" / "trust"


def bring(folder: Path, **entries: bytes) -> int:
    """Commit these entries (a_b is a.b), each with its bytes; their floor is how many they are."""
    with open_store(folder) as store:
        return store.commit({name.replace("_", "."): store.put(data) for name, data in entries.items()}, {})


def blobs(folder: Path) -> set[str]:
    return {path.name for path in (folder / "blobs").iterdir()}


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_what_was_put_and_committed_is_what_a_reader_finds(trust: Path) -> None:
    with open_store(trust) as store:
        assert store.current() is None
        digest = store.put(b"a trust list")
        assert digest == sha(b"a trust list")
        assert store.commit({"trust.cwt": digest, "status/11.cwt": digest}, {"demo/trust": 7}) == 1
    with Store.open(trust, read_only=True) as reader:
        found = reader.current()
        assert found is not None
        assert (found.number, dict(found.entries), found.committed_s) == (
            1,
            {"trust.cwt": digest, "status/11.cwt": digest},
            AT_S,
        )
        assert reader.read(digest) == b"a trust list"
        assert dict(reader.floors()) == {"demo/trust": 7}
        assert reader.previous() is None


def test_a_large_file_is_put_piece_by_piece_and_is_the_same_blob(trust: Path, tmp_path: Path) -> None:
    data = bytes(range(256)) * 9000  # more than two pieces
    (tmp_path / "register.bin").write_bytes(data)
    with open_store(trust) as store:
        assert store.put_file(tmp_path / "register.bin") == store.put(data) == sha(data)
        assert store.path(sha(data)).stat().st_size == len(data)


def test_a_blob_above_the_cap_is_refused_and_leaves_nothing(
    trust: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf, "MAX_BLOB_BYTES", 1000)
    (tmp_path / "at").write_bytes(bytes(1000))
    (tmp_path / "above").write_bytes(bytes(1001))
    with open_store(trust) as store:
        store.put_file(tmp_path / "at")
        with pytest.raises(OSError, match="longer than 1000 bytes"):
            store.put_file(tmp_path / "above")
        assert blobs(trust) == {sha(bytes(1000))}


def test_two_generations_are_kept_and_the_third_takes_the_blobs_of_the_first(trust: Path) -> None:
    for number, word in enumerate((b"one", b"two", b"three"), 1):
        assert bring(trust, trust_cwt=word, rules_cwt=b"always the same") == number
    with open_store(trust) as store:
        current, previous = store.current(), store.previous()
        assert current is not None
        assert previous is not None
        assert (current.number, previous.number) == (3, 2)
    assert blobs(trust) == {sha(b"two"), sha(b"three"), sha(b"always the same")}
    assert sorted(path.name for path in (trust / "generations").iterdir()) == ["00000002", "00000003"]


def test_what_was_put_and_never_committed_is_collected_at_the_next_start(trust: Path) -> None:
    bring(trust, trust_cwt=b"in force")
    with open_store(trust) as store:
        store.put(b"half a download")
    (trust / "blobs" / "draft.new").write_bytes(b"a power cut")
    assert len(blobs(trust)) == 3
    open_store(trust).close()
    assert blobs(trust) == {sha(b"in force")}


def test_the_same_entries_again_keep_their_number_and_raise_the_floors(trust: Path) -> None:
    with open_store(trust) as store:
        entries = {"trust.cwt": store.put(b"x")}
        assert store.commit(entries, {"trust": 1}) == store.commit(entries, {"trust": 2, "snapshot": 5}) == 1
        assert dict(store.floors()) == {"snapshot": 5, "trust": 2}
        assert store.previous() is None


def test_a_floor_never_falls_and_one_that_would_takes_all_of_the_commit_with_it(trust: Path) -> None:
    with open_store(trust) as store:
        store.commit({"trust.cwt": store.put(b"new")}, {"demo/trust": 7, "demo/rules": 3})
        with pytest.raises(StepBackError, match="demo/trust 6 is older than 7"):
            store.commit({"trust.cwt": store.put(b"old")}, {"demo/rules": 4, "demo/trust": 6})
        assert dict(store.floors()) == {"demo/rules": 3, "demo/trust": 7}
        current = store.current()
        assert current is not None
        assert (current.number, dict(current.entries)) == (1, {"trust.cwt": sha(b"new")})
        assert store.commit({"trust.cwt": store.put(b"newer")}, {"demo/trust": 7}) == 2


def test_a_commit_that_names_what_was_never_put_changes_nothing(trust: Path) -> None:
    with open_store(trust) as store:
        with pytest.raises(MissingBlobError):
            store.commit({"trust.cwt": "0" * 64}, {"trust": 9})
        assert (store.current(), dict(store.floors())) == (None, {})


@pytest.mark.parametrize(
    "name",
    ["", ".", "../keys", "/etc/passwd", "status/../x", "a//b", "status/.hidden", "a\n", "é", "x" * 129, "a/b/c/d/e"],
)
def test_a_name_that_could_leave_the_store_is_refused(trust: Path, name: str) -> None:
    with open_store(trust) as store:
        digest = store.put(b"x")
        with pytest.raises(ValueError, match="no entry"):
            store.commit({name: digest}, {})
        with pytest.raises(ValueError, match="no floor"):
            store.commit({"trust.cwt": digest}, {name: 1})


@pytest.mark.parametrize("digest", ["", "../../etc/passwd", "A" * 64, "0" * 63, "0" * 65])
def test_a_digest_that_is_none_names_no_file(trust: Path, digest: str) -> None:
    with open_store(trust) as store:
        with pytest.raises(ValueError, match="SHA-256"):
            store.read(digest)
        with pytest.raises(ValueError, match="no entry"):
            store.commit({"trust.cwt": digest}, {})


@pytest.mark.parametrize("value", [-1, 1 << 63, True, 1.0])
def test_a_floor_that_is_no_number_of_64_bits_is_refused(trust: Path, value: int) -> None:
    with open_store(trust) as store, pytest.raises(ValueError, match="floor"):
        store.commit({}, {"trust": value})


@pytest.mark.parametrize("damage", [b"", b"torn", b"a trust lisT", None])
def test_a_damaged_blob_is_dropped_by_the_writer_named_as_lacking_and_put_again(
    trust: Path, damage: bytes | None
) -> None:
    bring(trust, trust_cwt=b"a trust list", rules_cwt=b"rules")
    place = trust / "blobs" / sha(b"a trust list")
    place.unlink() if damage is None else place.write_bytes(damage)
    with Store.open(trust, read_only=True) as reader:
        with pytest.raises(MissingBlobError):
            reader.read(place.name)
        assert place.exists() is (damage is not None)  # a reader changes nothing
    with open_store(trust) as store:
        with pytest.raises(MissingBlobError) as caught:
            store.read(place.name)
        assert "the next sync brings it again" in caught.value.next_step
        assert not place.exists()
        assert dict(store.lacking()) == {"trust.cwt": place.name}
        store.put(b"a trust list")
        assert (dict(store.lacking()), store.read(place.name)) == ({}, b"a trust list")


def test_a_blob_longer_than_its_reader_takes_is_refused_and_stays(trust: Path) -> None:
    with open_store(trust) as store:
        digest = store.put(b"12345")
        with pytest.raises(MissingBlobError, match="longer than 4"):
            store.read(digest, 4)
        assert store.read(digest, 5) == b"12345"


def test_a_mapped_blob_is_read_on_after_it_was_collected(trust: Path) -> None:
    register = bytes(range(256)) * 4096
    bring(trust, register_bin=register)
    with Store.open(trust, read_only=True) as reader, reader.path(sha(register)).open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    for word in (b"two", b"three"):
        bring(trust, register_bin=word)
    open_store(trust).close()
    assert sha(register) not in blobs(trust)
    assert (mapped[-256:], len(mapped)) == (register[-256:], len(register))
    mapped.close()


def test_a_second_writer_is_told_to_wait_and_a_reader_is_not(trust: Path) -> None:
    bring(trust, trust_cwt=b"x")
    with open_store(trust):
        with pytest.raises(BusyError, match="another sync"):
            open_store(trust)
        with Store.open(trust, read_only=True) as reader:
            assert reader.current() is not None
    bring(trust, trust_cwt=b"y")


def test_a_reader_writes_nothing_not_even_a_folder(trust: Path) -> None:
    with Store.open(trust, read_only=True) as reader:
        assert (reader.current(), reader.previous(), dict(reader.floors())) == (None, None, {})
        with pytest.raises(OSError, match="opened only to be read"):
            reader.put(b"x")
        with pytest.raises(OSError, match="opened only to be read"):
            reader.commit({}, {})
    assert not trust.exists()


@pytest.mark.parametrize("damage", [None, b"", b"no database at all" * 500, b"SQLite format 3\x00" + bytes(3000)])
def test_a_lost_or_damaged_manifest_is_made_again_from_the_records_with_its_floors(
    trust: Path, damage: bytes | None
) -> None:
    for version, word in enumerate((b"one", b"two"), 1):
        with open_store(trust) as store:
            store.commit({"trust.cwt": store.put(word)}, {"demo/trust": version})
    manifest = trust / "manifest.sqlite"
    manifest.unlink() if damage is None else manifest.write_bytes(damage)
    with open_store(trust) as store:
        current, previous = store.current(), store.previous()
        assert current is not None
        assert previous is not None
        assert (current.number, previous.number, dict(store.floors())) == (2, 1, {"demo/trust": 2})
        assert any("taken over from its record" in words for words in store.repairs)
        with pytest.raises(StepBackError):
            store.commit({"trust.cwt": store.put(b"old")}, {"demo/trust": 1})
        assert store.read(sha(b"two")) == b"two"


@pytest.mark.parametrize("damage", [None, b"", b"x" * 70, b"0" * 64 + b"\n{}\n"])
def test_a_lost_or_damaged_record_is_written_again_from_the_manifest(trust: Path, damage: bytes | None) -> None:
    bring(trust, trust_cwt=b"one")
    bring(trust, trust_cwt=b"two")
    record = path_of(trust, 2)
    record.unlink() if damage is None else record.write_bytes(damage)
    with Store.open(trust, read_only=True) as reader:
        with pytest.raises(TrustError):
            reader.current()
        previous = reader.previous()
        assert previous is not None
        assert previous.number == 1
    open_store(trust).close()
    with Store.open(trust, read_only=True) as reader:
        current = reader.current()
        assert current is not None
        assert current.number == 2


@pytest.mark.parametrize("lost", ["link", "link to nowhere"])
def test_a_lost_link_is_made_again(trust: Path, lost: str) -> None:
    bring(trust, trust_cwt=b"one")
    (trust / "current").unlink()
    if lost == "link to nowhere":
        (trust / "current").symlink_to("nowhere")
    open_store(trust).close()
    assert (trust / "current").readlink() == Path("generations/00000001")


def test_a_generation_of_the_form_before_this_store_is_taken_over_and_kept_for_who_reads_it(trust: Path) -> None:
    folder = write_older_form(trust, world(7), (11, 12), number=7)
    with Store.open(trust, read_only=True) as reader:
        assert reader.current() is None
    with open_store(trust) as store:
        current = store.current()
        assert current is not None
        assert current.number == 8
        assert {name: store.read(digest) for name, digest in current.entries.items()} == {
            str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.cwt")
        }
    assert folder.is_dir()
    bring(trust, trust_cwt=b"newer")
    open_store(trust).close()
    assert sorted(path.name for path in (trust / "generations").iterdir()) == ["00000008", "00000009"]


def test_half_a_generation_of_the_older_form_is_not_taken_over(trust: Path) -> None:
    (write_older_form(trust, world(7)) / "rules.cwt").unlink()
    with open_store(trust) as store:
        assert store.current() is None


def test_files_copied_by_hand_are_left_alone_until_there_are_two_generations(trust: Path) -> None:
    write_bundle(trust, world(7))
    (trust / "anchors").mkdir()
    bring(trust, trust_cwt=b"one")
    open_store(trust).close()
    assert (trust / "trust.cwt").exists()
    bring(trust, trust_cwt=b"two")
    open_store(trust).close()
    assert sorted(path.name for path in trust.iterdir()) == [
        "anchors", "blobs", "current", "generations", "manifest.sqlite",
    ]  # fmt: skip


def test_the_store_can_be_taken_to_another_card_as_it_is(trust: Path, tmp_path: Path) -> None:
    bring(trust, trust_cwt=b"one")
    shutil.copytree(trust, tmp_path / "other", symlinks=True)
    with open_store(tmp_path / "other") as store:
        assert store.read(sha(b"one")) == b"one"
