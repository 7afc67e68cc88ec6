"""How a server on this computer shows that it is the one that its user has started.

Whoever else uses the computer can listen at the same address while that server is not running. So the program that
starts it gives it a key, and asks what only the key can answer before a token or a row is sent.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

CHALLENGE: Final = "Caseload-Challenge"
"""The header of the question, with any text; asked of `GET /v1/health`."""
PROOF: Final = "Caseload-Proof"
"""The header of the answer."""


def proof_of(key: str, challenge: str, port: int) -> str:
    """The answer to a challenge by a server at this port: 64 hexadecimal digits. Of a server that has moved to another
    port, whoever sits at the old one could ask for what answers for it else, and hand that on."""
    return hmac.digest(key.encode(), f"{port} {challenge}".encode(), hashlib.sha256).hex()


def is_proof(given: str, key: str, challenge: str, port: int) -> bool:
    """Whether whoever gave this answer has the key, and is at this port."""
    return hmac.compare_digest(given.encode(), proof_of(key, challenge, port).encode())
