from __future__ import annotations

import base64
import hashlib
import hmac
import ssl
from email import message_from_bytes, policy
from typing import TYPE_CHECKING

import pytest

from tests.certificates import local_certificate
from tests.sinks import MailSink, WebSink, mail_sink, web_sink
from weighbridge.adapters.notifying.mail import Mail
from weighbridge.adapters.notifying.opening import open_channel
from weighbridge.adapters.notifying.webhook import Chat, Webhook, signed_headers
from weighbridge.model.errors import PassphraseError, SettingsError, UnavailableError
from weighbridge.model.event import Event, Kind
from weighbridge.model.notification import Notice, Sink

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BODY = {"environment": "production", "name": "demo", "verdict": "denied"}
EVENT = Event(kind=Kind.PROMOTION_BLOCKED, time="2026-02-01T00:00:00Z", control=0, body=BODY)
TEXT = "demo@1.0.0 to production by max: denied"
OURS, WRONG, RIGHT = "a secret", "wrong", "right"
STANDARD = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ODD = "whsec_no base64!"
FILE = "ops.secret"
NOTICE = Notice(origin="weighbridge.dev/abc", index=7, event=EVENT, text=TEXT)


@pytest.fixture(scope="module")
def web() -> Iterator[WebSink]:
    with web_sink() as sink:
        yield sink


@pytest.fixture(scope="module")
def mail() -> Iterator[MailSink]:
    with mail_sink() as sink:
        yield sink


@pytest.fixture(autouse=True)
def _fresh(web: WebSink, mail: MailSink) -> None:
    web.status, web.location = 200, ""
    web.bodies.clear()
    web.headers.clear()
    mail.refuses = False
    mail.mails.clear()
    mail.recipients.clear()


def sink_of(mail: MailSink, user: str = "") -> Sink:
    to = ("audit@example.com", "sre@example.com")
    return Sink(
        name="audit", kind="mail", url=mail.address, sender="w@example.com", to=to, user=user
    )


def test_a_webhook_is_signed_over_its_name_its_time_and_its_body(web: WebSink) -> None:
    Webhook(web.address, secret=OURS, clock=lambda: 1770000000.9).send(NOTICE)
    (body,), (headers,) = web.bodies, web.headers
    assert headers["webhook-id"] == "weighbridge.dev/abc/7"
    assert headers["webhook-timestamp"] == "1770000000"
    message = b"weighbridge.dev/abc/7.1770000000." + body
    code = hmac.new(b"a secret", message, hashlib.sha256).digest()
    assert headers["webhook-signature"] == f"v1,{base64.b64encode(code).decode()}"
    assert web.documents()[0]["subject"]["content"]["text"] == TEXT
    assert headers["content-type"] == "application/json"


def test_a_secret_in_the_form_of_standard_webhooks_is_the_key_it_writes() -> None:
    # The vector the specification's own libraries are tested with.
    headers = signed_headers(
        b'{"test": 2432232314}',
        secret=STANDARD,
        name="msg_p5jXN8AQM9LWM0D4loKWxJek",
        at=1614265330,
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_secret_that_only_begins_so_is_the_text_itself() -> None:
    said = signed_headers(b"", secret=ODD, name="a", at=1)["webhook-signature"]
    code = hmac.new(ODD.encode(), b"a.1.", hashlib.sha256).digest()
    assert said == f"v1,{base64.b64encode(code).decode()}"


def test_a_chat_is_told_in_one_line(web: WebSink) -> None:
    Chat(web.address).send(NOTICE)
    assert web.documents() == [{"text": TEXT}]


@pytest.mark.parametrize("status", [199 + 101, 400, 404, 429, 500, 503])
def test_any_other_answer_than_yes_is_none(web: WebSink, status: int) -> None:
    web.status, web.location = status, web.address
    with pytest.raises(UnavailableError, match=str(status)):
        Chat(web.address).send(NOTICE)
    assert len(web.bodies) == 1  # a redirect is not followed


def test_nobody_listening_is_told_as_such() -> None:
    with pytest.raises(UnavailableError, match="does not answer"):
        Chat("http://127.0.0.1:9/hook").send(NOTICE)


def test_a_mail_says_what_happened_and_can_be_told_from_its_repetition(mail: MailSink) -> None:
    Mail(sink_of(mail), password="").send(NOTICE)
    found = message_from_bytes(mail.mails[0], policy=policy.default)
    assert found["Subject"].strip() == f"[weighbridge] promotion.blocked: {TEXT}"
    assert found["From"] == "w@example.com"
    assert found["Message-ID"] == "<weighbridge.dev.abc.7@weighbridge>"
    assert found["Date"].datetime.isoformat() == "2026-02-01T00:00:00+00:00"
    body = found.get_body()
    assert body is not None
    assert "entry 7 of the ledger weighbridge.dev/abc" in body.get_content()
    assert mail.recipients == [["audit@example.com", "sre@example.com"]]


def test_a_mail_that_was_refused_did_not_arrive(mail: MailSink) -> None:
    mail.refuses = True
    with pytest.raises(UnavailableError, match="not now"):
        Mail(sink_of(mail), password="").send(NOTICE)


def test_a_line_break_in_what_happened_makes_no_header(mail: MailSink) -> None:
    notice = Notice(origin="o", index=1, event=EVENT, text="a\\x0aBcc: eve@example.com")
    Mail(sink_of(mail), password="").send(notice)
    assert message_from_bytes(mail.mails[0])["Bcc"] is None


def contexts(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Make a certificate of 127.0.0.1: one context that shows it, and one that trusts it."""
    shows = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    shows.load_cert_chain(local_certificate(folder))
    return shows, ssl.create_default_context(cafile=str(folder / "trusted.pem"))


def test_a_login_goes_through_tls_alone_and_a_wrong_password_is_told(tmp_path: Path) -> None:
    shows, trusts = contexts(tmp_path)
    with mail_sink(tls=shows) as strict:
        sink = sink_of(strict, user="weighbridge")
        Mail(sink, password=RIGHT, context=trusts).send(NOTICE)
        with pytest.raises(UnavailableError, match="does not take mail"):
            Mail(sink, password=WRONG, context=trusts).send(NOTICE)
        with pytest.raises(UnavailableError, match="certificate verify failed"):
            Mail(sink, password=RIGHT).send(NOTICE)
        assert strict.logins[0] == ("weighbridge", RIGHT)
        assert set(strict.logins[1:]) == {("weighbridge", WRONG)}
        assert len(strict.mails) == 1


def test_a_channel_is_opened_with_the_secret_beside_the_settings(
    tmp_path: Path, web: WebSink
) -> None:
    (tmp_path / "ops.secret").write_text("a secret\n")
    (tmp_path / "ops.secret").chmod(0o600)
    sink = Sink(name="ops", kind="webhook", url=web.address, secret_file=FILE)
    open_channel(sink, tmp_path).send(NOTICE)
    (headers,) = web.headers
    at = int(headers["webhook-timestamp"])
    wanted = signed_headers(web.bodies[0], secret=OURS, name=NOTICE.id, at=at)
    assert headers["webhook-signature"] == wanted["webhook-signature"]


def test_a_secret_others_may_read_or_that_is_not_there_opens_nothing(tmp_path: Path) -> None:
    sink = Sink(name="ops", kind="webhook", url="https://x.example", secret_file=FILE)
    with pytest.raises(SettingsError, match="cannot be read"):
        open_channel(sink, tmp_path)
    (tmp_path / "ops.secret").write_text("a secret\n")
    (tmp_path / "ops.secret").chmod(0o644)
    with pytest.raises(PassphraseError, match="read by everybody"):
        open_channel(sink, tmp_path)
