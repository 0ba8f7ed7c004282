"""The kinds of documents, as one table. To add one: a file with a `KindRule`, and a line here."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from firmware.model import Kind
from firmware.verify.kinds.base import KindRule
from firmware.verify.kinds.delegated_vehicle_licence import DELEGATED_VEHICLE_LICENCE
from firmware.verify.kinds.driving_licence import DRIVING_LICENCE
from firmware.verify.kinds.evi_tag import EVI_TAG
from firmware.verify.kinds.inspection_mark import INSPECTION_MARK
from firmware.verify.kinds.vehicle_licence import VEHICLE_LICENCE

KINDS: Final[Mapping[Kind, KindRule]] = MappingProxyType(
    {
        rule.kind: rule
        for rule in (INSPECTION_MARK, DRIVING_LICENCE, VEHICLE_LICENCE, DELEGATED_VEHICLE_LICENCE, EVI_TAG)
    }
)
