"""The catalogue of webhook events is complete, and its samples are what its schemas say."""

import json

import pytest
from pydantic import ValidationError

from app.webhooks import catalogue
from app.webhooks.catalogue import EVENT_NAMES, MODELS, EventName

CONTRACT = """
buddy.hatched buddy.evolved buddy.archived coins.earned coins.spent token.earned token.spent
skill.leveled skill.decayed badge.ready badge.awarded streak.ticked streak.milestone streak.burned
streak.restored evolution.ready gate.unlocked path.step_completed marketplace.purchased
marketplace.equipped operation.completed operation.failed usage.threshold_reached match.recorded
match.abandoned match.voided webhook.endpoint_paused
"""


def test_the_names_are_those_of_the_contract() -> None:
    assert set(CONTRACT.split()) == EVENT_NAMES
    assert set(MODELS) == set(EventName)


@pytest.mark.parametrize("name", list(EventName))
def test_every_sample_survives_json_and_has_all_its_schema_requires(name: EventName) -> None:
    schema = json.loads(json.dumps(catalogue.schema(name)))
    sent = json.loads(json.dumps(catalogue.sample(name)))
    catalogue.check(name, sent)
    assert set(schema["required"]) == set(schema["properties"]) == set(sent)
    assert schema["additionalProperties"] is False


@pytest.mark.parametrize("name", list(EventName))
def test_a_payload_with_one_field_more_or_less_is_not_the_promised_one(name: EventName) -> None:
    whole = catalogue.sample(name)
    with pytest.raises(ValidationError):
        catalogue.check(name, whole | {"surprise": 1})
    for field in whole:
        with pytest.raises(ValidationError):
            catalogue.check(name, {key: whole[key] for key in whole if key != field})


def test_samples_are_fresh_so_that_nobody_can_spoil_them() -> None:
    catalogue.sample(EventName.MATCH_RECORDED)["players"].clear()
    assert catalogue.sample(EventName.MATCH_RECORDED)["players"]


@pytest.mark.parametrize("instant", ["2026-03-04T05:06:07Z", "2026-03-04 05:06:07.890Z", "now"])
def test_instants_have_milliseconds_and_a_z(instant: str) -> None:
    payload = catalogue.sample(EventName.BADGE_READY) | {"ready_at": instant}
    with pytest.raises(ValidationError):
        catalogue.check(EventName.BADGE_READY, payload)
