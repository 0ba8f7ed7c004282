"""The tree against the published vectors of Certificate Transparency, and against the RFC's own definition, written naively."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.ledger.tree import (
    EMPTY_ROOT,
    Edge,
    ProofError,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    require_consistent,
    require_included,
)

#: The eight leaves and roots of the Certificate Transparency reference implementation (transparency-dev/merkle, testonly).
LEAVES = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
LEAF_1 = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
NODE_2_3 = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
NODE_4_7 = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
LEAF_4 = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
NODE_6_7 = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
NODE_4_5 = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
#: (leaf, size) -> path, and (old, new) -> path, as the reference implementation publishes them.
INCLUSIONS = {
    (0, 1): (),
    (0, 8): (LEAF_1, NODE_2_3, NODE_4_7),
    (5, 8): (LEAF_4, NODE_6_7, ROOTS[3]),
    (2, 3): (ROOTS[1],),
    (1, 5): (ROOTS[0], NODE_2_3, LEAF_4),
}
CONSISTENCIES = {
    (1, 1): (),
    (1, 8): (LEAF_1, NODE_2_3, NODE_4_7),
    (6, 8): (NODE_4_5, NODE_6_7, ROOTS[3]),
    (2, 5): (NODE_2_3, LEAF_4),
}


def naive_root(bodies: list[bytes]) -> bytes:
    """MTH of RFC 9162, 2.1.1, word by word."""
    if not bodies:
        return hashlib.sha256().digest()
    if len(bodies) == 1:
        return hashlib.sha256(b"\x00" + bodies[0]).digest()
    k = 1
    while k * 2 < len(bodies):
        k *= 2
    return hashlib.sha256(b"\x01" + naive_root(bodies[:k]) + naive_root(bodies[k:])).digest()


def nodes_of(bodies: list[bytes]):
    return lambda level, index: naive_root(bodies[index << level : (index + 1) << level])


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_the_published_ones(size: int) -> None:
    assert Edge().extend(LEAVES[:size]).root().hex() == ROOTS[size - 1]


@pytest.mark.parametrize(("place", "path"), INCLUSIONS.items(), ids=str)
def test_inclusion_proofs_are_the_published_ones(place: tuple[int, int], path: tuple[str, ...]) -> None:
    index, size = place
    found = inclusion_proof(nodes_of(LEAVES), index, size)
    assert tuple(each.hex() for each in found) == path
    require_included(leaf_hash(LEAVES[index]), index, size, found, bytes.fromhex(ROOTS[size - 1]))


@pytest.mark.parametrize(("sizes", "path"), CONSISTENCIES.items(), ids=str)
def test_consistency_proofs_are_the_published_ones(sizes: tuple[int, int], path: tuple[str, ...]) -> None:
    old, new = sizes
    found = consistency_proof(nodes_of(LEAVES), old, new)
    assert tuple(each.hex() for each in found) == path
    require_consistent(old, new, bytes.fromhex(ROOTS[old - 1]), bytes.fromhex(ROOTS[new - 1]), found)


def test_an_empty_tree_has_the_root_of_the_rfc() -> None:
    assert Edge().root() == EMPTY_ROOT == naive_root([])


bodies = st.lists(st.binary(max_size=4), min_size=1, max_size=70)


@given(bodies, st.data())
@settings(max_examples=150, deadline=None)
def test_the_edge_and_all_proofs_agree_with_the_naive_definition(leaves: list[bytes], data: st.DataObject) -> None:
    new = len(leaves)
    old = data.draw(st.integers(1, new))
    index = data.draw(st.integers(0, new - 1))
    nodes = nodes_of(leaves)
    edge = Edge()
    for body in leaves:
        edge = edge.after(edge.rise(leaf_hash(body)))
    root, old_root = naive_root(leaves), naive_root(leaves[:old])
    assert edge == Edge().extend(leaves) == Edge().extend(leaves[:old]).extend(leaves[old:])
    assert edge.root() == root
    assert {place: nodes(*place) for place in edge.parts()} == edge.parts()
    require_included(leaf_hash(leaves[index]), index, new, inclusion_proof(nodes, index, new), root)
    require_consistent(old, new, old_root, root, consistency_proof(nodes, old, new))


@given(bodies, st.data())
@settings(max_examples=150, deadline=None)
def test_a_proof_with_one_bit_changed_a_hash_more_or_one_less_proves_nothing(
    leaves: list[bytes], data: st.DataObject
) -> None:
    new = len(leaves)
    old, index = data.draw(st.integers(1, new)), data.draw(st.integers(0, new - 1))
    nodes, root, old_root = nodes_of(leaves), naive_root(leaves), naive_root(leaves[:old])
    proofs = (inclusion_proof(nodes, index, new), consistency_proof(nodes, old, new))
    for path in [changed for proof in proofs for changed in _changed(proof, data)]:
        with pytest.raises(ProofError):
            require_included(leaf_hash(leaves[index]), index, new, path, root)
        with pytest.raises(ProofError):
            require_consistent(old, new, old_root, root, path)


def _changed(path: list[bytes], data: st.DataObject) -> list[list[bytes]]:
    stranger = hashlib.sha256(b"stranger").digest()
    found = [[*path, stranger], [stranger, *path], [*path, b"short"]]
    if path:
        place = data.draw(st.integers(0, len(path) - 1))
        bit = data.draw(st.integers(0, 255))
        flipped = (int.from_bytes(path[place], "big") ^ 1 << bit).to_bytes(32, "big")
        found += [[*path[:place], flipped, *path[place + 1 :]]]
    return found


def test_another_record_another_place_and_another_size_are_not_proved() -> None:
    path, root = inclusion_proof(nodes_of(LEAVES), 5, 8), bytes.fromhex(ROOTS[7])
    for leaf, index, size in ((LEAVES[4], 5, 8), (LEAVES[5], 4, 8), (LEAVES[5], 5, 6), (LEAVES[5], 8, 8)):
        with pytest.raises(ProofError):
            require_included(leaf_hash(leaf), index, size, path, root)


def test_an_inner_node_never_passes_for_a_record() -> None:
    """Second preimage: without the two prefixes, the two hashes below an inner node could be shown as a record."""
    left, right = leaf_hash(LEAVES[0]), leaf_hash(LEAVES[1])
    assert leaf_hash(left + right).hex() != ROOTS[1]


def test_two_trees_of_one_size_are_never_consistent() -> None:
    with pytest.raises(ProofError, match="two different trees"):
        require_consistent(8, 8, bytes.fromhex(ROOTS[7]), bytes.fromhex(ROOTS[6]), [])


@pytest.mark.parametrize(
    ("size", "hashes"), [(3, 1), (4, 2), (-1, 0), (0, 1), (1 << 41, 1)], ids=["few", "many", "below", "none", "huge"]
)
def test_an_edge_that_cannot_be_is_refused(size: int, hashes: int) -> None:
    with pytest.raises(ValueError, match="an edge of"):
        Edge(size, (bytes(32),) * hashes)
    with pytest.raises(ValueError, match="another length"):
        Edge(1, (bytes(31),))


def test_proofs_of_what_is_not_there_are_refused() -> None:
    with pytest.raises(ValueError, match="no leaf 8"):
        inclusion_proof(nodes_of(LEAVES), 8, 8)
    with pytest.raises(ValueError, match="no tree of 9"):
        consistency_proof(nodes_of(LEAVES), 9, 8)
