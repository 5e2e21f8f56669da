"""``/driver``: the reception as its people use it, for a program's own tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from fastapi import Query
from pydantic import Field, SecretStr

from wire.catalogue import Catalogue, Problem
from wire.serving.access import CONSOLE, Routes
from wire.serving.problem_http import problem_responses
from wire.vocabulary.element import Element
from wire.vocabulary.texts import Line, ShortLine, Truth

if TYPE_CHECKING:
    from collections.abc import Mapping

    from testbed.driving.driver import Driver, Screens
    from testbed.driving.screen import Button, Choice, Screen
    from testbed.driving.screen import Field as FormField

LONGEST_WAIT_SECONDS = 60.0
ScreenLang = Annotated[
    Literal["ja", "en", "easy"], Query(alias="Lang", description="The language of the screens")
]
Wait = Annotated[
    float, Query(alias="WaitSeconds", ge=0, le=LONGEST_WAIT_SECONDS, allow_inf_nan=False)
]
States = Annotated[list[ShortLine], Query(max_length=20)]


class ChoiceElement(Element):
    """What can be chosen."""

    id: str
    text: str

    @classmethod
    def of(cls, choice: Choice) -> Self:
        """Write it."""
        return cls(id=choice.id, text=choice.text)


class FieldElement(Element):
    """A field that goes with a button of the desk."""

    name: str
    required: bool
    """Whether nothing is sent without it."""
    unless: str | None
    """The box that, ticked, makes it needless: ``Undated`` of ``ExpiresOn``."""
    required_with: str | None
    """With what it is required: ``Reason=other`` of ``Note``."""

    @classmethod
    def of(cls, one: FormField) -> Self:
        """Write a field."""
        return cls(
            name=one.name,
            required=one.required,
            unless=one.unless,
            required_with=one.required_with,
        )


class ButtonElement(Element):
    """What can be pressed now."""

    id: str
    text: str
    needs: tuple[str, ...] = ()
    """What goes with it: ``Pin``, ``Items``, or names of fields."""
    choices: tuple[ChoiceElement, ...] = ()
    """What ``Items`` may name."""
    fields: tuple[FieldElement, ...] = ()
    """Of the desk: what may be typed with it, and what has to be."""

    @classmethod
    def of(cls, button: Button) -> Self:
        """Write a button."""
        return cls(
            id=button.id,
            text=button.text,
            needs=button.needs,
            choices=tuple(map(ChoiceElement.of, button.choices)),
            fields=tuple(map(FieldElement.of, button.fields)),
        )


class ScreenElement(Element):
    """What stands on a screen."""

    state: str
    """Which question or answer it is, e.g. ``ask``, ``consent``, ``done`` of the patient's screen,
    ``idle``, ``card``, ``valid``, ``check``, ``unusable``, ``number`` of the desk."""
    title: str
    texts: tuple[str, ...]
    """What can be read there, a line each, buttons aside."""
    buttons: tuple[ButtonElement, ...]

    @classmethod
    def of(cls, screen: Screen) -> Self:
        """Write a screen."""
        return cls(
            state=screen.state,
            title=screen.title,
            texts=screen.texts,
            buttons=tuple(map(ButtonElement.of, screen.buttons)),
        )


class ScreensElement(Element):
    """Both screens, and whose card lies on the reader."""

    card: str | None
    patient: ScreenElement
    desk: ScreenElement

    @classmethod
    def of(cls, screens: Screens) -> Self:
        """Write what people see."""
        return cls(
            card=screens.card,
            patient=ScreenElement.of(screens.patient),
            desk=ScreenElement.of(screens.desk),
        )


class CardOfPerson(Element):
    """Whose card is laid on the reader."""

    person: Line = Field(examples=["hanako"])
    """A person's key (`GET /personas`), or the name of a card; a persona's is issued if need be."""


class Touch(Element):
    """A press on the patient's screen."""

    id: Line = Field(examples=["enter"])
    """Of a button that stands there now."""
    pin: SecretStr | None = Field(
        None,
        max_length=20,
        description="the PIN, with `enter`: it goes to the card, and is kept and written nowhere",
        examples=["1234"],
    )
    items: Annotated[tuple[Line, ...], Field(max_length=20)] = ()
    """With ``consent-items``: to what the patient agrees, by the ids of its choices."""


class Press(Element):
    """A press at the desk."""

    id: Line = Field(examples=["next-patient"])
    """Of a button that stands there now."""
    fields: Annotated[dict[Line, Line], Field(max_length=20)] = Field(
        {}, examples=[{"InsurerNumber": "06990014", "Birthdate": "昭和55年2月17日"}]
    )
    """What is typed into the fields that the button names."""


class DriverReset(Element):
    """How far back."""

    to_seed: Truth = False
    """Also the whole system, as `oqs reset` does: registrations, visits, cards, clock."""


EXAMPLES: Mapping[tuple[str, str], Mapping[str, Any]] = {
    ("PUT", "/driver/card"): {"Person": "hanako"},
    ("POST", "/driver/patient/press"): {"Id": "enter", "Pin": "1234"},
    ("POST", "/driver/desk/press"): {
        "Id": "submit",
        "Fields": {
            "InsurerNumber": "06990014",
            "InsuredCardSymbol": "北",
            "InsuredIdentificationNumber": "7654321",
            "InsuredBranchNumber": "00",
            "Birthdate": "昭和55年2月17日",
        },
    },
    ("POST", "/driver/reset"): {"ToSeed": False},
}
"""A body of each route, for the reference and the OpenAPI document."""
_OF_CLINIC = (Catalogue.SERVICE_UNREACHABLE, Catalogue.INVALID_REQUEST)
_OF_CARD = (
    Catalogue.CARD_UNKNOWN,
    Catalogue.CARD_NOT_KEPT,
    Catalogue.SLOT_UNKNOWN,
    Catalogue.PCSC_UNAVAILABLE,
    Catalogue.DRIVER_WAITED,
)
_OF_DESK = (
    Catalogue.NOT_FOUND,
    Catalogue.READER,
    Catalogue.CHECK_UNDER_WAY,
    Catalogue.CARD_EXCHANGED,
    Catalogue.IDENTITY_METHOD_IMPOSSIBLE,
    Catalogue.INVALID_NUMBER,
    Catalogue.OTHER_PERSON,
    Catalogue.VISIT_WITHDRAWN,
    Catalogue.UNKNOWN_INSURER,
    Catalogue.OQS_FAILED,
    Catalogue.STORAGE_UNAVAILABLE,
)
"""What the clinic may refuse at a press of the desk's."""


def router(driver: Driver | None) -> Routes:
    """Return the routes; None is a testbed that knows no desk."""
    routes = Routes(CONSOLE, prefix="/driver", tags=["自動操作"])

    def there() -> Driver:
        if driver is None:
            raise Problem(
                Catalogue.INVALID_REQUEST,
                "This testbed was not told where the clinic's desk is.",
                japanese="この模擬操作盤は、受付のアドレスを知りません。",
            )
        return driver

    @routes.get(
        "",
        summary="Read both screens, at once or as soon as they show what is waited for",
        responses=problem_responses(*_OF_CLINIC, Catalogue.DRIVER_WAITED),
    )
    async def read(
        patient: Annotated[States, Query(alias="Patient")] = [],  # noqa: B006 # FastAPI copies it
        desk: Annotated[States, Query(alias="Desk")] = [],  # noqa: B006 # likewise
        wait_seconds: Wait = 10.0,
        lang: ScreenLang = "ja",
    ) -> ScreensElement:
        """With states (`?Patient=done&Desk=valid`) it answers when the screens show one of them."""
        if patient or desk:
            return ScreensElement.of(await there().wait(patient, desk, wait_seconds, lang))
        return ScreensElement.of(await there().read(lang))

    @routes.put(
        "/card",
        summary="Lay somebody's card on the desk's reader; answers when the desk has looked at it",
        responses=problem_responses(*_OF_CLINIC, *_OF_CARD),
    )
    async def insert(card: CardOfPerson, lang: ScreenLang = "ja") -> ScreensElement:
        return ScreensElement.of(await there().insert(card.person, lang))

    @routes.delete(
        "/card",
        summary="Take the card off; who was identified by then is checked without consent",
        responses=problem_responses(*_OF_CLINIC, Catalogue.SLOT_UNKNOWN, Catalogue.DRIVER_WAITED),
    )
    async def take_out(lang: ScreenLang = "ja") -> ScreensElement:
        return ScreensElement.of(await there().take_out(lang))

    @routes.post(
        "/patient/press",
        summary="Press a button on the patient's screen",
        responses=problem_responses(*_OF_CLINIC, Catalogue.DRIVER_NO_BUTTON),
    )
    async def touch(touch: Touch, lang: ScreenLang = "ja") -> ScreensElement:
        """Have the screen show what comes of it, also where the card or OQS refuses."""
        return ScreensElement.of(await there().touch(touch.id, lang, touch.pin, touch.items))

    @routes.post(
        "/desk/press",
        summary="Press a button at the desk, with what is typed beside it",
        responses=problem_responses(*_OF_CLINIC, *_OF_DESK, Catalogue.DRIVER_NO_BUTTON),
    )
    async def press(press: Press, lang: ScreenLang = "ja") -> ScreensElement:
        return ScreensElement.of(await there().press(press.id, lang, press.fields))

    @routes.post(
        "/reset",
        summary="Make ready for the next test: no card, an empty desk, a camera that sees well",
        responses=problem_responses(
            *_OF_CLINIC, Catalogue.SLOT_UNKNOWN, Catalogue.NO_SEED, Catalogue.DRIVER_WAITED
        ),
    )
    async def reset(wanted: DriverReset, lang: ScreenLang = "ja") -> ScreensElement:
        return ScreensElement.of(await there().reset(lang, to_seed=wanted.to_seed))

    return routes
