"""Outfits, single items, lines, and the key of a look."""

import hashlib
from dataclasses import replace
from functools import cache
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.art.contact_sheet import KINDS, OUTFITS, contact_sheet, outfit_of
from app.art.creature import creature_svg
from app.art.dna import Dna, traits_of
from app.art.drawing import PICTURE_SIDE, draw, render_png
from app.art.growth import STAGES
from app.art.item_pictures import item_svg
from app.art.items import ORDERS, Category, WornItem, layered
from app.art.lines import LINES, Plan
from app.art.looks import Look, look_key
from app.art.palettes import palette_of
from app.art.wardrobe.designs import DESIGNS, design_of
from tests.unit.test_art_pictures import alphas_of, size_of

BARE_PICTURES = "1ca582e13f0e9f139c7d0de3e3cda4a9b0f4360cd8cab880f560d1a46fd1ad27"
"""SHA-256 over the SVG of 28 variants at all stages, from before there were outfits."""

ITEMS = st.builds(
    WornItem,
    item_id=st.from_regex(r"[a-z0-9_-]{1,12}", fullmatch=True),
    category=st.sampled_from(Category),
    layer_order=st.none() | st.integers(-100, 100),
)


@cache
def variant_of(plan: Plan) -> int:
    return next(one for one in range(1000) if traits_of(Dna("arena", one)).plan is plan)


def item(category: Category, look: str) -> WornItem:
    return WornItem(f"an-{look}", category, look=look)


def test_pictures_without_items_are_what_they_always_were() -> None:
    seen = hashlib.sha256()
    for variant in range(0, 1000, 37):
        for stage in STAGES:
            seen.update(creature_svg(variant=variant, stage=stage).encode())
    assert seen.hexdigest() == BARE_PICTURES


def test_the_same_outfit_is_drawn_as_the_same_bytes() -> None:
    wearing = outfit_of(OUTFITS[1])
    assert draw(412, 3, wearing=wearing) == draw(412, 3, wearing=wearing)


def test_the_order_in_which_items_were_put_on_does_not_matter() -> None:
    wearing = outfit_of(OUTFITS[0])
    pictures = {creature_svg(variant=5, stage=4, wearing=one) for one in permutations(wearing)}
    assert len(pictures) == 1


@pytest.mark.parametrize("plan", list(Plan))
@pytest.mark.parametrize("category", list(Category))
def test_items_of_every_category_show_on_every_plan_at_every_stage(
    category: Category, plan: Plan
) -> None:
    variant = variant_of(plan)
    for stage in STAGES:
        bare = render_png(creature_svg(variant=variant, stage=stage), size=64)
        worn = creature_svg(
            variant=variant, stage=stage, wearing=[WornItem("a-thing-of-any-name", category)]
        )
        png = render_png(worn, size=64)
        assert png != bare, stage
        assert max(map(max, alphas_of(png))) == 255, stage


@pytest.mark.parametrize(
    ("category", "kind"),
    [(category, kind) for category, kinds in DESIGNS.items() for kind in kinds],
)
def test_every_design_is_its_own_and_has_a_picture_of_its_own(
    category: Category, kind: str
) -> None:
    one = item(category, kind)
    assert design_of(one, "x").kind == kind
    png = render_png(item_svg(one), size=PICTURE_SIDE)
    assert size_of(png) == (512, 512)
    rows = alphas_of(render_png(item_svg(one), size=64))
    assert 0.04 < sum(alpha > 100 for row in rows for alpha in row) / 64**2 <= 1
    if category is not Category.BACKGROUND:
        edge = [*rows[0], *rows[-1], *(row[0] for row in rows), *(row[-1] for row in rows)]
        assert max(edge) < 100, "something is cut off"


def test_items_lie_by_order_and_then_by_id() -> None:
    wearing = [
        WornItem("b", Category.ACCESSORY),
        WornItem("a", Category.ACCESSORY),
        WornItem("low", Category.ACCESSORY, layer_order=15),
        WornItem("hat", Category.HEAD),
        WornItem("scene", Category.BACKGROUND, layer_order=99),
        WornItem("coat", Category.BODY),
    ]
    assert [one.item_id for one in layered(wearing)] == ["scene", "low", "coat", "hat", "a", "b"]


def test_orders_of_the_categories_are_those_of_the_contract() -> None:
    assert {category.value: order for category, order in ORDERS.items()} == {
        "background": 10,
        "body": 20,
        "feet": 30,
        "hand": 40,
        "neck": 50,
        "face": 60,
        "head": 70,
        "accessory": 80,
    }


def test_a_later_layer_is_drawn_over_an_earlier_one() -> None:
    scarf, medal = item(Category.NECK, "scarf"), item(Category.NECK, "medal")
    below, above = replace(scarf, layer_order=48), replace(scarf, layer_order=51)
    one = creature_svg(variant=1, stage=3, wearing=[below, medal])
    other = creature_svg(variant=1, stage=3, wearing=[above, medal])
    assert render_png(one, size=96) != render_png(other, size=96)


def test_a_background_stays_behind_everything_whatever_its_order() -> None:
    scene = item(Category.BACKGROUND, "meadow")
    usual = creature_svg(variant=1, stage=3, wearing=[scene])
    raised = creature_svg(variant=1, stage=3, wearing=[replace(scene, layer_order=500)])
    assert raised == usual
    rows = alphas_of(render_png(usual, size=64))
    assert min(map(min, rows)) == 255


def test_accessories_have_places_of_their_own() -> None:
    ghosts = [WornItem(f"ghost-{n}", Category.ACCESSORY, look="ghost") for n in range(4)]
    pictures = {
        render_png(creature_svg(variant=1, stage=3, wearing=ghosts[:count]), size=96)
        for count in range(5)
    }
    assert len(pictures) == 5


@pytest.mark.parametrize(
    ("category", "words", "kind"),
    [
        (Category.HEAD, "red-wizard-hat", "wizard"),
        (Category.HEAD, "golden_crown", "crown"),
        (Category.HEAD, "birthday", "party"),
        (Category.HAND, "candies-and-sword", "sword"),
        (Category.NECK, "gold-medals", "medal"),
        (Category.BACKGROUND, "deep space", "galaxy"),
    ],
)
def test_the_words_of_an_id_or_a_look_choose_the_design(
    category: Category, words: str, kind: str
) -> None:
    assert design_of(WornItem(words, category), "x").kind == kind
    assert design_of(WornItem("other", category, look=words), "x").kind == kind


def test_a_colour_among_the_words_is_the_colour_of_the_item() -> None:
    red = design_of(WornItem("red-cap", Category.HEAD), "x").colours["main"]
    also = design_of(WornItem("red-scarf", Category.NECK), "x").colours["main"]
    blue = design_of(WornItem("blue-cap", Category.HEAD), "x").colours["main"]
    assert red == also != blue


@given(st.lists(ITEMS, max_size=4), st.integers(0, 999), st.sampled_from(STAGES))
def test_any_outfit_can_be_drawn(wearing: list[WornItem], variant: int, stage: int) -> None:
    svg = creature_svg(variant=variant, stage=stage, wearing=wearing)
    assert "<text" not in svg
    assert "href" not in svg
    assert svg == creature_svg(variant=variant, stage=stage, wearing=wearing[::-1]) or (
        len({(one.order, one.item_id) for one in wearing}) < len(wearing)
    )


@pytest.mark.parametrize("name", [name for name in LINES if name != "arena"])
def test_a_line_has_plans_and_hues_of_its_own(name: str) -> None:
    line = LINES[name]
    plans = {traits_of(Dna(name, variant)).plan for variant in range(200)}
    assert plans == set(line.plans)
    assert plans < set(Plan)
    assert len({palette_of(Dna(name, variant)).coat for variant in range(200)}) > 100


def test_an_unknown_line_is_drawn_all_the_same() -> None:
    plans = {traits_of(Dna("no-such-line", variant)).plan for variant in range(200)}
    assert plans == set(Plan)


def test_the_key_of_a_look_depends_on_what_is_seen_and_on_nothing_else() -> None:
    hat, coat = item(Category.HEAD, "crown"), item(Category.BODY, "robe")
    look = Look(3, 2, "ocean", (hat, coat))
    assert look_key(look) == look_key(replace(look, wearing=(coat, hat)))
    spelled_out = replace(coat, layer_order=ORDERS[Category.BODY])
    assert look_key(look) == look_key(replace(look, wearing=(hat, spelled_out)))
    others = {
        look_key(one)
        for one in (
            look,
            replace(look, variant=4),
            replace(look, stage=3),
            replace(look, line="ember"),
            replace(look, wearing=(hat,)),
            replace(look, wearing=(hat, replace(coat, layer_order=75))),
            replace(look, wearing=(hat, replace(coat, look="vest"))),
        )
    }
    assert len(others) == 7
    assert all(len(key) == 64 for key in others)


@pytest.mark.parametrize("kind", list(KINDS))
def test_the_gallery_has_a_sheet_of_each_kind(kind: str) -> None:
    assert contact_sheet([1], kind=kind, line="arena", cell=20).startswith(b"\x89PNG")


def test_a_sheet_that_there_is_not_is_refused() -> None:
    with pytest.raises(ValueError, match="no sheet"):
        contact_sheet([1], kind="nothing", line="arena", cell=36)
