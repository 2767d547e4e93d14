"""What may be worn together: a table of refusals, and laws of changing clothes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.buddies.appearance import Appearance, EquippedItem, bare
from app.items.outfit import EQUIPPED_MAX, CategoryConflict, TooManyItems, changed, refusal

CATEGORIES = ["background", "body", "feet", "hand", "neck", "face", "head", "booster"]
ids = st.lists(st.sampled_from("abcdefgh"), max_size=8)


def outfit(*categories: str) -> tuple[EquippedItem, ...]:
    return tuple(
        EquippedItem(f"item-{number}", category, 10, "")
        for number, category in enumerate(categories)
    )


@pytest.mark.parametrize(
    ("categories", "refused"),
    [
        ([], None),
        (["head", "feet", "neck", "hand"], None),
        (["accessory"] * 4, None),
        (["accessory"] * 5, TooManyItems),
        (["head", "feet", "neck", "hand", "body"], TooManyItems),
        (["head"] * 5, TooManyItems),
        (["feet", "head", "accessory", "head"], CategoryConflict),
        (["booster", "booster"], CategoryConflict),
        *((([category] * 2), CategoryConflict) for category in CATEGORIES),
    ],
)
def test_four_fit_one_of_each_category_and_accessories_stack(
    categories: list[str], refused: type | None
) -> None:
    assert type(refusal(outfit(*categories))) is (refused or type(None))


def test_a_conflict_names_all_that_want_the_same_place() -> None:
    conflict = refusal(outfit("feet", "head", "neck", "head"))
    assert isinstance(conflict, CategoryConflict)
    assert conflict.details == {
        "category": "head",
        "conflicting_item_ids": ["item-1", "item-3"],
    }


@given(worn=st.sets(st.sampled_from("abcdefgh")).map(sorted), equip=ids, unequip=ids)
def test_what_is_put_on_is_worn_what_is_taken_off_is_not_and_the_rest_stays(
    worn: list[str], equip: list[str], unequip: list[str]
) -> None:
    unequip = [item_id for item_id in unequip if item_id not in equip]
    after = changed(worn, equip, unequip)
    assert set(after) == (set(worn) - set(unequip)) | set(equip)
    assert len(after) == len(set(after))
    assert [item_id for item_id in after if item_id in worn] == [
        item_id for item_id in worn if item_id in after
    ]
    assert changed(after, equip, unequip) == after


def test_a_look_leaves_boosters_out_and_keeps_its_line() -> None:
    worn = Appearance("b", equipped=outfit("head", "booster"), line="ocean")
    look = worn.look(7, 3)
    assert [item.item_id for item in look.wearing] == ["item-0"]
    assert (look.variant, look.stage, look.line) == (7, 3, "ocean")
    assert bare(look) == Appearance("b", line="ocean").look(7, 3)
    assert EQUIPPED_MAX == 4
