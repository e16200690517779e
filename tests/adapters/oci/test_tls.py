from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest

from tests.adapters.oci.hosted import Handler, Hosted, hosting
from tests.adapters.oci.meeting import blob, client
from tests.certificates import local_certificate
from weighbridge.adapters.servers import speaking
from weighbridge.model.errors import TransferError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DATA = b"a model"


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    return local_certificate(tmp_path)


@pytest.fixture
def hosted(certificate: Path) -> Iterator[Hosted]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    speaking.trust.cache_clear()
    with hosting(tls=context) as running:
        running.add(DATA)
        yield running
    speaking.trust.cache_clear()


def test_a_certificate_nobody_vouches_for_is_refused(hosted: Hosted) -> None:
    with pytest.raises(UnavailableError, match="not trusted") as caught:
        client(hosted, plain=False).has(blob(DATA))
    assert "SSL_CERT_FILE" in caught.value.faults[0].help[0]
    assert hosted.asked == []


@pytest.fixture
def _trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.with_name("trusted.pem")))


@pytest.mark.usefixtures("_trusted")
def test_an_authority_of_ones_own_is_named_in_the_environment(hosted: Hosted) -> None:
    assert client(hosted, plain=False).has(blob(DATA))


@pytest.mark.usefixtures("_trusted")
def test_a_certificate_of_another_host_is_refused(hosted: Hosted) -> None:
    with pytest.raises(UnavailableError, match="is for another name"):
        client(hosted.host.replace("127.0.0.1", "localhost"), plain=False).has(blob(DATA))


@pytest.mark.usefixtures("_trusted")
def test_nothing_leads_out_of_tls(hosted: Hosted) -> None:
    with hosting() as plain:
        plain.add(DATA)

        def twist(handler: Handler) -> bool:
            handler.answer(307, Location=f"http://{plain.host}{handler.path}")
            return True

        hosted.twist = twist
        with pytest.raises(TransferError, match="without TLS"):
            client(hosted, plain=False).has(blob(DATA))
        assert plain.asked == []
