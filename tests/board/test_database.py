"""The tables are made once, by migrations that agree with what the store uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from gapmap.board.database import Database
from gapmap.board.store import open_store
from gapmap.board.tables import SCHEMA_REVISION, metadata
from gapmap.errors import RequestError, StoreError

if TYPE_CHECKING:
    from pathlib import Path


def migrations() -> Config:
    config = Config()
    config.set_main_option("script_location", "gapmap.board:migrations")
    return config


def test_the_migrations_make_the_tables_that_the_store_uses(empty_url: str) -> None:
    database = Database(empty_url)
    with database.writing() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        assert context.get_current_revision() == SCHEMA_REVISION
        names = set(sa.inspect(connection).get_table_names())
    assert names == {*metadata.tables, "alembic_version"}
    database.close()


def test_the_store_knows_the_newest_migration() -> None:
    assert ScriptDirectory.from_config(migrations()).get_heads() == [SCHEMA_REVISION]


def test_the_first_migration_can_be_taken_back(empty_url: str) -> None:
    database = Database(empty_url)
    config = migrations()
    with database.writing() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    with database.reading() as connection:
        assert set(sa.inspect(connection).get_table_names()) == {"alembic_version"}
    database.close()
    Database(empty_url).close()
    with open_store(empty_url) as store:
        assert store.boards() == ()


def test_a_database_of_a_newer_version_is_left_alone(empty_url: str) -> None:
    database = Database(empty_url)
    with database.writing() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    database.close()
    with pytest.raises(StoreError, match=r"newer gapmap \(tables 9999"):
        open_store(empty_url)


@pytest.mark.parametrize(
    "address",
    ["", "nonsense", "mysql://x/y", "sqlite://", "sqlite:///:memory:", "postgresql+asyncpg://h/n"],
)
def test_an_address_of_another_kind_is_refused(address: str) -> None:
    with pytest.raises(RequestError, match=r"Write sqlite:///"):
        Database(address)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_the_usual_names_of_postgresql_are_understood(shared_database: str, scheme: str) -> None:
    database = Database(shared_database.replace("postgresql+psycopg", scheme))
    assert not database.is_sqlite
    database.close()


def test_a_folder_is_made_for_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    Database("sqlite:///~/deep/down/boards.db").close()
    assert (tmp_path / "deep" / "down" / "boards.db").is_file()


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match="cannot be made"):
        Database(f"sqlite:///{tmp_path}/file/boards.db")


def test_a_file_that_is_no_database_is_said(tmp_path: Path) -> None:
    (tmp_path / "boards.db").write_text("GEOID,partner\n" * 100)
    with pytest.raises(StoreError, match="not a database"):
        Database(f"sqlite:///{tmp_path}/boards.db")


def test_what_was_acknowledged_is_on_the_disk(shared_file: str) -> None:
    database = Database(shared_file)
    with database.reading() as connection:
        for pragma, wanted in (("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1)):
            found = connection.exec_driver_sql(f"PRAGMA {pragma}").scalar()
            assert found == wanted, pragma
    database.close()
