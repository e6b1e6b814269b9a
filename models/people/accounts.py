"""Who may sign in: passwords, first passwords, demo accounts, and what ends a session."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple, Protocol

import argon2
import peewee

from models.actor import SYSTEM, Actor, Source
from models.errors import Invalid, NotFound
from models.people.sign_in_log import SignIn, SignInLog, SignInRefused
from models.storage.build import Models, model
from schema.text import Locale, Text

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 1000

_ACCOUNT = Text("账号", "account")
_WRONG = Text("用户名或密码不正确。", "The user name or the password is wrong.")
_SHORT = Text("密码至少 {least} 个字符。", "A password has at least {least} characters.")
_LONG = Text("密码最多 {most} 个字符。", "A password has at most {most} characters.")
_NAMESAKE = Text("密码不能与用户名相同。", "The password must not be the user name.")
_MONOTONE = Text("密码不能由同一个字符重复组成。", "The password must not be one character repeated.")

_hasher = argon2.PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_NOBODY = _hasher.hash("nobody has this password")
"""Checked for names that do not exist, so that they take as long as others."""


class Writes(Protocol):
    """The store, as far as accounts need it."""

    def create(self, actor: Actor, entity: str, values: dict[str, Any], source: Source) -> int: ...

    def update(
        self, actor: Actor, entity: str, id: int, values: dict[str, Any], source: Source, version: int | None = None
    ) -> bool: ...


@dataclass(frozen=True, slots=True)
class Account:
    """A user as accounts know them; ``has_password`` is false until one was set: they cannot sign in yet."""

    id: int
    username: str
    name: str
    roles: frozenset[str]
    active: bool
    demo: bool
    has_password: bool


@dataclass(frozen=True, slots=True)
class Session:
    """What one query tells about a signed-in person. Its ``token`` changes with password, roles and standing."""

    actor: Actor
    token: str
    must_change: bool


_OF_USER = ("id", "username", "name", "roles", "locale", "active")


class _Row(NamedTuple):
    """A user with what their account adds; that part is None for one without a password."""

    id: int
    username: str
    name: str
    roles: tuple[str, ...] | None
    locale: str | None
    active: bool
    password_hash: str | None
    password_version: int | None
    must_change: bool | None
    demo: bool | None


class Accounts:
    """The secrets of the records of ``user``, in the table ``_account``."""

    def __init__(self, database: peewee.Database, models: Models, store: Writes) -> None:
        self.database, self.store = database, store
        self.user: Any = models["user"]
        self.table: Any = _account_table(self.user, database)
        self.log = SignInLog(database)
        parts = ((self.user if name in _OF_USER else self.table, name) for name in _Row._fields)
        self._columns = [getattr(table, name) for table, name in parts]
        self._readers = [column.python_value for column in self._columns]
        self._id_sql = ""

    def create_table(self) -> None:
        """Make the tables of accounts and of attempts to sign in if they are not there yet."""
        self.database.create_tables([self.table], safe=True)
        self.log.create_table()

    def add(
        self, username: str, name: str, roles: Iterable[str], password: str, *,
        demo: bool = False, must_change: bool = False, by: Actor = SYSTEM,
    ) -> int:  # fmt: skip
        """The id of a new user who can sign in; raises Invalid and Duplicate, and then nothing is made.

        The password of a demo account is not held to the rules: it opens nothing outside this machine.
        """
        if not demo:
            check_password(password, username)
        values = {"username": username, "name": name, "roles": tuple(roles), "active": True}
        with self.database.atomic():
            id = self.store.create(by, "user", values, Source("demo" if demo else "cli"))
            self._keep(id, _hasher.hash(password), must_change=must_change, demo=demo)
        return id

    def verify(self, username: str, password: str, address: str, now: datetime) -> Actor | SignInRefused:
        """The person whose password this is, or why not; every call is logged and counts against guessing."""
        name = _storable(username.strip())
        attempt = self.log.begin(name, address, now)
        if isinstance(attempt, SignInRefused):
            return attempt
        row = self._row(self.user.username == name)
        right = _matches(row.password_hash if row and row.password_hash else _NOBODY, password)
        good = bool(row and row.password_hash and row.active and right)
        self.log.settle(attempt, good=good)
        return _actor(row) if row and good else SignInRefused(_WRONG)

    def is_password(self, id: int, password: str) -> bool:
        """Whether this is the user's present password."""
        row = self._by_id(id)
        return bool(row and row.password_hash and _matches(row.password_hash, password))

    def set_password(self, id: int, password: str, *, must_change: bool = False) -> None:
        """Give a user a new password, which ends their sessions; raises NotFound, Invalid.

        With ``must_change`` they have to choose their own at the next sign-in. It is no longer a demo account then.
        """
        row = self._by_id(id)
        if row is None:
            raise NotFound(_ACCOUNT)
        check_password(password, row.username)
        with self.database.atomic():
            self._keep(id, _hasher.hash(password), must_change=must_change, demo=False)
            self.log.pardon(row.username)

    def set_demo_password(self, password: str) -> bool:
        """Give every demo account this password; whether it was another one until now, which ends their sessions.

        They share one password, so the first tells for all.
        """
        ids = [account.id for account in self.list() if account.demo]
        if not ids or self.is_password(ids[0], password):
            return False
        with self.database.atomic():
            for id in ids:
                self._keep(id, _hasher.hash(password), must_change=False, demo=True)
        return True

    def set_roles(self, id: int, roles: Iterable[str], by: Actor = SYSTEM) -> bool:
        """Whether the roles changed; a change ends the user's sessions. Raises NotFound, Invalid."""
        return self.store.update(by, "user", id, {"roles": tuple(roles)}, Source("cli"))

    def set_locale(self, actor: Actor, locale: Locale) -> None:
        """Keep the language a person reads in; everyone may choose their own."""
        if actor.id is not None:
            self.store.update(replace(actor, system=True), "user", actor.id, {"locale": locale}, Source("form"))

    def disable(self, id: int, by: Actor = SYSTEM) -> bool:
        """Whether the user could sign in until now; ends their sessions. Raises NotFound."""
        return self.store.update(by, "user", id, {"active": False}, Source("cli"))

    def list(self) -> Sequence[Account]:
        """All users by name."""
        return [
            Account(r.id, r.username, r.name, frozenset(r.roles or ()), r.active, bool(r.demo), bool(r.password_hash))
            for r in map(_Row._make, self._rows().order_by(self.user.username).tuples())
        ]

    def id_of(self, username: str) -> int:
        """The id of the user with this name; raises NotFound."""
        row = self._row(self.user.username == _storable(username))
        if row is None:
            raise NotFound(_ACCOUNT)
        return int(row.id)

    def has_demo(self) -> bool:
        """Whether a demo account with its shared password can still sign in."""
        waiting = self.table.demo & self.user.active
        return bool(self.user.select().join(self.table, on=self._mine()).where(waiting).exists())

    def sign_ins(self, id: int, limit: int = 20) -> Sequence[SignIn]:
        """The newest attempts to sign in under a user's name."""
        row = self._by_id(id)
        return self.log.of(row.username, limit) if row else ()

    def session_token(self, id: int) -> str | None:
        """What a session of this user carries; it stops being true when password, roles or standing change."""
        row = self._by_id(id)
        return _token(row) if row and row.password_hash and row.active else None

    def session(self, token: str) -> Session | None:
        """Whose session this is, by one query; None once it has ended."""
        id = token.partition(".")[0]
        row = self._by_id(int(id)) if id.isascii() and id.isdigit() and len(id) < 19 else None
        if row is None or not row.active or not row.password_hash or not hmac.compare_digest(_token(row), token):
            return None
        return Session(_actor(row), token, bool(row.must_change))

    def actor(self, id: int) -> Actor | None:
        """The user as one who asks, whether or not they can sign in; None for an unknown id. One query."""
        row = self._by_id(id)
        return _actor(row) if row else None

    def actors(self, roles: Iterable[str], ids: Iterable[int]) -> Sequence[Actor]:
        """Everyone with one of the roles or one of the ids, as one who asks; nobody who is switched off. One query."""
        wanted, named = frozenset(roles), frozenset(ids)
        rows = map(_Row._make, self._rows().where(self.user.active).order_by(self.user.id).tuples())
        return [_actor(row) for row in rows if row.id in named or wanted.intersection(row.roles or ())]

    def _mine(self) -> Any:
        return self.table.user_id == self.user.id

    def _rows(self) -> Any:
        return self.user.select(*self._columns).join(self.table, peewee.JOIN.LEFT_OUTER, on=self._mine())

    def _row(self, which: Any) -> _Row | None:
        return next(map(_Row._make, self._rows().where(which).tuples()), None)

    def _by_id(self, id: int) -> _Row | None:
        """The row of a user. Every request asks for one, so the SQL is worked out only once."""
        if not self._id_sql:
            self._id_sql = self._rows().where(self.user.id == 0).sql()[0]
        database: Any = self.database
        found = database.execute_sql(self._id_sql, (id,)).fetchone()
        return _Row(*(read(value) for read, value in zip(self._readers, found, strict=True))) if found else None

    def _keep(self, id: int, password_hash: str, *, must_change: bool, demo: bool) -> None:
        own = self.table
        values = {"password_hash": password_hash, "must_change": must_change, "demo": demo}
        version = own.password_version + 1
        if not own.update(**values, password_version=version).where(own.user_id == id).execute():
            own.insert(user_id=id, password_version=1, **values).execute()


def check_password(password: str, username: str) -> None:
    """Raise Invalid, naming ``password``, unless it is fit to be one."""
    problems = []
    if len(password) < SHORTEST_PASSWORD:
        problems.append(_SHORT.with_(least=SHORTEST_PASSWORD))
    if len(password) > LONGEST_PASSWORD:
        problems.append(_LONG.with_(most=LONGEST_PASSWORD))
    if password.casefold() == username.casefold():
        problems.append(_NAMESAKE)
    if len(password) >= SHORTEST_PASSWORD and len(set(password)) == 1:
        problems.append(_MONOTONE)
    if problems:
        raise Invalid({"password": problems}, {"password": Text("密码", "Password")})


def _account_table(user: Any, database: peewee.Database) -> Any:
    """A user with a password is not deleted but switched off, so their account holds on to the record."""
    columns = {
        "user_id": peewee.BigIntegerField(
            primary_key=True,
            constraints=[peewee.SQL(f'REFERENCES "{user._meta.table_name}" ("id") ON DELETE RESTRICT')],
        ),
        "password_hash": peewee.TextField(),
        "password_version": peewee.IntegerField(),
        "must_change": peewee.BooleanField(),
        "demo": peewee.BooleanField(),
    }
    return model("_account", columns, database)


def _storable(name: str) -> str:
    """A name as any database can look for it: what no text may hold becomes a sign that no name holds."""
    return "".join("\ufffd" if sign == "\x00" or "\ud800" <= sign <= "\udfff" else sign for sign in name)


def _matches(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password[:LONGEST_PASSWORD])
    except argon2.exceptions.VerifyMismatchError:
        return False


def _token(row: _Row) -> str:
    roles = hashlib.sha256("|".join(sorted(row.roles or ())).encode()).hexdigest()[:12]
    return f"{row.id}.{row.password_version}.{roles}"


def _actor(row: _Row) -> Actor:
    locale: Locale = "en" if row.locale == "en" else "zh"
    return Actor(int(row.id), row.name, frozenset(row.roles or ()), locale)
