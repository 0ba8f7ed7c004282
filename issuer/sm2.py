"""SM2 with SM3 signatures (GB/T 32918.2, distinguishing id 1234567812345678), by the system's libcrypto.

`cryptography` has no SM2. OpenSSL 3 has, and the system keeps it patched; this file is the only one that talks to it.
The public point is computed here in plain integers: that happens once per key and needs no speed.
"""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Final

from issuer.errors import bad_config, bad_data

DISTINGUISHING_ID: Final = b"1234567812345678"
_LIBRARY: Final = "libcrypto.so.3"

# The curve sm2p256v1 (GB/T 32918.5).
_P: Final = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
_A: Final = _P - 3
_B: Final = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
ORDER: Final = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
_G: Final = (
    0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
    0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
)

# DER of a PKCS#8 key around an RFC 5915 key: SEQUENCE { 0, { id-ecPublicKey, sm2p256v1 }, OCTET STRING { SEQUENCE { 1,
# private, [1] public } } }. All lengths are fixed because both numbers have a fixed size.
_PKCS8_HEAD: Final = bytes.fromhex("308187020100301306072a8648ce3d020106082a811ccf5501822d046d306b0201010420")
_PKCS8_MIDDLE: Final = bytes.fromhex("a144034200")

_Point = tuple[int, int] | None


class _Param(ctypes.Structure):
    """OSSL_PARAM: one named parameter for OpenSSL 3."""

    _fields_ = (
        ("key", ctypes.c_char_p),
        ("data_type", ctypes.c_uint),
        ("data", ctypes.c_void_p),
        ("data_size", ctypes.c_size_t),
        ("return_size", ctypes.c_size_t),
    )


_OCTET_STRING: Final = 5  # OSSL_PARAM_OCTET_STRING


@cache
def _libcrypto() -> ctypes.CDLL:
    try:
        library = ctypes.CDLL(_LIBRARY)
    except OSError:
        raise bad_config(
            f"SM2 needs OpenSSL 3 ({_LIBRARY}) and this machine has none: install it (Debian: apt install libssl3), "
            "or leave SM2 out with --alg ES256"
        ) from None
    for name, result, arguments in (
        ("EVP_MD_CTX_new", ctypes.c_void_p, ()),
        ("EVP_MD_CTX_free", None, (ctypes.c_void_p,)),
        ("EVP_PKEY_free", None, (ctypes.c_void_p,)),
        ("d2i_AutoPrivateKey", ctypes.c_void_p, (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_long)),
        (
            "EVP_DigestSignInit_ex",
            ctypes.c_int,
            (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_char_p, *[ctypes.c_void_p] * 4),
        ),
        ("EVP_PKEY_CTX_set_params", ctypes.c_int, (ctypes.c_void_p, ctypes.c_void_p)),
        (
            "EVP_DigestSign",
            ctypes.c_int,
            (ctypes.c_void_p, ctypes.c_char_p, ctypes.POINTER(ctypes.c_size_t), ctypes.c_char_p, ctypes.c_size_t),
        ),
    ):
        function = getattr(library, name)
        function.restype, function.argtypes = result, list(arguments)
    return library


def available() -> bool:
    """Whether this machine can sign with SM2."""
    try:
        ctypes.CDLL(_LIBRARY)
    except OSError:
        return False
    return True


def curve_bytes() -> bytes:
    """a, b and the base point, as they go into the digest of the signer's identity (GB/T 32918.2, 5.5)."""
    return b"".join(number.to_bytes(32, "big") for number in (_A, _B, *_G))


def public_of(private: bytes) -> bytes:
    """The uncompressed point (65 bytes) of a private number of 32 bytes. Raises OfficeError when it is out of range."""
    number = int.from_bytes(private, "big")
    if not 0 < number < ORDER - 1:
        raise bad_data("an SM2 private number must lie between 1 and the order of the curve less 2")
    point: _Point = None
    for bit in bin(number)[2:]:
        point = _add(point, point)
        if bit == "1":
            point = _add(point, _G)
    assert point is not None
    return b"\x04" + point[0].to_bytes(32, "big") + point[1].to_bytes(32, "big")


def _add(one: _Point, other: _Point) -> _Point:
    if one is None or other is None:
        return other if one is None else one
    (x1, y1), (x2, y2) = one, other
    if x1 == x2 and (y1 + y2) % _P == 0:
        return None
    rise, run = (3 * x1 * x1 + _A, 2 * y1) if one == other else (y2 - y1, x2 - x1)
    slope = rise * pow(run, -1, _P)
    x3 = (slope * slope - x1 - x2) % _P
    return x3, (slope * (x1 - x3) - y1) % _P


def sign(private: bytes, public: bytes, message: bytes) -> bytes:
    """r || s, 64 bytes. Raises OfficeError when libcrypto is missing or refuses."""
    library = _libcrypto()
    der = _PKCS8_HEAD + private + _PKCS8_MIDDLE + public
    start = ctypes.c_char_p(der)
    key = library.d2i_AutoPrivateKey(None, ctypes.byref(start), len(der))
    context = library.EVP_MD_CTX_new()
    key_context = ctypes.c_void_p()  # belongs to `context`
    try:
        identity = ctypes.create_string_buffer(DISTINGUISHING_ID, len(DISTINGUISHING_ID))
        parameters = (_Param * 2)(
            _Param(b"distid", _OCTET_STRING, ctypes.addressof(identity), len(DISTINGUISHING_ID), 0), _Param()
        )
        length = ctypes.c_size_t(80)
        signature = ctypes.create_string_buffer(length.value)
        good = (
            key
            and context
            and library.EVP_DigestSignInit_ex(context, ctypes.byref(key_context), b"SM3", None, None, key, None) == 1
            # After the initialisation: OpenSSL 3.0 refuses the id among the parameters of the call itself.
            and library.EVP_PKEY_CTX_set_params(key_context, ctypes.byref(parameters)) == 1
            and library.EVP_DigestSign(context, signature, ctypes.byref(length), message, len(message)) == 1
        )
        if not good:
            raise bad_config(f"{_LIBRARY} cannot sign with SM2: it needs OpenSSL 3.0 or newer, built with SM2 and SM3")
        return _raw(signature.raw[: length.value])
    finally:
        library.EVP_MD_CTX_free(context)
        library.EVP_PKEY_free(key)


def _raw(der: bytes) -> bytes:
    """r || s out of SEQUENCE { INTEGER r, INTEGER s }, as libcrypto writes it."""
    r_end = 4 + der[3]
    r = int.from_bytes(der[4:r_end], "big")
    s = int.from_bytes(der[r_end + 2 :], "big")
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")
