"""What the sandbox shows of itself: whether it is ready, who is enrolled and what it exchanged last. No payloads, no keys."""

import secrets
from typing import Final

from django.db import DatabaseError
from django.template.loader import render_to_string

from integrations.sandbox.models import REASON, Answer, Party, Received, SandboxSettings
from integrations.sandbox.reception import Reply
from tenants.scope import every_tenant

SHOWN: Final = 50
TEXT: Final = "text/plain; charset=utf-8"


def live() -> Reply:
    """Say that the process answers."""
    return Reply(200, TEXT, b"live\n")


def ready() -> Reply:
    """Say whether messages can be taken: the database is there and the sandbox has its seal."""
    try:
        with every_tenant(REASON):
            is_set_up = SandboxSettings.objects.exists()
    except DatabaseError:
        return Reply(503, TEXT, b"no database\n")
    return Reply(200, TEXT, b"ready\n") if is_set_up else Reply(503, TEXT, b"not set up: run manage.py seed_demo\n")


def overview() -> Reply:
    """Show parties and the last messages in and out."""
    nonce = secrets.token_urlsafe(16)
    with every_tenant(REASON):
        html = render_to_string(
            "sandbox/overview.html",
            {
                "nonce": nonce,
                "parties": Party.objects.all(),
                "received": Received.objects.select_related("party").defer("body", "payload", "receipt")[:SHOWN],
                "answers": Answer.objects.select_related("party").defer("body", "payload", "receipt")[:SHOWN],
            },
        )
    policy = f"default-src 'none'; style-src 'nonce-{nonce}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    return Reply(200, "text/html; charset=utf-8", html.encode(), (("content-security-policy", policy),))
