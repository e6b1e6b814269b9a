"""A backup is the whole office in one file, made while it runs, and it brings the office back."""

from __future__ import annotations

import sqlite3
import zipfile

import pytest

from models.storage import backup
from tests.migrations.conftest import Workshop

COLOUR = "colour: {type: text, label: {zh: 颜色, en: Colour}}"


@pytest.fixture
def tampered(workshop: Workshop):
    """Makes what somebody does to the office after the backup."""

    def tamper() -> None:
        workshop.rows("UPDATE tool SET colour = 'gone' RETURNING id")
        workshop.insert("tool", {"id": 50, "code": "later"})
        (workshop.home.var / "files" / "a").write_bytes(b"overwritten")

    return tamper


@pytest.fixture(autouse=True)
def files(workshop: Workshop):
    """
    files/a     a picture
    secret.key  the key of the sessions
    """
    (workshop.home.var / "files").mkdir()
    (workshop.home.var / "files" / "a").write_bytes(b"picture")
    (workshop.home.var / "secret.key").write_bytes(b"key")


def restored(workshop: Workshop, tampered, target) -> None:
    before = workshop.everything()
    tampered()
    backup.restore(target, workshop.db, workshop.home.var)
    assert workshop.everything() == before
    assert (workshop.home.var / "files" / "a").read_bytes() == b"picture"


@pytest.mark.both_engines
def test_a_backup_brings_records_and_files_back(workshop: Workshop, tampered, tmp_path):
    target = backup.back_up(workshop.db, workshop.home.var, tmp_path / "office.zip")
    names = zipfile.ZipFile(target).namelist()
    assert {"var/files/a", "var/secret.key"} < set(names)
    assert not [name for name in names if name.startswith("var/office.db")]
    assert target.stat().st_mode & 0o077 == 0
    restored(workshop, tampered, target)


@pytest.mark.both_engines
def test_ids_go_on_counting_after_a_restore(workshop: Workshop, tampered, tmp_path):
    target = backup.back_up(workshop.db, workshop.home.var, tmp_path / "office.zip")
    restored(workshop, tampered, target)
    workshop.insert("tool", {"code": "next"})
    assert workshop.rows("SELECT id FROM tool WHERE code = 'next'") == [(8,)]
    with pytest.raises(Exception, match=r"(?i)foreign key|violates"):
        workshop.rows("DELETE FROM shed WHERE id = 2 RETURNING id")


@pytest.mark.both_engines
def test_a_backup_of_an_earlier_schema_brings_that_schema_back(workshop: Workshop, tmp_path):
    """The office is then migrated again when it is opened."""
    target = backup.back_up(workshop.db, workshop.home.var, tmp_path / "office.zip")
    before = workshop.everything()
    loan = """
  loan:
    label: {zh: 借用, en: Loan}
    title: "{tool}"
    fields: {tool: {type: ref, to: gear, required: true, label: {zh: 工具, en: Tool}}}
    access: {read: {admin: all}}
"""
    workshop.go(("\n  tool:\n", f"{loan}\n  gear:\n    was: [tool]\n"))
    workshop.insert("loan", {"tool_id": 7})
    backup.restore(target, workshop.db, workshop.home.var)
    assert workshop.everything() == before
    workshop.go()
    assert workshop.column("gear", "colour")[2] == "blue" and workshop.column("loan", "tool_id") == {}


@pytest.mark.both_engines
def test_a_backup_before_a_migration_lies_in_the_office(workshop: Workshop):
    from models.migrations import apply

    plan = workshop.to((COLOUR, COLOUR.replace("text,", "text, required: true, default: grey,")))
    made = []
    apply(plan, (), lambda: made.append(backup.before_migration(workshop.db, workshop.home.var)))
    (path,) = made
    assert path.parent == workshop.home.var / "backups"
    assert workshop.column("tool", "colour")[7] == "grey"


def test_the_copy_holds_what_others_had_committed(workshop: Workshop, tmp_path):
    target = backup.back_up(workshop.db, workshop.home.var, tmp_path / "office.zip")
    zipfile.ZipFile(target).extract("database.sqlite", tmp_path)
    with sqlite3.connect(tmp_path / "database.sqlite") as copy:
        assert copy.execute("SELECT COUNT(*) FROM tool").fetchone() == (4,)
    copy.close()


def test_earlier_backups_are_left_out(workshop: Workshop):
    first = backup.back_up(workshop.db, workshop.home.var, workshop.home.var / "backups" / "one.zip")
    second = backup.back_up(workshop.db, workshop.home.var, workshop.home.var / "backups" / "two.zip")
    assert first.name not in " ".join(zipfile.ZipFile(second).namelist())


@pytest.mark.both_engines
def test_another_file_is_no_backup(workshop: Workshop, tmp_path):
    with zipfile.ZipFile(tmp_path / "holiday.zip", "w") as archive:
        archive.writestr("beach.jpg", b"")
    before = workshop.everything()
    with pytest.raises(backup.BadBackup, match=r"holiday\.zip is no backup"):
        backup.restore(tmp_path / "holiday.zip", workshop.db, workshop.home.var)
    (tmp_path / "holiday.zip").write_bytes(b"no zip at all")
    with pytest.raises(backup.BadBackup):
        backup.restore(tmp_path / "holiday.zip", workshop.db, workshop.home.var)
    assert workshop.everything() == before


def test_a_backup_cannot_write_outside_the_office(workshop: Workshop, tmp_path):
    target = backup.back_up(workshop.db, workshop.home.var, tmp_path / "office.zip")
    with zipfile.ZipFile(target, "a") as archive:
        archive.writestr("var/files/../../outside", b"")
    with pytest.raises(backup.BadBackup):
        backup.restore(target, workshop.db, workshop.home.var)
    assert not (workshop.home.var.parent / "outside").exists()
