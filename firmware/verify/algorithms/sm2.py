"""SM2 signatures with SM3 (GB/T 32918.2, GB/T 32905) through the system's OpenSSL 3, signatures as r || s.

`cryptography` has no SM2; pure Python costs 65 to 162 times an ES256 verify; libcrypto is patched by the system. The
distinguishing id is fixed to 1234567812345678 (GM/T 0009). See docs/decisions/0005-sm2-through-libcrypto.md.
"""

from __future__ import annotations

import ctypes
from ctypes import POINTER, Structure, byref, c_char_p, c_int, c_long, c_size_t, c_uint, c_void_p
from functools import lru_cache
from typing import Final

from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from firmware.verify.algorithms.base import Algorithm, BadSignatureError, KnownAnswer, UnavailableError, Verifier

LIBRARY: Final = "libcrypto.so.3"
DISTINGUISHING_ID: Final = b"1234567812345678"
_HALF: Final = 32
_OCTET_STRING: Final = 5  # OSSL_PARAM_OCTET_STRING

#: SubjectPublicKeyInfo up to the point: id-ecPublicKey (1.2.840.10045.2.1), sm2p256v1 (1.2.156.10197.1.301).
_SPKI_HEAD: Final = {
    65: bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200"),
    33: bytes.fromhex("3039301306072a8648ce3d020106082a811ccf5501822d032200"),
}


class _Param(Structure):
    """OSSL_PARAM of OpenSSL 3."""

    _fields_ = (
        ("key", c_char_p),
        ("data_type", c_uint),
        ("data", c_void_p),
        ("data_size", c_size_t),
        ("return_size", c_size_t),
    )


@lru_cache(maxsize=1)
def _library() -> ctypes.CDLL:
    """libcrypto with the signatures of the few functions used here. Raises UnavailableError."""
    try:
        lib = ctypes.CDLL(LIBRARY)
        init, verify = lib.EVP_DigestVerifyInit_ex, lib.EVP_DigestVerify
    except (OSError, AttributeError) as error:
        raise UnavailableError(f"SM2 needs {LIBRARY} of OpenSSL 3: install the package libssl3") from error
    lib.d2i_PUBKEY.argtypes = (c_void_p, POINTER(c_char_p), c_long)
    lib.d2i_PUBKEY.restype = c_void_p
    lib.EVP_PKEY_free.argtypes = (c_void_p,)
    lib.EVP_MD_CTX_new.restype = c_void_p
    lib.EVP_MD_CTX_free.argtypes = (c_void_p,)
    init.argtypes = (c_void_p, POINTER(c_void_p), c_char_p, c_void_p, c_char_p, c_void_p, c_void_p)
    init.restype = c_int
    lib.EVP_PKEY_CTX_set_params.argtypes = (c_void_p, POINTER(_Param))
    lib.EVP_PKEY_CTX_set_params.restype = c_int
    verify.argtypes = (c_void_p, c_char_p, c_size_t, c_char_p, c_size_t)
    verify.restype = c_int
    lib.ERR_clear_error.argtypes = ()
    return lib


class _Key:
    """An EVP_PKEY that is freed with its owner."""

    def __init__(self, lib: ctypes.CDLL, spki: bytes) -> None:
        self._free = lib.EVP_PKEY_free
        cursor = c_char_p(spki)
        self.handle = lib.d2i_PUBKEY(None, byref(cursor), len(spki))
        if not self.handle:
            lib.ERR_clear_error()
            raise ValueError("not a point of the SM2 curve")

    def __del__(self) -> None:
        if getattr(self, "handle", None):
            self._free(self.handle)


def verifier(public: bytes, distinguishing_id: bytes = DISTINGUISHING_ID) -> Verifier:
    """A verifier for an X9.62 point (65 bytes, or 33 compressed). Raises ValueError, or UnavailableError without libcrypto."""
    if len(public) not in _SPKI_HEAD:
        raise ValueError("an SM2 key is a point of 65 or 33 bytes")
    lib = _library()
    key = _Key(lib, _SPKI_HEAD[len(public)] + public)
    id_buffer = ctypes.create_string_buffer(distinguishing_id, len(distinguishing_id))
    params = (_Param * 2)(
        _Param(b"distid", _OCTET_STRING, ctypes.addressof(id_buffer), len(distinguishing_id), 0),
        _Param(None, 0, None, 0, 0),
    )

    def verify(signature: bytes, data: bytes, _keep: object = id_buffer) -> None:
        if len(signature) != 2 * _HALF:
            raise BadSignatureError
        der = encode_dss_signature(int.from_bytes(signature[:_HALF], "big"), int.from_bytes(signature[_HALF:], "big"))
        context, key_context = lib.EVP_MD_CTX_new(), c_void_p()
        try:
            # The id goes in after the initialisation: OpenSSL 3.0 refuses it among the parameters of the call itself.
            if (
                lib.EVP_DigestVerifyInit_ex(context, byref(key_context), b"SM3", None, None, key.handle, None) != 1
                or lib.EVP_PKEY_CTX_set_params(key_context, params) != 1
            ):
                lib.ERR_clear_error()
                raise UnavailableError("this libcrypto was built without SM2 or SM3")
            if lib.EVP_DigestVerify(context, der, len(der), data, len(data)) != 1:
                lib.ERR_clear_error()
                raise BadSignatureError
        finally:
            lib.EVP_MD_CTX_free(context)

    return verify


SM2_SM3: Final = Algorithm(
    "SM2-SM3",
    2 * _HALF,
    verifier,
    # GB/T 32918.5-2017, A.2
    KnownAnswer(
        bytes.fromhex(
            "0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
            "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
        ),
        b"message digest",
        bytes.fromhex(
            "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
            "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa"
        ),
    ),
)
