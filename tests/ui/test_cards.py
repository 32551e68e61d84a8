"""Whatever a card holds, Discord takes it: 40 components, 4,000 characters, five buttons a row."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakecord.rest import components
from rallypoint.kernel.cards import Button, Card, ControlId, Field, Form, Link, Of, Select
from rallypoint.ui.discord.cards import MOST_TEXT, modal_of, paged, view_of

TURN = ControlId("lists.turn", "7")

buttons = st.builds(
    lambda label, number: Button(id=ControlId("a.b", str(number)), label=label),
    st.text(min_size=1, max_size=120),
    st.integers(),
)
rows = st.lists(buttons, min_size=1, max_size=8, unique_by=lambda each: each.id).map(tuple)


def next_of(card):
    """The page to which its second button leads; None: to none."""
    buttons = [each for row in card.rows for each in row]
    if not buttons or buttons[1].disabled:
        return None
    before, _, number = buttons[1].id.subject.partition(" ")
    assert before == "7"
    return int(number)


def text_of(view):
    return "".join(each.get("content", "") for each in components.walk(view.to_components()))


@given(title=st.text(max_size=400), lines=st.lists(st.text(max_size=900), max_size=30))
@settings(max_examples=50)
async def test_any_card_is_cut_to_what_discord_takes(title, lines):
    view = view_of(Card(title, tuple(lines)))

    components.check(view.to_components(), v2=True)
    assert len(text_of(view)) <= MOST_TEXT


@given(row=rows)
@settings(max_examples=50)
async def test_rows_and_labels_are_cut_to_what_discord_takes(row):
    components.check(view_of(Card("x", rows=(row,))).to_components(), v2=True)


@given(lines=st.lists(st.text(min_size=1, max_size=500), min_size=1, max_size=60))
@settings(max_examples=50)
async def test_every_line_is_on_one_page_and_the_buttons_lead_to_each(lines):
    card = Card("List", tuple(lines))
    page = paged(card, 0, TURN)
    seen = list(page.lines)
    while (onward := next_of(page)) is not None:
        page = paged(card, onward, TURN)
        seen += page.lines

    assert seen == lines


async def test_selects_links_and_forms_are_what_discord_takes():
    select = Select(id=ControlId("a.b"), of=Of.ROLES, hint="h" * 300, most=2)
    view = view_of(Card("x", rows=(select, (Link("Open", "https://example.org"),))))
    form = modal_of(Form(ControlId("a.b", "7"), "t" * 90, (Field(name="n", label="l" * 90),)))

    components.check(view.to_components(), v2=True)
    assert len(form.to_dict()["title"]) <= 45


@pytest.mark.parametrize("subject", ["", "7", "x" * 87, "x" * 88])
def test_the_id_of_a_control_is_read_as_it_was_written(subject):
    control = ControlId("rooms.lock", subject, 2)

    if len(subject) > 87:
        with pytest.raises(ValueError, match="no id"):
            str(control)
    else:
        assert ControlId.read(str(control)) == control


@pytest.mark.parametrize("written", ["", "lock", "rooms.lock", "rooms.lock:x:1", "Rooms.lock:1:7"])
def test_what_is_no_id_of_ours_is_not_read(written):
    assert ControlId.read(written) is None
