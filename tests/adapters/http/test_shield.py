from __future__ import annotations

import pytest

PATHS = ["/", "/healthz", "/readyz", "/static/app.css", "/nowhere"]


@pytest.mark.parametrize("path", PATHS)
async def test_every_answer_carries_a_strict_policy(browse, path):
    headers = (await browse().get(path)).headers

    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert "Strict-Transport-Security" not in headers


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8080", ""]
)
async def test_a_name_made_to_point_here_is_not_answered(browse, path, host):
    answer = await browse().get(path, headers={"Host": host})

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "unknown_host"
    assert "Content-Security-Policy" in answer.headers


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.0.0.1:8080", "localhost:8080", "LOCALHOST", "[::1]:8080", "rally.example"],
)
async def test_this_machine_and_the_public_name_are_answered(browse, host):
    site = browse(public_url="https://rally.example:8443/base")

    answer = await site.get("/healthz", headers={"Host": host})

    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("listening", "asked", "status"),
    [
        ("10.1.2.3", "10.1.2.3:8080", 200),
        ("fd00::1", "[fd00::1]", 200),
        ("0.0.0.0", "0.0.0.0", 400),
    ],
)
async def test_the_address_listened_on_is_answered_but_not_all_of_them(
    browse, listening, asked, status
):
    answer = await browse(host=listening).get("/healthz", headers={"Host": asked})

    assert answer.status_code == status


async def test_a_public_https_site_stays_https(browse):
    site = browse(public_url="https://rally.example")

    headers = (await site.get("/", headers={"Host": "rally.example"})).headers

    assert "max-age" in headers["Strict-Transport-Security"]


@pytest.mark.parametrize("path", ["/static/app.css", "/?v=1", "/healthz?v=1"])
async def test_an_asset_without_its_version_is_not_kept_nor_a_page_that_is_given_one(browse, path):
    headers = (await browse().get(path)).headers

    assert headers["Cache-Control"] == "no-store"


async def test_no_file_beside_the_assets_is_served(browse):
    answer = await browse().get("/static/%2e%2e/pages.py")

    assert answer.status_code == 404
