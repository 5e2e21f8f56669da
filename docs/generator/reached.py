"""Who lives by a rule: which part of the running system reaches the code that carries it.

A part of the system starts somewhere (`build_app`, a page, a command), and what starts refers to
other definitions, those to others again. All that is found by reading the source: a definition at
the top of a module is a place, and every name within it that leads to another place is a way there.
Annotations lead nowhere, as nothing runs by them. A class counts as a whole.

A class that registers itself with its base (`class Slow(Fault, word="slow")`) is led to by the
base. A module that names a rule counts when all that is public in it is reached.

A place that is reached is code that runs in that part, or may: that is an upper bound. A place that
is not reached runs nowhere, but for what is looked up by a name put together at run time.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

from clinic_client.reception.case import MEMBERS_OF, Ignored
from docs.generator.rule_catalogue import (
    ROOMS,
    ROOT,
    catalogue,
    implementations,
    named,
    sources,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


class Part(StrEnum):
    """A part of the system by which somebody can live by a rule."""

    READER_SCREEN = "reader screen"
    DESK = "desk"
    OQS = "OQS"
    INTERMEDIATE_SERVER = "intermediate server"
    PORTAL = "portal"
    TESTBED = "testbed"
    LIBRARY_ONLY = "library only"


STARTS = {
    Part.READER_SCREEN: ("clinic_client.patient", "clinic_client.reader"),
    Part.DESK: ("clinic_client.app",),
    Part.OQS: ("oqs_sim.app",),
    Part.INTERMEDIATE_SERVER: ("intermediate_server.app", "intermediate_server.worker"),
    Part.PORTAL: ("oqs_sim.api.portal", "oqs_sim.web.portal"),
    Part.TESTBED: ("testbed.app", "testbed.cli", "testbed.commands"),
}
"""Where each part starts: modules, or folders of them."""
NOT_PART_OF = {
    Part.DESK: STARTS[Part.READER_SCREEN],
    Part.OQS: STARTS[Part.PORTAL],
    Part.TESTBED: ("oqs_sim", "intermediate_server", "clinic_client"),
}
"""What a part starts without being it: a service its other face, the launcher the services."""


@dataclass
class _Module:
    """The places of a module, and what each of them refers to."""

    name: str
    places: dict[str, set[str]] = field(default_factory=dict)
    """Each name at the top, with the dotted names that it refers to."""
    names: dict[str, str] = field(default_factory=dict)
    """What each imported name stands for."""


@cache
def reached() -> Mapping[Part, frozenset[str]]:
    """Return the places that each part reaches, as ``module.name``."""
    return {part: _from(starts, NOT_PART_OF.get(part, ())) for part, starts in STARTS.items()}


@cache
def parts_of() -> Mapping[str, tuple[Part, ...]]:
    """Return the parts that reach each rule of the catalogue; a rule left out has none."""
    found: dict[str, tuple[Part, ...]] = {}
    for rule in catalogue().rules:
        carried = implementations().get(rule, ())
        parts = tuple(
            part
            for part, places in reached().items()
            if any(_is_among(place, places) for place in carried)
        )
        found[rule] = parts or ((Part.LIBRARY_ONLY,) if carried else ())
    return found


def library_only() -> list[str]:
    """Return the rules that no part of the system reaches."""
    return [rule for rule, parts in parts_of().items() if parts == (Part.LIBRARY_ONLY,)]


def unreached(rule: str) -> tuple[str, ...]:
    """Return the places carrying a rule that no part of the system reaches."""
    everywhere = frozenset[str]().union(*reached().values())
    return tuple(
        place for place in implementations().get(rule, ()) if not _is_among(place, everywhere)
    )


@cache
def ignored_at_the_desk() -> Mapping[str, tuple[str, ...]]:
    """Return the members of an answer that the desk does nothing with, by the rules they are of."""
    found: dict[str, list[str]] = {}
    for members in MEMBERS_OF.values():
        for member, use in members.items():
            if isinstance(use, Ignored):
                for rule in named(use.reason):
                    found.setdefault(rule, []).append(member)
    return {rule: tuple(members) for rule, members in found.items()}


def in_part(rule: str) -> bool:
    """Tell whether a rule is reached, and some of it is not."""
    reached_at_all = parts_of()[rule] not in ((), (Part.LIBRARY_ONLY,))
    return reached_at_all and bool(unreached(rule) or rule in ignored_at_the_desk())


def _is_among(place: str, places: frozenset[str]) -> bool:
    """Tell whether a place is reached; a module that names a rule, when all public in it is."""
    module = _modules().get(place)
    if module is None:
        return place in places
    public = {f"{place}.{name}" for name in module.places if not name.startswith("_")}
    return public <= places and bool(public)


def _from(starts: Iterable[str], without: Iterable[str]) -> frozenset[str]:
    waiting = [
        f"{name}.{place}"
        for name, module in _modules().items()
        if name.startswith(tuple(starts))
        for place in module.places
    ]
    seen: set[str] = set()
    while waiting:
        place = waiting.pop()
        if place not in seen and not place.startswith(tuple(without)):
            seen.add(place)
            waiting += _led_to(place)
    return frozenset(seen)


def _led_to(place: str) -> Iterator[str]:
    module, _, name = place.rpartition(".")
    for dotted in _modules()[module].places[name]:
        if (found := _resolved(dotted)) is not None:
            yield found


@cache
def _resolved(dotted: str) -> str | None:
    """Find the place that a dotted name leads to, through the packages that hand it on."""
    parts = dotted.split(".")
    for length in range(len(parts) - 1, 0, -1):
        module = _modules().get(".".join(parts[:length]))
        if module is None:
            continue
        name = parts[length]
        if name in module.places:
            return f"{module.name}.{name}"
        handed_on = module.names.get(name)
        if handed_on is not None and handed_on != dotted:
            return _resolved(".".join([handed_on, *parts[length + 1 :]]))
        return None
    return None


@cache
def _modules() -> Mapping[str, _Module]:
    found = {}
    for file in sources(*ROOMS):
        name = ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        found[name] = read(name, file.read_text(encoding="utf-8"))
    return found


def read(name: str, source: str) -> _Module:
    """Read the places of a module and what they refer to."""
    module = _Module(name)
    tree = ast.parse(source)
    module.names.update(_imported(tree))
    own = {place for node in tree.body for place in _defined(node)}
    beside: set[str] = set()
    """What the module does when it is imported."""
    for node in tree.body:
        referred = {
            f"{name}.{dotted}" if dotted.partition(".")[0] in own else _through(module, dotted)
            for dotted in _dotted_names(node)
        }
        places = list(_defined(node))
        for place in places:
            module.places.setdefault(place, set()).update(referred)
        if not places and not isinstance(node, ast.Import | ast.ImportFrom | ast.If):
            beside |= referred
    for place in module.places:
        module.places[place] |= beside
    for registered, base in _registered(tree):
        if base in module.places:
            module.places[base].add(f"{name}.{registered}")
    return module


def _imported(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield each imported name, and the dotted name that it stands for."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            for each in node.names:
                yield each.asname or each.name, f"{node.module}.{each.name}"
        elif isinstance(node, ast.Import):
            for each in node.names:
                first = each.name.partition(".")[0]
                yield each.asname or first, each.name if each.asname else first


def _registered(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield each class that hands its base a word by which it is found, with that base."""
    for node in tree.body:
        named = getattr(node, "keywords", ())
        if isinstance(node, ast.ClassDef) and any(each.arg != "metaclass" for each in named):
            yield from ((node.name, ast.unparse(base)) for base in node.bases)


def _through(module: _Module, dotted: str) -> str:
    first, _, rest = dotted.partition(".")
    stands_for = module.names.get(first, first)
    return f"{stands_for}.{rest}" if rest else stands_for


def _defined(node: ast.stmt) -> Iterator[str]:
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.Assign(targets=targets):
            for target in targets:
                yield from (each.id for each in ast.walk(target) if isinstance(each, ast.Name))
        case ast.AnnAssign(target=ast.Name(id=name)):
            yield name


def _dotted_names(node: ast.AST, *, models: bool = False) -> Iterator[str]:
    """Yield every name that runs, with the attributes behind it.

    Annotations run where something reads them: those of a model, and of a route's function.
    """
    match node:
        case ast.Attribute() | ast.Name():
            attributes: list[str] = []
            inner: ast.expr = node
            while isinstance(inner, ast.Attribute):
                attributes.append(inner.attr)
                inner = inner.value
            if isinstance(inner, ast.Name):
                yield ".".join([inner.id, *reversed(attributes)])
                return
            within: tuple[ast.AST, ...] = (inner,)
        case ast.AnnAssign(target=target, value=value, annotation=annotation):
            within = (target, *((value,) if value else ()), *((annotation,) if models else ()))
        case ast.arg(annotation=annotation):
            within = (annotation,) if models and annotation else ()
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            yield from _dotted_names(node.args, models=bool(node.decorator_list))
            within = (*node.decorator_list, *node.body)
            models = False
        case ast.ClassDef(bases=bases):
            within = tuple(ast.iter_child_nodes(node))
            models = any(ast.unparse(base) in {"Element", "BaseModel"} for base in bases)
        case _:
            within = tuple(ast.iter_child_nodes(node))
    for each in within:
        yield from _dotted_names(each, models=models)
