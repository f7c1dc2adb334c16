"""Tables of the network's master data. Money is in micro-units."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Integer,
    String,
    Table,
    false,
    true,
)

from storage.schema.base import metadata

node = Table(
    "node",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("latitude", Float, nullable=False),
    Column("longitude", Float, nullable=False),
    Column("time_zone", String, nullable=False),
    Column("labor_per_order", BigInteger, nullable=False),
    Column("labor_per_line", BigInteger, nullable=False),
    Column("labor_per_unit", BigInteger, nullable=False),
    Column("units_per_day", Integer, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("is_on", Boolean, nullable=False),
    Column("off_reason", String, nullable=False),
    Column("load_penalty", BigInteger, nullable=False, server_default="0"),
    Column("pick_success_permille", Integer, nullable=False, server_default="1000"),
    Column("processing_hours", Integer, nullable=False, server_default="0"),
    Column("slots", JSON(none_as_null=True)),
)

zone = Table(
    "zone",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("latitude", Float, nullable=False),
    Column("longitude", Float, nullable=False),
)

sku = Table(
    "sku",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("weight_grams", Integer, nullable=False),
    Column("price", BigInteger, nullable=False),
    Column("unit_cost", BigInteger, nullable=False),
    Column("lost_sale_value", BigInteger, nullable=False),
    Column("case_pack", Integer, nullable=False),
    Column("length_mm", Integer),
    Column("width_mm", Integer),
    Column("height_mm", Integer),
    Column("ships_alone", Boolean, nullable=False, server_default=false()),
    Column("is_oversized", Boolean, nullable=False, server_default=false()),
    Column("is_hazmat", Boolean, nullable=False, server_default=false()),
    CheckConstraint("weight_grams >= 0", name="weight_grams"),
    CheckConstraint("case_pack >= 1", name="case_pack"),
)

sku_component = Table(
    "sku_component",
    metadata,
    Column("kit", String, ForeignKey("sku.id"), primary_key=True),
    Column("component", String, ForeignKey("sku.id"), primary_key=True),
    Column("quantity", Integer, nullable=False),
    CheckConstraint("quantity >= 1", name="quantity"),
)

rate = Table(
    "rate",
    metadata,
    Column("service", String, primary_key=True),
    Column("origin", String, ForeignKey("node.id"), primary_key=True),
    Column("zone", String, ForeignKey("zone.id"), primary_key=True),
    Column("per_package", BigInteger, nullable=False),
    Column("per_kg", BigInteger, nullable=False),
    Column("package_limit_grams", Integer, nullable=False),
    Column("package_limit_cm3", Integer),
    Column("longest_side_mm", Integer),
    Column("dimensional_divisor", Integer),
    Column("breaks", JSON(none_as_null=True)),
    Column("per_shipment", BigInteger, nullable=False, server_default="0"),
    Column("per_oversized", BigInteger, nullable=False, server_default="0"),
    Column("carries_hazmat", Boolean, nullable=False, server_default=true()),
    Column("co2e_grams_per_package", Integer, nullable=False, server_default="0"),
    Column("co2e_grams_per_kg", Integer, nullable=False, server_default="0"),
    Column("transit_days_p50", Integer),
    Column("transit_days_p90", Integer),
    CheckConstraint("package_limit_grams > 0", name="package_limit_grams"),
)

# What processes of schema 0008 and before read. Left unused since 0009 (`storage.schema.policies`); a later
# migration takes it away.
policy = Table(
    "policy",
    metadata,
    Column("version", String, primary_key=True),
    Column("extra_shipment_penalty", BigInteger, nullable=False),
    Column("split_line_penalty", BigInteger, nullable=False),
    Column("may_give_up", Boolean, nullable=False),
    Column("reservation_minutes", Integer, nullable=False),
    Column("is_active", Boolean, nullable=False),
    CheckConstraint("reservation_minutes > 0", name="reservation_minutes"),
)

catalog_version = Table(
    "catalog_version",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("version", Integer, nullable=False),
    CheckConstraint("id = 1", name="single_row"),
)
