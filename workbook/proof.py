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


def proof_of(key: str, challenge: str) -> str:
    """The answer to a challenge: 64 hexadecimal digits."""
    return hmac.digest(key.encode(), challenge.encode(), hashlib.sha256).hex()


def is_proof(given: str, key: str, challenge: str) -> bool:
    """Whether whoever gave this answer has the key."""
    return hmac.compare_digest(given.encode(), proof_of(key, challenge).encode())
