"""The first tables."""

import sqlalchemy as sa
from alembic import op

from crm.db import Moment

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "counter",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("started_at", Moment(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counter")),
    )
    op.create_index(op.f("ix_counter_started_at"), "counter", ["started_at"], unique=False)
    op.create_table(
        "reason",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reason")),
        sa.UniqueConstraint("text", name=op.f("uq_reason_text")),
    )
    op.create_table(
        "search_entry",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("subject_id", sa.String(length=20), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.Column("resume", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_entry")),
        sa.UniqueConstraint("subject_id", name=op.f("uq_search_entry_subject_id")),
    )
    op.create_table(
        "tag",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tag")),
        sa.UniqueConstraint("key", name=op.f("uq_tag_key")),
    )
    op.create_table(
        "team",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team")),
        sa.UniqueConstraint("key", name=op.f("uq_team_key")),
    )
    op.create_table(
        "user",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("access", sa.String(length=10), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("disabled_at", Moment(), nullable=True),
        sa.Column("log_key", sa.String(length=26), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user")),
        sa.UniqueConstraint("email", name=op.f("uq_user_email")),
        sa.UniqueConstraint("log_key", name=op.f("uq_user_log_key")),
    )
    op.create_table(
        "workspace",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workspace")),
    )
    op.create_table(
        "account_link",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("user_id", sa.String(length=20), nullable=False),
        sa.Column("purpose", sa.String(length=12), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("used_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_account_link_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_account_link_token_hash")),
    )
    op.create_index(op.f("ix_account_link_user_id"), "account_link", ["user_id"], unique=False)
    op.create_table(
        "answered",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("user_id", sa.String(length=20), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("request_hash", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_answered_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answered")),
        sa.UniqueConstraint("user_id", "key", name=op.f("uq_answered_user_id_key")),
    )
    op.create_index(op.f("ix_answered_at"), "answered", ["at"], unique=False)
    op.create_table(
        "api_token",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("user_id", sa.String(length=20), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("scope", sa.String(length=5), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("used_at", Moment(), nullable=True),
        sa.Column("revoked_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_api_token_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_token_token_hash")),
    )
    op.create_index(op.f("ix_api_token_user_id"), "api_token", ["user_id"], unique=False)
    op.create_table(
        "colleague",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("company", sa.Text(), nullable=False),
        sa.Column("relation", sa.Text(), nullable=False),
        sa.Column("looking_for", sa.Text(), nullable=False),
        sa.Column("looking_since", Moment(), nullable=True),
        sa.Column("added_by_id", sa.String(length=20), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["added_by_id"], ["user.id"], name=op.f("fk_colleague_added_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_colleague")),
        sa.UniqueConstraint("email", name=op.f("uq_colleague_email")),
    )
    op.create_index("ix_colleague_by_name", "colleague", ["name_key", "id"], unique=False)
    op.create_table(
        "event",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.String(length=20), nullable=True),
        sa.Column("role_id", sa.String(length=20), nullable=True),
        sa.Column("by_id", sa.String(length=20), nullable=True),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_event_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
    )
    op.create_index(op.f("ix_event_by_id"), "event", ["by_id"], unique=False)
    op.create_index("ix_event_subject_at", "event", ["subject_id", "at"], unique=False)
    op.create_table(
        "role",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("needs", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("codename", sa.Text(), nullable=False),
        sa.Column("opens_on", sa.Date(), nullable=True),
        sa.Column("owner_id", sa.String(length=20), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("filled_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["owner_id"], ["user.id"], name=op.f("fk_role_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role")),
    )
    op.create_index(op.f("ix_role_owner_id"), "role", ["owner_id"], unique=False)
    op.create_index("ix_role_status_at", "role", ["status", "changed_at"], unique=False)
    op.create_table(
        "sign_in",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("user_id", sa.String(length=20), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("started_at", Moment(), nullable=False),
        sa.Column("seen_at", Moment(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_sign_in_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sign_in_token_hash")),
    )
    op.create_index(op.f("ix_sign_in_user_id"), "sign_in", ["user_id"], unique=False)
    op.create_table(
        "sign_in_link",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("user_id", sa.String(length=20), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_sign_in_link_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sign_in_link_token_hash")),
    )
    op.create_index(op.f("ix_sign_in_link_user_id"), "sign_in_link", ["user_id"], unique=False)
    op.create_table(
        "team_member",
        sa.Column("user_id", sa.String(length=20), nullable=False),
        sa.Column("team_id", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_team_member_team_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_team_member_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "team_id", name=op.f("pk_team_member")),
    )
    op.create_index(op.f("ix_team_member_team_id"), "team_member", ["team_id"], unique=False)
    op.create_table(
        "closing",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("role_id", sa.String(length=20), nullable=True),
        sa.Column("by_id", sa.String(length=20), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("intent", sa.String(length=80), nullable=False),
        sa.Column("content", sa.String(length=64), nullable=False),
        sa.Column("status_before", sa.String(length=10), nullable=False),
        sa.Column("status_after", sa.String(length=10), nullable=False),
        sa.Column("undone_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_closing_by_id")),
        sa.ForeignKeyConstraint(["role_id"], ["role.id"], name=op.f("fk_closing_role_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closing")),
        sa.UniqueConstraint("by_id", "intent", name=op.f("uq_closing_by_id_intent")),
    )
    op.create_index(op.f("ix_closing_role_id"), "closing", ["role_id"], unique=False)
    op.create_table(
        "role_insider",
        sa.Column("role_id", sa.String(length=20), nullable=False),
        sa.Column("user_id", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(["role_id"], ["role.id"], name=op.f("fk_role_insider_role_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_role_insider_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("role_id", "user_id", name=op.f("pk_role_insider")),
    )
    op.create_index(op.f("ix_role_insider_user_id"), "role_insider", ["user_id"], unique=False)
    op.create_table(
        "candidate",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("full_name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("location", sa.Text(), nullable=False),
        sa.Column("headline", sa.Text(), nullable=False),
        sa.Column("employer", sa.Text(), nullable=False),
        sa.Column("links", sa.JSON(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("availability", sa.Text(), nullable=False),
        sa.Column("notice_period", sa.Text(), nullable=False),
        sa.Column("remote", sa.Text(), nullable=False),
        sa.Column("pay_expectation", sa.Text(), nullable=False),
        sa.Column("said_on", sa.Date(), nullable=True),
        sa.Column("owner_id", sa.String(length=20), nullable=False),
        sa.Column("visibility", sa.String(length=10), nullable=False),
        sa.Column("team_id", sa.String(length=20), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("archived_at", Moment(), nullable=True),
        sa.Column("deleted_at", Moment(), nullable=True),
        sa.Column("next_on", sa.Date(), nullable=True),
        sa.Column("next_why", sa.Text(), nullable=False),
        sa.Column("let_go_at", Moment(), nullable=True),
        sa.Column("last_contact_at", Moment(), nullable=True),
        sa.Column("last_contact_kind", sa.String(length=20), nullable=False),
        sa.Column("closing_id", sa.String(length=20), nullable=True),
        sa.ForeignKeyConstraint(
            ["closing_id"], ["closing.id"], name=op.f("fk_candidate_closing_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["user.id"], name=op.f("fk_candidate_owner_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_candidate_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_candidate")),
    )
    op.create_index(
        "ix_candidate_archived_by_change",
        "candidate",
        ["changed_at", "id"],
        unique=False,
        sqlite_where=sa.text("archived_at IS NOT NULL"),
        postgresql_where=sa.text("archived_at IS NOT NULL"),
    )
    op.create_index(
        "ix_candidate_archived_by_name",
        "candidate",
        ["name_key", "id"],
        unique=False,
        sqlite_where=sa.text("archived_at IS NOT NULL"),
        postgresql_where=sa.text("archived_at IS NOT NULL"),
    )
    op.create_index(
        "ix_candidate_by_change",
        "candidate",
        ["changed_at", "id"],
        unique=False,
        sqlite_where=sa.text("deleted_at IS NULL AND archived_at IS NULL"),
        postgresql_where=sa.text("deleted_at IS NULL AND archived_at IS NULL"),
    )
    op.create_index(
        "ix_candidate_by_contact",
        "candidate",
        ["last_contact_at", "id"],
        unique=False,
        sqlite_where=sa.text("deleted_at IS NULL AND archived_at IS NULL"),
        postgresql_where=sa.text("deleted_at IS NULL AND archived_at IS NULL"),
    )
    op.create_index(
        "ix_candidate_by_name",
        "candidate",
        ["name_key", "id"],
        unique=False,
        sqlite_where=sa.text("deleted_at IS NULL AND archived_at IS NULL"),
        postgresql_where=sa.text("deleted_at IS NULL AND archived_at IS NULL"),
    )
    op.create_index(
        "ix_candidate_by_next",
        "candidate",
        ["next_on", "id"],
        unique=False,
        sqlite_where=sa.text("deleted_at IS NULL AND archived_at IS NULL"),
        postgresql_where=sa.text("deleted_at IS NULL AND archived_at IS NULL"),
    )
    op.create_index(op.f("ix_candidate_closing_id"), "candidate", ["closing_id"], unique=False)
    op.create_index(
        "ix_candidate_deleted_at",
        "candidate",
        ["deleted_at"],
        unique=False,
        sqlite_where=sa.text("deleted_at IS NOT NULL"),
        postgresql_where=sa.text("deleted_at IS NOT NULL"),
    )
    op.create_index(
        "ix_candidate_owner_by_change",
        "candidate",
        ["owner_id", "changed_at", "id"],
        unique=False,
        sqlite_where=sa.text("deleted_at IS NULL AND archived_at IS NULL"),
        postgresql_where=sa.text("deleted_at IS NULL AND archived_at IS NULL"),
    )
    op.create_index(
        "ix_candidate_owner_by_name",
        "candidate",
        ["owner_id", "name_key", "id"],
        unique=False,
        sqlite_where=sa.text("deleted_at IS NULL AND archived_at IS NULL"),
        postgresql_where=sa.text("deleted_at IS NULL AND archived_at IS NULL"),
    )
    op.create_index("ix_candidate_owner_next", "candidate", ["owner_id", "next_on"], unique=False)
    op.create_index(op.f("ix_candidate_team_id"), "candidate", ["team_id"], unique=False)
    op.create_table(
        "application",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("candidate_id", sa.String(length=20), nullable=False),
        sa.Column("role_id", sa.String(length=20), nullable=False),
        sa.Column("stage", sa.String(length=10), nullable=False),
        sa.Column("applied_on", sa.Date(), nullable=True),
        sa.Column("disposition", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("panel", sa.Text(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("by_id", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_application_by_id")),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["candidate.id"], name=op.f("fk_application_candidate_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["role_id"], ["role.id"], name=op.f("fk_application_role_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application")),
        sa.UniqueConstraint("candidate_id", "role_id", name=op.f("uq_application_candidate_id_role_id")),
    )
    op.create_index(op.f("ix_application_role_id"), "application", ["role_id"], unique=False)
    op.create_table(
        "candidate_email",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("candidate_id", sa.String(length=20), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["candidate.id"], name=op.f("fk_candidate_email_candidate_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_candidate_email")),
    )
    op.create_index(op.f("ix_candidate_email_address"), "candidate_email", ["address"], unique=False)
    op.create_index(op.f("ix_candidate_email_candidate_id"), "candidate_email", ["candidate_id"], unique=False)
    op.create_table(
        "candidate_phone",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("candidate_id", sa.String(length=20), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("digits", sa.String(length=20), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["candidate.id"], name=op.f("fk_candidate_phone_candidate_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_candidate_phone")),
    )
    op.create_index(op.f("ix_candidate_phone_candidate_id"), "candidate_phone", ["candidate_id"], unique=False)
    op.create_index(op.f("ix_candidate_phone_digits"), "candidate_phone", ["digits"], unique=False)
    op.create_table(
        "candidate_tag",
        sa.Column("candidate_id", sa.String(length=20), nullable=False),
        sa.Column("tag_id", sa.String(length=20), nullable=False),
        sa.Column("by_id", sa.String(length=20), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_candidate_tag_by_id")),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["candidate.id"], name=op.f("fk_candidate_tag_candidate_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tag_id"], ["tag.id"], name=op.f("fk_candidate_tag_tag_id")),
        sa.PrimaryKeyConstraint("candidate_id", "tag_id", name=op.f("pk_candidate_tag")),
    )
    op.create_index(op.f("ix_candidate_tag_tag_id"), "candidate_tag", ["tag_id"], unique=False)
    op.create_table(
        "consent",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("candidate_id", sa.String(length=20), nullable=False),
        sa.Column("purpose", sa.String(length=10), nullable=False),
        sa.Column("company", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("withdrawn_at", Moment(), nullable=True),
        sa.Column("recorded_at", Moment(), nullable=False),
        sa.Column("by_id", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_consent_by_id")),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["candidate.id"], name=op.f("fk_consent_candidate_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    op.create_index(op.f("ix_consent_candidate_id"), "consent", ["candidate_id"], unique=False)
    op.create_table(
        "hire",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("role_id", sa.String(length=20), nullable=False),
        sa.Column("candidate_id", sa.String(length=20), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("guard_days", sa.Integer(), nullable=False),
        sa.Column("closing_id", sa.String(length=20), nullable=True),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("by_id", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_hire_by_id")),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["candidate.id"], name=op.f("fk_hire_candidate_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["closing_id"], ["closing.id"], name=op.f("fk_hire_closing_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["role_id"], ["role.id"], name=op.f("fk_hire_role_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hire")),
    )
    op.create_index(op.f("ix_hire_candidate_id"), "hire", ["candidate_id"], unique=False)
    op.create_index(op.f("ix_hire_closing_id"), "hire", ["closing_id"], unique=False)
    op.create_index(op.f("ix_hire_role_id"), "hire", ["role_id"], unique=False)
    op.create_table(
        "place",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("role_id", sa.String(length=20), nullable=False),
        sa.Column("candidate_id", sa.String(length=20), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("good_until", sa.Date(), nullable=True),
        sa.Column("removed_at", Moment(), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["candidate.id"], name=op.f("fk_place_candidate_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["role_id"], ["role.id"], name=op.f("fk_place_role_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place")),
        sa.UniqueConstraint("role_id", "candidate_id", name=op.f("uq_place_role_id_candidate_id")),
    )
    op.create_index(op.f("ix_place_candidate_id"), "place", ["candidate_id"], unique=False)
    op.create_table(
        "resume",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("candidate_id", sa.String(length=20), nullable=True),
        sa.Column("file_key", sa.String(length=40), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=4), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("uploaded_at", Moment(), nullable=False),
        sa.Column("by_id", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("trouble", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("previews", sa.JSON(), nullable=False),
        sa.Column("proposed", sa.JSON(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("claimed_until", Moment(), nullable=True),
        sa.Column("removed_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_resume_by_id")),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["candidate.id"], name=op.f("fk_resume_candidate_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resume")),
        sa.UniqueConstraint("file_key", name=op.f("uq_resume_file_key")),
    )
    op.create_index(op.f("ix_resume_by_id"), "resume", ["by_id"], unique=False)
    op.create_index(
        "ix_resume_waiting",
        "resume",
        ["uploaded_at"],
        unique=False,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index(
        "uq_resume_candidate_sha256",
        "resume",
        ["candidate_id", "sha256"],
        unique=True,
        sqlite_where=sa.text("removed_at IS NULL"),
        postgresql_where=sa.text("removed_at IS NULL"),
    )
    op.create_table(
        "banked",
        sa.Column("closing_id", sa.String(length=20), nullable=False),
        sa.Column("candidate_id", sa.String(length=20), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("resume_id", sa.String(length=20), nullable=True),
        sa.Column("tag_ids", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["candidate.id"], name=op.f("fk_banked_candidate_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["closing_id"], ["closing.id"], name=op.f("fk_banked_closing_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["resume_id"], ["resume.id"], name=op.f("fk_banked_resume_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("closing_id", "candidate_id", name=op.f("pk_banked")),
    )
    op.create_index(op.f("ix_banked_candidate_id"), "banked", ["candidate_id"], unique=False)
    op.create_index(op.f("ix_banked_resume_id"), "banked", ["resume_id"], unique=False)
    op.create_table(
        "touchpoint",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("candidate_id", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("direction", sa.String(length=3), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("by_id", sa.String(length=20), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("next_before", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_touchpoint_by_id")),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["candidate.id"], name=op.f("fk_touchpoint_candidate_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_touchpoint")),
    )
    op.create_index("ix_touchpoint_candidate_at", "touchpoint", ["candidate_id", "at"], unique=False)
    op.create_table(
        "debrief",
        sa.Column("application_id", sa.String(length=20), nullable=False),
        sa.Column("margin", sa.Text(), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("missing", sa.Text(), nullable=False),
        sa.Column("would_change", sa.Text(), nullable=False),
        sa.Column("hire_for", sa.JSON(), nullable=False),
        sa.Column("agreed", sa.Text(), nullable=False),
        sa.Column("call_again_on", sa.Date(), nullable=True),
        sa.Column("written_at", Moment(), nullable=False),
        sa.Column("by_id", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_debrief_application_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_debrief_by_id")),
        sa.PrimaryKeyConstraint("application_id", name=op.f("pk_debrief")),
    )
    op.create_table(
        "forward",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("candidate_id", sa.String(length=20), nullable=False),
        sa.Column("colleague_id", sa.String(length=20), nullable=False),
        sa.Column("resume_id", sa.String(length=20), nullable=True),
        sa.Column("consent_id", sa.String(length=20), nullable=False),
        sa.Column("to_address", sa.Text(), nullable=False),
        sa.Column("company", sa.Text(), nullable=False),
        sa.Column("position", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("deliver", sa.String(length=10), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("by_id", sa.String(length=20), nullable=False),
        sa.Column("intent", sa.String(length=80), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("opened_at", Moment(), nullable=True),
        sa.Column("answered_at", Moment(), nullable=True),
        sa.Column("answer", sa.String(length=12), nullable=False),
        sa.Column("answer_words", sa.Text(), nullable=False),
        sa.Column("answer_seen_at", Moment(), nullable=True),
        sa.Column("revoked_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_forward_by_id")),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["candidate.id"], name=op.f("fk_forward_candidate_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["colleague_id"], ["colleague.id"], name=op.f("fk_forward_colleague_id")),
        sa.ForeignKeyConstraint(["consent_id"], ["consent.id"], name=op.f("fk_forward_consent_id")),
        sa.ForeignKeyConstraint(["resume_id"], ["resume.id"], name=op.f("fk_forward_resume_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forward")),
        sa.UniqueConstraint("by_id", "intent", name=op.f("uq_forward_by_id_intent")),
    )
    op.create_index("ix_forward_by_created", "forward", ["by_id", "created_at"], unique=False)
    op.create_index(op.f("ix_forward_candidate_id"), "forward", ["candidate_id"], unique=False)
    op.create_index(op.f("ix_forward_colleague_id"), "forward", ["colleague_id"], unique=False)
    op.create_index(op.f("ix_forward_consent_id"), "forward", ["consent_id"], unique=False)
    op.create_index(op.f("ix_forward_resume_id"), "forward", ["resume_id"], unique=False)
    op.create_table(
        "forward_link",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("forward_id", sa.String(length=20), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("minted_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["forward_id"], ["forward.id"], name=op.f("fk_forward_link_forward_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forward_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_forward_link_token_hash")),
    )
    op.create_index(op.f("ix_forward_link_forward_id"), "forward_link", ["forward_id"], unique=False)
    op.create_table(
        "personal_letter",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("candidate_id", sa.String(length=20), nullable=False),
        sa.Column("role_id", sa.String(length=20), nullable=True),
        sa.Column("purpose", sa.String(length=10), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("by_id", sa.String(length=20), nullable=False),
        sa.Column("touchpoint_id", sa.String(length=20), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["candidate.id"], name=op.f("fk_personal_letter_candidate_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["role_id"], ["role.id"], name=op.f("fk_personal_letter_role_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_personal_letter_by_id")),
        sa.ForeignKeyConstraint(
            ["touchpoint_id"], ["touchpoint.id"], name=op.f("fk_personal_letter_touchpoint_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_personal_letter")),
    )
    for column in ("candidate_id", "role_id", "by_id", "touchpoint_id"):
        op.create_index(op.f(f"ix_personal_letter_{column}"), "personal_letter", [column], unique=False)
    op.create_table(
        "letter",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("blocked_why", sa.String(length=12), nullable=False),
        sa.Column("to_address", sa.Text(), nullable=False),
        sa.Column("to_name", sa.Text(), nullable=False),
        sa.Column("by_id", sa.String(length=20), nullable=True),
        sa.Column("forward_id", sa.String(length=20), nullable=True),
        sa.Column("account_link_id", sa.String(length=20), nullable=True),
        sa.Column("personal_letter_id", sa.String(length=20), nullable=True),
        sa.Column("intent", sa.String(length=80), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("reply_key", sa.String(length=26), nullable=False),
        sa.Column("notice_key", sa.String(length=26), nullable=False),
        sa.Column("to_mailbox", sa.Text(), nullable=False),
        sa.Column("to_domain", sa.String(length=255), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("not_before", Moment(), nullable=False),
        sa.Column("claimed_by", sa.String(length=80), nullable=False),
        sa.Column("lease_until", Moment(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_reply", sa.Text(), nullable=False),
        sa.Column("in_doubt_at", Moment(), nullable=True),
        sa.Column("restored_at", Moment(), nullable=True),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.Column("seen_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_link_id"], ["account_link.id"], name=op.f("fk_letter_account_link_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_letter_by_id")),
        sa.ForeignKeyConstraint(["forward_id"], ["forward.id"], name=op.f("fk_letter_forward_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["personal_letter_id"],
            ["personal_letter.id"],
            name=op.f("fk_letter_personal_letter_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter")),
        sa.UniqueConstraint("intent", name=op.f("uq_letter_intent")),
        sa.UniqueConstraint("message_id", name=op.f("uq_letter_message_id")),
        sa.UniqueConstraint("reply_key", name=op.f("uq_letter_reply_key")),
        sa.UniqueConstraint("notice_key", name=op.f("uq_letter_notice_key")),
    )
    op.create_index("ix_letter_in_doubt_at", "letter", ["in_doubt_at"], unique=False)
    op.create_index(op.f("ix_letter_to_mailbox"), "letter", ["to_mailbox"], unique=False)
    op.create_index(op.f("ix_letter_account_link_id"), "letter", ["account_link_id"], unique=False)
    op.create_index(op.f("ix_letter_by_id"), "letter", ["by_id"], unique=False)
    op.create_index(op.f("ix_letter_forward_id"), "letter", ["forward_id"], unique=False)
    op.create_index(op.f("ix_letter_personal_letter_id"), "letter", ["personal_letter_id"], unique=False)
    op.create_index("ix_letter_state_not_before", "letter", ["state", "not_before"], unique=False)
    op.create_table(
        "kept_mail",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("letter_id", sa.String(length=20), nullable=False),
        sa.Column("kept_at", Moment(), nullable=False),
        sa.Column("to_address", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["letter_id"], ["letter.id"], name=op.f("fk_kept_mail_letter_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_mail")),
        sa.UniqueConstraint("letter_id", name=op.f("uq_kept_mail_letter_id")),
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_banked_resume_id"), table_name="banked")
    op.drop_index(op.f("ix_banked_candidate_id"), table_name="banked")
    op.drop_table("banked")
    op.drop_table("kept_mail")
    op.drop_index(op.f("ix_letter_to_mailbox"), table_name="letter")
    op.drop_index("ix_letter_in_doubt_at", table_name="letter")
    op.drop_index("ix_letter_state_not_before", table_name="letter")
    op.drop_index(op.f("ix_letter_forward_id"), table_name="letter")
    op.drop_index(op.f("ix_letter_personal_letter_id"), table_name="letter")
    op.drop_index(op.f("ix_letter_by_id"), table_name="letter")
    op.drop_index(op.f("ix_letter_account_link_id"), table_name="letter")
    op.drop_table("letter")
    for column in ("touchpoint_id", "by_id", "role_id", "candidate_id"):
        op.drop_index(op.f(f"ix_personal_letter_{column}"), table_name="personal_letter")
    op.drop_table("personal_letter")
    op.drop_index(op.f("ix_forward_link_forward_id"), table_name="forward_link")
    op.drop_table("forward_link")
    op.drop_index(op.f("ix_forward_resume_id"), table_name="forward")
    op.drop_index(op.f("ix_forward_consent_id"), table_name="forward")
    op.drop_index(op.f("ix_forward_colleague_id"), table_name="forward")
    op.drop_index(op.f("ix_forward_candidate_id"), table_name="forward")
    op.drop_index("ix_forward_by_created", table_name="forward")
    op.drop_table("forward")
    op.drop_table("debrief")
    op.drop_index("ix_touchpoint_candidate_at", table_name="touchpoint")
    op.drop_table("touchpoint")
    op.drop_index(
        "uq_resume_candidate_sha256",
        table_name="resume",
        sqlite_where=sa.text("removed_at IS NULL"),
        postgresql_where=sa.text("removed_at IS NULL"),
    )
    op.drop_index(
        "ix_resume_waiting",
        table_name="resume",
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.drop_index(op.f("ix_resume_by_id"), table_name="resume")
    op.drop_table("resume")
    op.drop_index(op.f("ix_place_candidate_id"), table_name="place")
    op.drop_table("place")
    op.drop_index(op.f("ix_hire_role_id"), table_name="hire")
    op.drop_index(op.f("ix_hire_closing_id"), table_name="hire")
    op.drop_index(op.f("ix_hire_candidate_id"), table_name="hire")
    op.drop_table("hire")
    op.drop_index(op.f("ix_consent_candidate_id"), table_name="consent")
    op.drop_table("consent")
    op.drop_index(op.f("ix_candidate_tag_tag_id"), table_name="candidate_tag")
    op.drop_table("candidate_tag")
    op.drop_index(op.f("ix_candidate_phone_digits"), table_name="candidate_phone")
    op.drop_index(op.f("ix_candidate_phone_candidate_id"), table_name="candidate_phone")
    op.drop_table("candidate_phone")
    op.drop_index(op.f("ix_candidate_email_candidate_id"), table_name="candidate_email")
    op.drop_index(op.f("ix_candidate_email_address"), table_name="candidate_email")
    op.drop_table("candidate_email")
    op.drop_index(op.f("ix_application_role_id"), table_name="application")
    op.drop_table("application")
    op.drop_index(op.f("ix_candidate_team_id"), table_name="candidate")
    op.drop_index("ix_candidate_owner_next", table_name="candidate")
    op.drop_index(
        "ix_candidate_deleted_at",
        table_name="candidate",
        sqlite_where=sa.text("deleted_at IS NOT NULL"),
        postgresql_where=sa.text("deleted_at IS NOT NULL"),
    )
    op.drop_index(op.f("ix_candidate_closing_id"), table_name="candidate")
    op.drop_index(
        "ix_candidate_by_next",
        table_name="candidate",
        sqlite_where=sa.text("deleted_at IS NULL AND archived_at IS NULL"),
        postgresql_where=sa.text("deleted_at IS NULL AND archived_at IS NULL"),
    )
    op.drop_index(
        "ix_candidate_by_name",
        table_name="candidate",
        sqlite_where=sa.text("deleted_at IS NULL AND archived_at IS NULL"),
        postgresql_where=sa.text("deleted_at IS NULL AND archived_at IS NULL"),
    )
    op.drop_index(
        "ix_candidate_by_change",
        table_name="candidate",
        sqlite_where=sa.text("deleted_at IS NULL AND archived_at IS NULL"),
        postgresql_where=sa.text("deleted_at IS NULL AND archived_at IS NULL"),
    )
    op.drop_table("candidate")
    op.drop_index(op.f("ix_role_insider_user_id"), table_name="role_insider")
    op.drop_table("role_insider")
    op.drop_index(op.f("ix_closing_role_id"), table_name="closing")
    op.drop_table("closing")
    op.drop_index(op.f("ix_team_member_team_id"), table_name="team_member")
    op.drop_table("team_member")
    op.drop_index(op.f("ix_sign_in_link_user_id"), table_name="sign_in_link")
    op.drop_table("sign_in_link")
    op.drop_index(op.f("ix_sign_in_user_id"), table_name="sign_in")
    op.drop_table("sign_in")
    op.drop_index("ix_role_status_at", table_name="role")
    op.drop_index(op.f("ix_role_owner_id"), table_name="role")
    op.drop_table("role")
    op.drop_index("ix_event_subject_at", table_name="event")
    op.drop_index(op.f("ix_event_by_id"), table_name="event")
    op.drop_table("event")
    op.drop_index("ix_colleague_by_name", table_name="colleague")
    op.drop_table("colleague")
    op.drop_index(op.f("ix_api_token_user_id"), table_name="api_token")
    op.drop_table("api_token")
    op.drop_index(op.f("ix_answered_at"), table_name="answered")
    op.drop_table("answered")
    op.drop_index(op.f("ix_account_link_user_id"), table_name="account_link")
    op.drop_table("account_link")
    op.drop_table("workspace")
    op.drop_table("user")
    op.drop_table("team")
    op.drop_table("tag")
    op.drop_table("search_entry")
    op.drop_table("reason")
    op.drop_index(op.f("ix_counter_started_at"), table_name="counter")
    op.drop_table("counter")
