"""${message}."""

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}


def upgrade() -> None:
    """Change the tables to this revision."""
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    """Change the tables back."""
    ${downgrades if downgrades else "pass"}
