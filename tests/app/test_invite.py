from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from rallypoint.app import catalogue, invite
from rallypoint.kernel.people import Permission
from rallypoint.kernel.settings import FixedSettings, SettingsInvalid


def test_the_link_asks_for_what_the_features_need_and_no_more():
    asked = parse_qs(urlsplit(invite.link(80351110224678912)).query)

    assert asked["client_id"] == ["80351110224678912"]
    assert asked["scope"] == ["bot applications.commands"]
    bits = Permission(int(asked["permissions"][0]))
    assert bits == catalogue.permissions()
    assert Permission.MANAGE_CHANNELS in bits
    assert Permission.ADMINISTRATOR not in bits


def test_the_application_is_the_tokens_first_part():
    settings = FixedSettings(token="ODAzNTExMTAyMjQ2Nzg5MTI.x.y")

    assert invite.client_id_of(settings) == 80351110224678912


@pytest.mark.parametrize("token", [None, "x.y.z", "not-base64!.y", "w6TDtg.x.y"])
def test_without_it_the_id_is_asked_for(token):
    with pytest.raises(SettingsInvalid, match="--client-id"):
        invite.client_id_of(FixedSettings(token=token))
