"""Events and those who are told of them: outbox, webhook endpoints, deliveries. Only adds."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "outbox_event",
        sa.Column("number", _NUMBER, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("sequence", _NUMBER, nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_outbox_event")),
        sa.UniqueConstraint("sequence", name=op.f("uq_outbox_event_sequence")),
    )
    op.create_index("ix_outbox_event_at", "outbox_event", ["at"], unique=False)
    op.create_table(
        "outbox_sequence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("last", _NUMBER, nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_outbox_sequence_single_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_sequence")),
    )
    op.create_table(
        "webhook_endpoint",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("types", sa.JSON(), nullable=False),
        sa.Column("secret", sa.String(), nullable=False),
        sa.Column("old_secret", sa.String(), nullable=True),
        sa.Column("old_secret_until", sa.DateTime(), nullable=True),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("off_reason", sa.String(), nullable=False),
        sa.Column("failing_since", sa.DateTime(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_endpoint")),
    )
    op.create_table(
        "webhook_delivery",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("endpoint_id", sa.String(), nullable=False),
        sa.Column("event_number", _NUMBER, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(), nullable=True),
        sa.Column("lease", sa.String(), nullable=True),
        sa.Column("last_at", sa.DateTime(), nullable=True),
        sa.Column("last_status", sa.Integer(), nullable=True),
        sa.Column("last_error", sa.String(), nullable=False),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_webhook_delivery_attempts")),
        sa.ForeignKeyConstraint(
            ["endpoint_id"], ["webhook_endpoint.id"], name=op.f("fk_webhook_delivery_endpoint_id_webhook_endpoint")
        ),
        sa.ForeignKeyConstraint(
            ["event_number"], ["outbox_event.number"], name=op.f("fk_webhook_delivery_event_number_outbox_event")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_delivery")),
        sa.UniqueConstraint(
            "event_number", "endpoint_id", name=op.f("uq_webhook_delivery_event_number_endpoint_id")
        ),
    )
    op.create_index("ix_webhook_delivery_state_next_at", "webhook_delivery", ["state", "next_at"], unique=False)
    op.create_index("ix_webhook_delivery_endpoint_id_id", "webhook_delivery", ["endpoint_id", "id"], unique=False)
    outbox_sequence = sa.table("outbox_sequence", sa.column("id", sa.Integer), sa.column("last", sa.BigInteger))
    op.bulk_insert(outbox_sequence, [{"id": 1, "last": 0}])
