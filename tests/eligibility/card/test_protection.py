import pytest

from eligibility.card.protection import Protection


@pytest.mark.rules("P-031")
def test_a_blocked_person_has_neither_card_nor_portal_but_a_document_unasked():
    blocked = Protection.SELF_INFORMATION_BLOCKED
    assert not blocked.card_works
    assert not blocked.portal_viewable
    assert blocked.address_hidden
    assert blocked.certificate_unasked


@pytest.mark.rules("P-031")
def test_an_undisclosed_person_uses_the_card_while_address_and_history_are_hidden():
    undisclosed = Protection.UNDISCLOSED
    assert undisclosed.card_works
    assert undisclosed.portal_viewable
    assert undisclosed.address_hidden
    assert undisclosed.history_hidden
    assert not undisclosed.certificate_unasked


@pytest.mark.rules("P-031")
def test_without_a_flag_nothing_is_hidden():
    nobody = Protection.NONE
    assert nobody.card_works
    assert nobody.portal_viewable
    hidden = (nobody.address_hidden, nobody.history_hidden, nobody.certificate_unasked)
    assert not any(hidden)
