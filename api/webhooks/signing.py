"""Signs what is sent, as Standard Webhooks says (https://www.standardwebhooks.com)."""

import base64
import json
import secrets
from collections.abc import Sequence
from datetime import datetime

from standardwebhooks import Webhook

from api.events.schemas import event_out
from storage.outbox import PublishedEvent

_SECRET_BYTES = 32


def new_secret() -> str:
    """A secret that nobody can guess, as the libraries of receivers take it."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def body_of(event: PublishedEvent) -> str:
    """The body of a webhook: the event as the feed shows it, the same text at every attempt."""
    shown = event_out(event).model_dump(mode="json")
    return json.dumps(shown, separators=(",", ":"), ensure_ascii=False)


def signed_headers(event: str, body: str, keys: Sequence[str], *, at: datetime) -> dict[str, str]:
    """Id, time and signatures: one of each secret that is valid, so that a receiver may know either."""
    signatures = [Webhook(key).sign(event, at, body) for key in keys]
    return {
        "webhook-id": event,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
