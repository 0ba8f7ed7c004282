"""The algorithms, as one table. To add one: a file with an `Algorithm`, and a line here.

The number in a message never picks the algorithm: it must merely agree with our own key record (RFC 9864 renamed some
numbers, so two numbers may stand for one algorithm).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from firmware.verify.algorithms import ecdsa, ed25519, mldsa44, sm2
from firmware.verify.algorithms.base import Algorithm
from firmware.verify.wire import Alg

ALGORITHMS: Final[Mapping[int, Algorithm]] = MappingProxyType(
    {
        Alg.ES256: ecdsa.ES256,
        Alg.ES256_OLD: ecdsa.ES256,
        Alg.ED25519: ed25519.ED25519,
        Alg.EDDSA: ed25519.ED25519,
        Alg.SM2_SM3: sm2.SM2_SM3,
        Alg.ES384: ecdsa.ES384,
        Alg.ES384_OLD: ecdsa.ES384,
        Alg.ML_DSA_44: mldsa44.ML_DSA_44,
    }
)

#: The algorithms that may sign a credential: their signatures are 64 bytes. The others are for trust and status data.
FOR_CREDENTIALS: Final = frozenset({Alg.ES256, Alg.ES256_OLD, Alg.ED25519, Alg.EDDSA, Alg.SM2_SM3})
