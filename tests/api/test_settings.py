"""Settings: where they come from, and how bad ones are told."""

from pathlib import Path

import pytest

from api import server
from api.settings import Settings, SettingsError, load_settings


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without a settings file."""
    monkeypatch.chdir(tmp_path)


def test_the_environment_wins_over_the_file_and_the_file_over_defaults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "nodewise.toml").write_text('port = 8001\ncurrency = "EUR"\nthreads = 4\n')
    monkeypatch.setenv("NODEWISE_PORT", "8002")
    settings = load_settings(threads=8)
    assert (settings.port, settings.currency, settings.threads) == (8002, "EUR", 8)
    assert settings.host == "127.0.0.1"


def test_a_named_file_is_read_and_must_be_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "other.toml").write_text("port = 9000")
    monkeypatch.setenv("NODEWISE_CONFIG", str(tmp_path / "other.toml"))
    assert load_settings().port == 9000
    monkeypatch.setenv("NODEWISE_CONFIG", str(tmp_path / "missing.toml"))
    with pytest.raises(SettingsError, match="is not there"):
        load_settings()


def test_every_bad_setting_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "nodewise.toml").write_text('port = 99999\ncurrency = "pounds"\n')
    monkeypatch.setenv("NODEWISE_THREADS", "none")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert caught.value.detail.splitlines() == [
        "port: is 99999; must be at most 65535",
        'currency: is "pounds"; must be three capital letters such as GBP',
        'NODEWISE_THREADS: is "none"; must be an integer',
    ]
    assert caught.value.fix.startswith("Give port, currency, NODEWISE_THREADS a value that is allowed")


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("NODEWISE_PORT", "eighty", 'is "eighty"; must be an integer'),
        ("NODEWISE_PORT", "80.5", 'is "80.5"; must be an integer'),
        ("NODEWISE_DURABLE", "perhaps", 'is "perhaps"; must be true or false'),
        (
            "NODEWISE_DATABASE_URL",
            "mysql://x",
            'is "mysql://x"; must be sqlite:/// and the path of a file, or postgresql://',
        ),
        ("NODEWISE_LOG_LEVEL", "loud", "is \"loud\"; must be 'debug', 'info', 'warning' or 'error'"),
        ("NODEWISE_KEY_HOURS", "0", 'is "0"; must be at least 1'),
    ],
)
def test_a_bad_variable_is_told_in_words_of_people(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, said: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert caught.value.detail.startswith(f"{variable}: {said}")


def test_an_option_wins_over_a_variable_and_is_told_by_its_own_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NODEWISE_PORT", "8001")
    with pytest.raises(SettingsError) as caught:
        load_settings(port=99_999)
    assert caught.value.detail == "port: is 99999; must be at most 65535"


def test_an_unknown_setting_is_named_with_the_nearest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "nodewise.toml").write_text("prot = 1\n")
    monkeypatch.setenv("NODEWISE_DEMO_MOD", "true")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert caught.value.detail.splitlines() == [
        "prot: no such setting; did you mean port?",
        "NODEWISE_DEMO_MOD: no such setting; did you mean NODEWISE_DEMO_MODE?",
    ]


def test_a_file_that_is_not_toml_says_where(tmp_path: Path) -> None:
    (tmp_path / "nodewise.toml").write_text("port = \n")
    with pytest.raises(SettingsError, match="line 1"):
        load_settings()


@pytest.mark.parametrize(("solve", "budget"), [(2_000, 2_000), (600_000, 5_000)])
def test_deciding_may_not_take_all_of_the_time(solve: int, budget: int) -> None:
    with pytest.raises(SettingsError, match="make the budget larger"):
        load_settings(solve_milliseconds=solve, budget_milliseconds=budget)
    assert load_settings(solve_milliseconds=solve, budget_milliseconds=budget + solve)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "example.org", "::"])
def test_beyond_loopback_the_service_needs_keys(host: str) -> None:
    assert load_settings(host=host).authentication == "keys"
    with pytest.raises(SettingsError) as caught:
        load_settings(host=host, authentication="off", demo_mode=True)
    assert f"host is {host} and authentication is off" in caught.value.detail


def test_authentication_is_off_in_demo_mode_only() -> None:
    with pytest.raises(SettingsError, match="for demo mode only"):
        load_settings(authentication="off")
    assert load_settings(authentication="off", demo_mode=True).authentication == "off"


def test_authentication_is_on_or_off_and_nothing_between(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NODEWISE_AUTHENTICATION", "none")
    with pytest.raises(SettingsError, match="NODEWISE_AUTHENTICATION: is \"none\"; must be 'keys' or 'off'"):
        load_settings()


def test_the_key_of_the_command_line_is_no_unknown_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NODEWISE_API_KEY", "nw_1_2")
    assert "nw_1_2" not in repr(load_settings())


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.9", "::1", "localhost"])
def test_loopback_is_allowed(host: str) -> None:
    assert Settings(host=host).host == host


def test_a_server_with_bad_settings_says_which_and_does_not_start(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NODEWISE_AUTHENTICATION", "off")
    assert server.main() == 2
    said = capsys.readouterr().err
    assert said.startswith("error: authentication is off")
    assert "fix:" in said


def test_a_password_in_a_bad_address_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NODEWISE_DATABASE_URL", "mysql://nodewise:s3@cret@db/nodewise")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert caught.value.detail.startswith('NODEWISE_DATABASE_URL: is "mysql://***@db/nodewise"; must be')
    assert "cret" not in caught.value.detail + caught.value.fix
