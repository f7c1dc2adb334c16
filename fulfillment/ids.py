"""Identifiers. Strings at heart, told apart by the type checker."""

from typing import NewType

SkuId = NewType("SkuId", str)
NodeId = NewType("NodeId", str)
ZoneId = NewType("ZoneId", str)
ServiceId = NewType("ServiceId", str)
OrderId = NewType("OrderId", str)
LineId = NewType("LineId", str)
ClaimId = NewType("ClaimId", str)
PolicyVersion = NewType("PolicyVersion", str)
