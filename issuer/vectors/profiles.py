"""The posts of the pack, written out in full, so that a reader needs no file of ours to judge a vector."""

from __future__ import annotations

from typing import Any, Final

from firmware.model import Kind, Way

_LIVE: Final = [Way.LIVE.value]
_ANY: Final = [way.value for way in Way]
_MARK, _DRIVING, _LICENCE, _LENT, _TAG = (kind.value for kind in Kind)

_POST: Final[dict[str, Any]] = {
    "status_warn_s": 24 * 3600,
    "status_unsure_s": 48 * 3600,
    "phone_allowance_s": 15,
    "notice_days": None,
    "stop_words": [],
    "wanted": False,
    "purposes": [],
    "required_class": None,
}
_POLICE: Final = _POST | {
    "accepts": {_MARK: _ANY, _DRIVING: _LIVE, _LICENCE: _LIVE, _LENT: _LIVE, _TAG: _ANY},
    "wanted": True,
}

#: Name -> the post's policy, as it stands in pack.json.
PROFILES: Final[dict[str, dict[str, Any]]] = {
    "police": _POLICE,
    "gate": _POST | {"accepts": {_MARK: _ANY, _LICENCE: _LIVE, _LENT: _LIVE}, "purposes": ["停车", "通行", "驾驶"]},
    "insurer": _POST
    | {
        "accepts": {
            _MARK: _ANY,
            _DRIVING: _LIVE,
            _LICENCE: [Way.LIVE.value, Way.DOWNLOADED.value],
            _LENT: [Way.LIVE.value, Way.DOWNLOADED.value],
        }
    },
    "dealer": _POST
    | {
        "accepts": {_MARK: _ANY, _LICENCE: _LIVE, _LENT: _LIVE},
        "purposes": ["出售", "抵押", "过户"],
        "stop_words": ["customs", "locked", "sealed"],
    },
    # Posts that no product ships, each to ask about one rule.
    "every-way": _POLICE | {"accepts": dict.fromkeys((kind.value for kind in Kind), _ANY)},
    "needs-C1": _POLICE | {"required_class": "C1"},
    "needs-C2": _POLICE | {"required_class": "C2"},
    "needs-C6": _POLICE | {"required_class": "C6"},
    "no-probation": _POLICE | {"stop_words": ["probation"]},
    "notice-at-10-days": _POLICE | {"notice_days": 10},
    "no-allowance": _POLICE | {"phone_allowance_s": 0},
}
