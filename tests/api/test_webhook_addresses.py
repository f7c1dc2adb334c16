"""Where webhooks may go: the form of a URL, and the addresses behind a name."""

import ssl
from ipaddress import ip_address
from pathlib import Path

import pytest
import trustme

from api.webhooks import posting
from api.webhooks.addresses import Forbidden, complaint, is_public, resolve
from tests.api.receiver import receiving


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fc00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "2002:7f00:1::",
        "64:ff9b::a00:1",
        "64:ff9b:1::5db8:d822",
        "64:ff9b:1:ffff::1",
        "::5db8:d822",
        "::7f00:1",
        "fec0::1",
        "feff::1",
    ],
)
def test_an_address_that_is_private_or_hides_one_is_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "64:ff9b::5db8:d822"])
def test_others_are(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://example.com/", "does not begin with https://"),
        ("ftp://example.com/", "does not begin with https:// and a host"),
        ("https://", "does not begin with https:// and a host"),
        ("example.com", "does not begin with https:// and a host"),
        ("https://[::1", "is no address"),
        ("https://example.com:99999/", "is no address"),
        ("https://example.com:0/", "has a port outside 1 to 65,535"),
        ("https://user:secret@example.com/", "holds a user's name, a password or a fragment"),
        ("https://example.com/#part", "holds a user's name, a password or a fragment"),
        ("https://example.com/a b", "holds a character that an address does not"),
        ("https://exämple.com/", "holds a character that an address does not"),
        ("https://127.0.0.1/", "leads to a private address"),
        ("https://[::ffff:10.0.0.1]/", "leads to a private address"),
        ("https://localhost:8443/", "leads to a private address"),
    ],
)
def test_what_is_wrong_with_an_address_is_said(url: str, why: str) -> None:
    assert complaint(url, private=False) == why


def test_private_addresses_and_http_may_be_allowed() -> None:
    assert complaint("http://localhost:9000/hook", private=True) == ""
    assert complaint("https://example.com/hook?a=1", private=False) == ""
    assert complaint("ftp://localhost/", private=True) != ""


@pytest.mark.parametrize("host", ["localhost", "127.1", "2130706433", "0x7f000001"])
def test_a_name_or_an_odd_spelling_of_this_machine_is_refused_when_connecting(host: str) -> None:
    with pytest.raises(Forbidden):
        resolve(host, 443, private=False)
    assert resolve(host, 443, private=True)


def test_https_is_spoken_to_whoever_is_trusted_and_to_nobody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = trustme.CA()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(server)

    def post(url: str) -> int:
        with posting.Poster(url, private=True) as poster:
            return poster.post("{}", {"webhook-id": "evt_1"})

    with receiving(tls=server) as receiver, receiving() as plain:
        with pytest.raises(
            posting.NotSent, match="the certificate is not trusted: unable to get local issuer"
        ):
            post(receiver.url)
        authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
        posting._trust.cache_clear()
        try:
            assert post(receiver.url) == 200
            with pytest.raises(posting.NotSent, match="not trusted: IP address mismatch"):
                post(receiver.url.replace("localhost", "127.0.0.1"))  # the certificate is for the name
            with pytest.raises(posting.NotSent, match="does not speak TLS"):
                post(plain.url.replace("http:", "https:"))
        finally:
            posting._trust.cache_clear()
    assert len(receiver.received) == 1
    assert plain.received == []
