"""Which versions the schema serves, so that an older process may go on beside a newer one."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    made = op.create_table(
        "schema_state",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("serves_from", sa.String(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_schema_state_single_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schema_state")),
    )
    op.bulk_insert(made, [{"id": 1, "serves_from": "0001"}])
