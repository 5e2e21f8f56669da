"""An element of the interface: Python names inside, PascalCase names outside."""

from __future__ import annotations

import ast
import inspect
import itertools
import textwrap
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any, Self, get_args

from pydantic import BaseModel, ConfigDict, TypeAdapter
from pydantic.alias_generators import to_pascal

if TYPE_CHECKING:
    from pydantic import GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import CoreSchema


class Own:
    """Marks a field that only the simulator has: it stands in no message of the interface."""


OWN = Own()


@dataclass(frozen=True)
class InList:
    """Marks a repeated element that some nest in a list of this name, and others do not."""

    name: str


class Element(BaseModel):
    """An element of the interface: Python names inside, PascalCase names outside."""

    model_config = ConfigDict(
        alias_generator=to_pascal,
        populate_by_name=True,
        frozen=True,
        extra="forbid",
    )

    @classmethod
    def of_known(cls, **values: Any) -> Self:
        """Make an element of values that are known to be right, and are not looked at again.

        A code may be given as its text. What is not named is as it is where it is absent.
        """
        made = cls.__new__(cls)
        codes = _codes(cls)
        for name in values.keys() & codes.keys():
            if (text := values[name]) is not None:
                values[name] = codes[name][text]
        _put(made, "__dict__", _absent(cls) | values)
        _put(made, "__pydantic_fields_set__", set(values))
        _put(made, "__pydantic_extra__", None)
        _put(made, "__pydantic_private__", None)
        return made

    def as_json(self) -> bytes:
        """Write the element as JSON; absent members are omitted, as in the real files."""
        return _writer(type(self)).dump_json(self, by_alias=True, exclude_none=True)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Describe the fields by the docstrings beneath them.

        Done when somebody asks for the schema: reading the source of every model at import would
        cost each service a fifth of a second.
        """
        schema = handler(core_schema)
        properties = handler.resolve_ref_schema(schema).get("properties", {})
        for base in reversed(cls.__mro__):
            if issubclass(base, Element) and base is not Element:
                for name, text in _attribute_docstrings(base).items():
                    if (described := properties.get(to_pascal(name))) is not None:
                        described.setdefault("description", text)
        return schema


class Item(Element):
    """What stands in a list: one element, under its name.

    In JSON an item is an object with that one member; in XML the element stands in the list itself.
    """


_put = object.__setattr__


@cache
def _absent(cls: type[Element]) -> dict[str, Any]:
    """Return what the fields of an element are that is told nothing of them."""
    return {
        name: field.default for name, field in cls.model_fields.items() if not field.is_required()
    }


@cache
def _codes(cls: type[Element]) -> dict[str, dict[str, StrEnum]]:
    """Return the fields of an element that are codes, with each by its text."""
    found = {}
    for name, field in cls.model_fields.items():
        for kind in (field.annotation, *get_args(field.annotation)):
            if isinstance(kind, type) and issubclass(kind, StrEnum):
                found[name] = {code.value: code for code in kind}
    return found


@cache
def _writer(cls: type[Element]) -> TypeAdapter[Element]:
    return TypeAdapter(cls)


def _attribute_docstrings(cls: type) -> dict[str, str]:
    """Return the string beneath each annotated attribute in a class's source."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(cls)))
    (definition,) = (node for node in tree.body if isinstance(node, ast.ClassDef))
    found = {}
    for node, following in itertools.pairwise(definition.body):
        if (
            isinstance(node, ast.AnnAssign)
            and isinstance(node.target, ast.Name)
            and isinstance(following, ast.Expr)
            and isinstance(following.value, ast.Constant)
            and isinstance(following.value.value, str)
        ):
            found[node.target.id] = inspect.cleandoc(following.value.value)
    return found
