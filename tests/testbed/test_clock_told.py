"""What an advance of the clock tells of what became visible."""

from testbed.commands.clock import CHANGES_TOLD, became_visible


def _visible(number: int, **other: object) -> dict[str, object]:
    return {
        "PersonReference": f"SIM-{number:04}", "InsurerNumber": "990010", "Name": f"模擬 {number}",
        "VisibleFrom": f"2026-11-{number % 28 + 1:02}T15:00:00+00:00", **other,
    }  # fmt: skip


def test_an_advance_tells_of_each_change_its_day_whose_it_is_and_what() -> None:
    told = [
        *became_visible(
            [
                _visible(1, DisqualificationDate="20261101"),
                _visible(2, RegistrationOrder="release"),
                _visible(3),
            ]
        )
    ]
    assert [one.en.split("  ")[2:] for one in told] == [
        ["2026-11-03", "990010", "loss", "模擬 1 (SIM-0001)"],
        ["2026-11-04", "990010", "use registration", "模擬 2 (SIM-0002)"],
        ["2026-11-05", "990010", "joining or change", "模擬 3 (SIM-0003)"],
    ]
    assert "喪失" in told[0].ja


def test_an_advance_over_a_year_tells_of_the_first_changes_and_counts_the_others() -> None:
    told = [*became_visible([_visible(number) for number in range(330)])]
    assert len(told) == CHANGES_TOLD + 1
    assert "310 more, until 2026-11-23 (990010: 310)" in told[-1].en
    assert "ほかに310件" in told[-1].ja
