"""What is sealed opens for its purpose, by its key, in its time: and for nothing else."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from rallypoint.adapters.vault import keys_of
from rallypoint.adapters.vault.keys import FILE
from rallypoint.kernel.errors import CannotStart
from rallypoint.kernel.secrecy import SECRECY
from rallypoint.kernel.settings import FixedSettings
from rallypoint.kernel.vault import CannotOpen, Vault

NOW = datetime(2030, 1, 1, tzinfo=UTC)
OLD, NEW = "o" * 32, "n" * 32


def test_what_was_sealed_for_one_row_opens_for_no_other():
    vault = Vault([NEW])
    sealed = vault.seal(b"token", purpose="log-in a", now=NOW)

    assert b"token" not in sealed
    assert vault.open(sealed, purpose="log-in a", now=NOW) == b"token"
    for wrong in (b"", b"x", sealed[:-1], sealed.swapcase()):
        with pytest.raises(CannotOpen):
            vault.open(wrong, purpose="log-in a", now=NOW)
    with pytest.raises(CannotOpen):
        vault.open(sealed, purpose="log-in b", now=NOW)


def test_a_key_is_replaced_while_the_old_one_still_opens():
    sealed = Vault([OLD]).seal(b"token", purpose="p", now=NOW)

    assert Vault([NEW, OLD]).open(sealed, purpose="p", now=NOW) == b"token"
    with pytest.raises(CannotOpen):
        Vault([NEW]).open(sealed, purpose="p", now=NOW)


def test_the_first_key_seals_and_text_is_opened_by_any():
    both, old, new = Vault([NEW, OLD]), Vault([OLD]), Vault([NEW])
    of_old, of_both = [each.seal_text("token", purpose="p", now=NOW) for each in (old, both)]

    assert new.open_text(of_both, purpose="p") == both.open_text(of_old, purpose="p") == "token"
    assert [both.is_of_first_key(each, purpose="p") for each in (of_old, of_both)] == [False, True]
    with pytest.raises(CannotOpen):
        both.open_text(of_both, purpose="q")


def test_a_key_is_in_no_log_once_it_is_known():
    key = "nobody-reads-me-in-a-log-of-ours-7"
    Vault([key]).unlock()

    assert key not in SECRECY.hide(f"opened with {key}")


@pytest.mark.parametrize(("seconds", "opens"), [(600, True), (601, False)])
def test_what_is_good_for_a_while_opens_as_long(seconds, opens):
    vault, within = Vault([NEW]), timedelta(minutes=10)
    sealed = vault.seal(b"way", purpose="p", now=NOW)
    later = NOW + timedelta(seconds=seconds)

    if opens:
        assert vault.open(sealed, purpose="p", now=later, within=within) == b"way"
        return
    with pytest.raises(CannotOpen):
        vault.open(sealed, purpose="p", now=later, within=within)


def test_without_a_key_one_is_made_that_only_this_user_reads(tmp_path):
    settings = FixedSettings(data=tmp_path)
    first, second = keys_of(settings), keys_of(settings)

    assert first == second
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
    assert len(first[0]) >= 32


def test_away_from_the_program_none_is_made(tmp_path):
    settings = FixedSettings(data=tmp_path)
    with pytest.raises(CannotStart, match="is not there"):
        keys_of(settings, may_make=False)
    there = (tmp_path / FILE).exists()
    made = keys_of(settings)

    assert not there
    assert keys_of(settings, may_make=False) == made


def test_a_key_file_that_holds_none_is_said_and_not_made_up_for(tmp_path):
    (tmp_path / FILE).write_text("short\n")

    with pytest.raises(CannotStart, match="holds no key"):
        keys_of(FixedSettings(data=tmp_path))


def test_keys_that_are_set_count_and_a_weak_one_is_refused(tmp_path):
    settings = FixedSettings(data=tmp_path, secret_keys=SecretStr(f"{NEW}, {OLD}"))

    assert keys_of(settings) == [NEW, OLD]
    with pytest.raises(ValueError, match="secret_keys"):
        FixedSettings(secret_keys=SecretStr(f"{NEW},short"))
