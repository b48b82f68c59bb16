"""How a client proves itself to the broker, and how the broker proves itself to the client."""

from __future__ import annotations

import ssl
from typing import Any

from shared.settings import KafkaSecurity, ServiceSettings


def of(settings: ServiceSettings) -> dict[str, Any]:
    """The client's arguments. Secrets come from files alone, never from the environment or an argument.

    Raises MissingSettingError naming what the chosen way cannot do without, OSError for a file that cannot be read,
    ssl.SSLError for one that is no certificate or no key of it.
    """
    match settings.kafka_security:
        case KafkaSecurity.PLAIN:
            return {}
        case KafkaSecurity.SCRAM:
            settings.need("kafka_password_file")
            password = settings.kafka_password_file.read_text(encoding="utf-8") if settings.kafka_password_file else ""
            return {
                "security_protocol": "SASL_SSL",
                "sasl_mechanism": "SCRAM-SHA-512",
                "sasl_plain_username": settings.need("kafka_username"),
                "sasl_plain_password": password.rstrip("\r\n"),
                "ssl_context": _context(settings),
            }
        case KafkaSecurity.MTLS:
            context = _context(settings)
            context.load_cert_chain(settings.need("kafka_certificate_file"), settings.need("kafka_key_file"))
            return {"security_protocol": "SSL", "ssl_context": context}


def _context(settings: ServiceSettings) -> ssl.SSLContext:
    """Trusts the authority of KAFKA_CA_FILE alone, and checks the host's name."""
    return ssl.create_default_context(cafile=settings.need("kafka_ca_file"))
