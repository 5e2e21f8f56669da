"""Which tables a statement brings together, and whether a distributed database would do it.

There the rows of a table lie where the first column of its key says. A statement over several
tables is done in one place each, where all of them are held together by that column: by equality
with one another, or with the same value that is given. Everything else is refused (complex joins).

What is given as a list (``json_each``, ``unnest``) is no table in this sense; nor is one without a
key, as a connection's own temporary table and the database's catalogue.
"""

from __future__ import annotations

import itertools
import sys
import weakref
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Dialect, Engine, Table, event
from sqlalchemy.sql import dml, elements, operators, selectable

from storage import DirectStatement

SERVICES = ("oqs_sim", "intermediate_server", "clinic_client")
Node = tuple[Any, ...]

_WAITING_POST = "intermediate_server.store.waiting_post"
APART_FOR_A_REASON = dict.fromkeys(
    (
        f"{_WAITING_POST}.{name}"
        for name in ("_IN_POSTING_ORDER", "_COUNT", "_KEYS", "_COUNT_UNADDRESSED")
    ),
    "The paper of a child from before its 個人番号 stays true by the membership of another person, "
    "who was given the number (R-016): no bucket is shared.",
)
"""The statements that join all the same, by module and name; so may what their modules build."""


class ApartTables(AssertionError):
    """A statement brings tables together that may lie apart."""


@dataclass(frozen=True)
class Occurrence:
    """A table at a place of a statement; one that is joined with itself is there twice."""

    number: int
    table: Table

    @property
    def distribution(self) -> str:
        """The column by which its rows are spread: the first of its key."""
        return next(iter(self.table.primary_key)).key

    def __str__(self) -> str:
        return f"{self.table.name}.{self.distribution}"


@dataclass
class Joined:
    """The tables of a statement, and what is equal in it."""

    occurrences: list[Occurrence] = field(default_factory=list)
    _parents: dict[Node, Node] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    @property
    def tables(self) -> list[str]:
        """The names of the tables, one as often as it is there."""
        return sorted(one.table.name for one in self.occurrences)

    @property
    def groups(self) -> list[list[Occurrence]]:
        """The tables that are held together by the columns of their distribution."""
        found: dict[Node, list[Occurrence]] = {}
        for one in self.occurrences:
            found.setdefault(self._root((one.number, one.distribution)), []).append(one)
        return list(found.values())

    @property
    def lie_apart(self) -> bool:
        """Whether these tables may lie in different places."""
        columns = {one.distribution for one in self.occurrences}
        return len(self.occurrences) > 1 and (len(columns) > 1 or len(self.groups) > 1)

    def __str__(self) -> str:
        return " | ".join(" = ".join(sorted(map(str, group))) for group in self.groups)

    def _root(self, node: Node) -> Node:
        while (parent := self._parents.get(node, node)) != node:
            node = parent
        return node

    def equal(self, one: Node | None, other: Node | None) -> None:
        """Note that two things are equal, where both are known."""
        if one is not None and other is not None:
            self._parents[self._root(one)] = self._root(other)

    def add(self, table: Table | None) -> int:
        """Note a table, or what stands for one; return its number."""
        number = next(self._numbers)
        if table is not None and len(table.primary_key):
            self.occurrences.append(Occurrence(number, table))
        return number


class _Scope:
    """What stands in FROM of one select, or is changed by a statement."""

    def __init__(self, joined: Joined, outer: _Scope | None = None) -> None:
        self.joined, self.outer = joined, outer
        self.own: dict[Any, int] = {}

    def number_of(self, source: Any) -> int | None:
        scope: _Scope | None = self
        while scope is not None:
            if source in scope.own:
                return scope.own[source]
            scope = scope.outer
        return None

    def node(self, expression: Any) -> Node | None:
        """Return what an expression is, where it is a column or a value that is given."""
        while isinstance(expression, elements.Label | elements.Grouping):
            expression = expression.element
        if isinstance(expression, elements.BindParameter):
            if expression.unique and expression.value is not None and not expression.expanding:
                return "value", repr(expression.value)
            return "given", expression.key
        if isinstance(expression, elements.ColumnClause) and expression.table is not None:
            number = self.number_of(expression.table)
            return None if number is None else (number, expression.key)
        return None

    def is_own(self, node: Node | None) -> bool:
        return node is not None and node[0] in self.own.values()

    def add(self, source: Any) -> None:
        """Take a part of FROM, with what it is made of."""
        if source in self.own:
            return
        match source:
            case selectable.Join():
                self.add(source.left)
                self.add(source.right)
            case Table():
                self.own[source] = self.joined.add(source)
            case selectable.AliasedReturnsRows():
                element = _named(source)
                is_table = isinstance(element, Table)
                number = self.own[source] = self.joined.add(element if is_table else None)
                if isinstance(element, selectable.SelectBase | dml.UpdateBase):
                    outer = self if isinstance(source, selectable.Lateral) else None
                    for column, node in _results(self.joined, element, outer):
                        self.joined.equal((number, column), node)
            case _:
                self.own[source] = self.joined.add(None)

    def conditions(self, clause: Any) -> None:
        """Take what has to hold."""
        match _inner(clause):
            case elements.BooleanClauseList(operator=operators.and_) as all_of:
                for one in all_of.clauses:
                    self.conditions(one)
            case elements.BinaryExpression(operator=operators.eq) as equality:
                self._same(equality.left, equality.right)
                self.expression(equality)
            case elements.BinaryExpression(operator=operators.in_op) as membership:
                self._among(membership.left, _inner(membership.right))
                if not isinstance(_inner(membership.right), selectable.SelectBase):
                    self.expression(membership)
            case other:
                self.expression(other)

    def _same(self, left: Any, right: Any) -> None:
        one, other = self.node(left), self.node(right)
        if self.is_own(one) or self.is_own(other):
            self.joined.equal(one, other)

    def _among(self, left: Any, right: Any) -> None:
        if not isinstance(right, selectable.SelectBase):
            return
        left = _inner(left)
        columns = left.clauses if isinstance(left, elements.Tuple) else [left]
        results = _results(self.joined, right, self)
        for column, (_, node) in zip(columns, results, strict=True):
            if self.is_own(own := self.node(column)):
                self.joined.equal(own, node)

    def expression(self, clause: Any) -> None:
        """Take the selects within an expression, which may see what is here."""
        if isinstance(clause, selectable.SelectBase):
            _results(self.joined, clause, self)
        elif isinstance(clause, elements.ClauseElement):
            for child in clause.get_children():
                if not isinstance(child, selectable.FromClause):
                    self.expression(child)


def _named(source: Any) -> Any:
    """Return what has been given a name, once or several times."""
    while isinstance(source, selectable.AliasedReturnsRows):
        source = _inner(source.element)
    return source


def _inner(clause: Any) -> Any:
    while isinstance(
        clause, elements.Grouping | selectable.ScalarSelect | selectable.SelectStatementGrouping
    ):
        clause = clause.element
    return clause


def _results(joined: Joined, statement: Any, outer: _Scope | None) -> list[tuple[str, Node | None]]:
    """Take a statement; return what each of its columns is."""
    statement = _inner(statement)
    for cte in getattr(statement, "_independent_ctes", ()):
        _Scope(joined).add(cte)
    match statement:
        case selectable.CompoundSelect():
            parts = [_results(joined, one, outer) for one in statement.selects]
            for part in parts[1:]:
                for (_, one), (_, other) in zip(parts[0], part, strict=True):
                    joined.equal(one, other)
            return parts[0]
        case selectable.Select():
            return _selected(joined, statement, outer)
        case dml.UpdateBase():
            return _changed(joined, statement, outer)
        case _:
            return []


def _selected(
    joined: Joined, statement: selectable.Select[Any], outer: _Scope | None
) -> list[tuple[str, Node | None]]:
    scope = _Scope(joined, outer)
    froms = statement.get_final_froms()
    for source in froms:
        if not _correlates(statement, source, outer, len(froms)):
            scope.add(source)
    for source in froms:
        for join in _joins(source):
            scope.conditions(join.onclause)
    for clause in statement._where_criteria:
        scope.conditions(clause)
    for clause in (*statement._having_criteria, *statement._order_by_clauses):
        scope.expression(clause)
    for column in statement.selected_columns:
        scope.expression(column)
    return [(column.key, scope.node(column)) for column in statement.selected_columns]


def _correlates(statement: Any, source: Any, outer: _Scope | None, froms: int) -> bool:
    """Tell whether a part of FROM is that of a select around, as SQLAlchemy has it."""
    if outer is None or isinstance(source, selectable.Join):
        return False
    if statement._correlate:
        return source in statement._correlate and outer.number_of(source) is not None
    if statement._correlate_except is not None:
        return source not in statement._correlate_except and outer.number_of(source) is not None
    return bool(statement._auto_correlate) and froms > 1 and source in outer.own


def _joins(source: Any) -> Iterator[selectable.Join]:
    if isinstance(source, selectable.Join):
        yield source
        yield from _joins(source.left)
        yield from _joins(source.right)


def _changed(joined: Joined, statement: Any, outer: _Scope | None) -> list[tuple[str, Node | None]]:
    scope = _Scope(joined, outer)
    scope.add(statement.table)
    where = getattr(statement, "_where_criteria", ())
    for source in _further_sources(where):
        scope.add(source)
    for clause in where:
        scope.conditions(clause)
    values = dict(getattr(statement, "_values", None) or {})
    for value in values.values():
        scope.expression(value)
    if isinstance(statement, dml.Insert):
        _inserted(scope, statement, values)
    return [(column.key, scope.node(column)) for column in statement._returning]


def _inserted(scope: _Scope, statement: Any, values: Mapping[Any, Any]) -> None:
    number = scope.own[statement.table]
    if statement.select is not None:
        names = [getattr(name, "key", name) for name in statement._select_names or ()]
        results = _results(scope.joined, statement.select, None)
        for name, (_, node) in zip(names, results, strict=True):
            scope.joined.equal((number, name), node)
    else:
        given = {getattr(column, "key", column): value for column, value in values.items()}
        for column in statement.table.primary_key:
            value = given.get(column.key)
            node = ("given", column.key) if value is None else scope.node(value)
            scope.joined.equal((number, column.key), node)
    if (conflict := statement._post_values_clause) is not None:
        for value in dict(getattr(conflict, "update_values_to_set", None) or {}).values():
            scope.expression(value)
        scope.expression(getattr(conflict, "update_whereclause", None))


def _further_sources(clauses: Iterable[Any]) -> Iterator[Any]:
    """Return the tables beside the one that is changed, as ``UPDATE … FROM`` names them."""
    pending = list(clauses)
    while pending:
        clause = pending.pop()
        if isinstance(clause, elements.ColumnClause) and clause.table is not None:
            yield clause.table
        elif not isinstance(clause, selectable.SelectBase):
            pending += clause.get_children()


def joined_by(statement: Any) -> Joined:
    """Return which tables a statement brings together, and by what."""
    joined = Joined()
    _results(joined, statement, None)
    return joined


def is_statement(value: object) -> bool:
    """Tell whether a value is a whole statement, and no part of one."""
    return isinstance(value, selectable.SelectBase | dml.UpdateBase) and not isinstance(
        value, selectable.ScalarSelect | selectable.Exists
    )


def statements_in(value: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Return the statements that a value of a module is or holds, by name."""
    if is_statement(value):
        yield name, value
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from statements_in(one, f"{name}[{key}]")
    elif isinstance(value, list | tuple | set | frozenset):
        for place, one in enumerate(value):
            yield from statements_in(one, f"{name}[{place}]")


_violations: list[str] = []
_ALLOWED = {name.rpartition(".")[0] for name in APART_FOR_A_REASON}
_seen_objects: weakref.WeakSet[Any] = weakref.WeakSet()
_seen_keys: set[Any] = set()


def _check(statement: Any) -> None:
    """Raise when a service's statement brings tables together that may lie apart."""
    if not is_statement(statement) or statement in _seen_objects:
        return
    key = statement._generate_cache_key()
    if key is None or key.key not in _seen_keys:
        joined = joined_by(statement)
        if joined.lie_apart and (by := _service()) and by not in _ALLOWED:
            said = f"{by} joins tables that may lie apart, {joined}: {statement}"
            _violations.append(said)
            raise ApartTables(said)
        if key is not None:
            _seen_keys.add(key.key)
    _seen_objects.add(statement)


def _service() -> str | None:
    """Return the module of a service that executes at this moment, if one does."""
    frame: Any = sys._getframe(1)
    while frame is not None:
        module: str = frame.f_globals.get("__name__", "")
        if module.partition(".")[0] in SERVICES:
            return module
        frame = frame.f_back
    return None


def watch() -> None:
    """Check every statement that is executed in this process from now on."""
    written = DirectStatement.__init__

    def checked(self: DirectStatement, statement: Any, dialect: Dialect) -> None:
        _check(statement)
        written(self, statement, dialect)

    DirectStatement.__init__ = checked  # type: ignore[method-assign] # every one goes through it

    @event.listens_for(Engine, "before_execute")
    def _(_: object, statement: Any, *__: object) -> None:
        _check(statement)


def take_violations() -> list[str]:
    """Return what was refused since the last time, also where a service caught it."""
    taken = _violations[:]
    _violations.clear()
    return taken
