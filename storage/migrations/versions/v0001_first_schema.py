"""The first schema: ledger, catalog, orders, decisions, idempotency keys, demo clock.

A default policy is in force from the start: a second shipment is accepted where it saves more than
0.50 of the currency, splitting a line where it saves a further 0.25, a reservation lasts half an hour.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "capacity",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("node", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("slot", sa.String(), nullable=False),
        sa.Column("day_limit", sa.Integer(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.CheckConstraint("day_limit >= 0", name=op.f("ck_capacity_day_limit")),
        sa.CheckConstraint("used >= 0", name=op.f("ck_capacity_used")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_capacity")),
        sa.UniqueConstraint("node", "day", "kind", "slot", name=op.f("uq_capacity_node_day_kind_slot")),
    )
    op.create_table(
        "catalog_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_catalog_version_single_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalog_version")),
    )
    op.create_table(
        "decision",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("order_id", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
    )
    op.create_index("ix_decision_order_id", "decision", ["order_id", "id"], unique=False)
    op.create_table(
        "demo_clock",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("now", sa.DateTime(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_demo_clock_single_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_demo_clock")),
    )
    op.create_table(
        "idempotency_key",
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("headers", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "key", name=op.f("pk_idempotency_key")),
    )
    op.create_index("ix_idempotency_key_created_at", "idempotency_key", ["created_at"], unique=False)
    op.create_table(
        "node",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=False),
        sa.Column("longitude", sa.Float(), nullable=False),
        sa.Column("time_zone", sa.String(), nullable=False),
        sa.Column("labor_per_order", sa.BigInteger(), nullable=False),
        sa.Column("labor_per_line", sa.BigInteger(), nullable=False),
        sa.Column("labor_per_unit", sa.BigInteger(), nullable=False),
        sa.Column("units_per_day", sa.Integer(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("off_reason", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_node")),
    )
    op.create_table(
        "order_head",
        sa.Column("order_id", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("claims", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_order_head")),
    )
    op.create_table(
        "policy",
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("extra_shipment_penalty", sa.BigInteger(), nullable=False),
        sa.Column("split_line_penalty", sa.BigInteger(), nullable=False),
        sa.Column("may_give_up", sa.Boolean(), nullable=False),
        sa.Column("reservation_minutes", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.CheckConstraint("reservation_minutes > 0", name=op.f("ck_policy_reservation_minutes")),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_policy")),
    )
    op.create_table(
        "sales_order",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("placed_at", sa.DateTime(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("accept_partial", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sales_order")),
    )
    op.create_table(
        "sku",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("weight_grams", sa.Integer(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("unit_cost", sa.BigInteger(), nullable=False),
        sa.Column("lost_sale_value", sa.BigInteger(), nullable=False),
        sa.Column("case_pack", sa.Integer(), nullable=False),
        sa.CheckConstraint("case_pack >= 1", name=op.f("ck_sku_case_pack")),
        sa.CheckConstraint("weight_grams >= 0", name=op.f("ck_sku_weight_grams")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sku")),
    )
    op.create_table(
        "supply",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("node", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("earliest", sa.Date(), nullable=False),
        sa.Column("pool", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("reserved", sa.Integer(), nullable=False),
        sa.Column("safety_stock", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity >= 0", name=op.f("ck_supply_quantity")),
        sa.CheckConstraint("reserved >= 0", name=op.f("ck_supply_reserved")),
        sa.CheckConstraint("safety_stock >= 0", name=op.f("ck_supply_safety_stock")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supply")),
        sa.UniqueConstraint(
            "sku",
            "node",
            "source",
            "earliest",
            "pool",
            "state",
            name=op.f("uq_supply_sku_node_source_earliest_pool_state"),
        ),
    )
    op.create_table(
        "zone",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=False),
        sa.Column("longitude", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_zone")),
    )
    op.create_table(
        "claim",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("order_id", sa.String(), nullable=False),
        sa.Column("line", sa.String(), nullable=False),
        sa.Column("supply_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("service", sa.String(), nullable=False),
        sa.Column("capacity_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("expires_at", sa.DateTime(), nullable=True),
        sa.Column("promised_by", sa.DateTime(), nullable=True),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_claim_quantity")),
        sa.ForeignKeyConstraint(["capacity_id"], ["capacity.id"], name=op.f("fk_claim_capacity_id_capacity")),
        sa.ForeignKeyConstraint(["supply_id"], ["supply.id"], name=op.f("fk_claim_supply_id_supply")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim")),
    )
    op.create_index("ix_claim_order_id", "claim", ["order_id"], unique=False)
    op.create_index("ix_claim_state_expires_at", "claim", ["state", "expires_at"], unique=False)
    op.create_index("ix_claim_supply_id", "claim", ["supply_id"], unique=False)
    op.create_table(
        "entry",
        sa.Column("sequence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("verb", sa.String(), nullable=False),
        sa.Column("supply_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("capacity_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("quantity_change", sa.Integer(), nullable=False),
        sa.Column("reserved_change", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.CheckConstraint("(supply_id IS NULL) <> (capacity_id IS NULL)", name=op.f("ck_entry_one_row")),
        sa.ForeignKeyConstraint(["capacity_id"], ["capacity.id"], name=op.f("fk_entry_capacity_id_capacity")),
        sa.ForeignKeyConstraint(["supply_id"], ["supply.id"], name=op.f("fk_entry_supply_id_supply")),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_entry")),
    )
    op.create_index("ix_entry_order_id", "entry", ["order_id"], unique=False)
    op.create_table(
        "order_line",
        sa.Column("order_id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("line", sa.String(), nullable=False),
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_order_line_quantity")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["sales_order.id"], name=op.f("fk_order_line_order_id_sales_order")
        ),
        sa.PrimaryKeyConstraint("order_id", "position", name=op.f("pk_order_line")),
    )
    op.create_table(
        "rate",
        sa.Column("service", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("per_package", sa.BigInteger(), nullable=False),
        sa.Column("per_kg", sa.BigInteger(), nullable=False),
        sa.Column("package_limit_grams", sa.Integer(), nullable=False),
        sa.CheckConstraint("package_limit_grams > 0", name=op.f("ck_rate_package_limit_grams")),
        sa.ForeignKeyConstraint(["origin"], ["node.id"], name=op.f("fk_rate_origin_node")),
        sa.ForeignKeyConstraint(["zone"], ["zone.id"], name=op.f("fk_rate_zone_zone")),
        sa.PrimaryKeyConstraint("service", "origin", "zone", name=op.f("pk_rate")),
    )

    policy = sa.table(
        "policy",
        sa.column("version", sa.String),
        sa.column("extra_shipment_penalty", sa.BigInteger),
        sa.column("split_line_penalty", sa.BigInteger),
        sa.column("may_give_up", sa.Boolean),
        sa.column("reservation_minutes", sa.Integer),
        sa.column("is_active", sa.Boolean),
    )
    op.bulk_insert(
        policy,
        [
            {
                "version": "default",
                "extra_shipment_penalty": 500_000,
                "split_line_penalty": 250_000,
                "may_give_up": False,
                "reservation_minutes": 30,
                "is_active": True,
            }
        ],
    )
    catalog_version = sa.table(
        "catalog_version", sa.column("id", sa.Integer), sa.column("version", sa.Integer)
    )
    op.bulk_insert(catalog_version, [{"id": 1, "version": 1}])
