"""Compress VBA source and the `dir` stream, as specified in [MS-OVBA] 2.4.1.

The container is a signature byte and chunks of at most 4096 bytes, each packed by itself. A chunk is a sequence of
up to eight tokens behind a byte of flags: a literal byte, or a copy of bytes that stand earlier in the same chunk.
"""

from __future__ import annotations

from typing import Final

_SIGNATURE: Final = 0x01
_CHUNK: Final = 4096
"""Bytes of a chunk as it was."""
_SHORTEST_COPY: Final = 3
_PACKED_HEADER: Final = 0xB000
"""The chunk's signature 0b011 and its flag "packed"; the low twelve bits take the packed length."""
_PLAIN_HEADER: Final = 0x3FFF


def compressed(data: bytes) -> bytes:
    """The compressed container of `data`.

    Meant for text: a chunk that does not get smaller is stored whole, and the last one is then filled up with zeros,
    as the specification has it.
    """
    container = bytearray([_SIGNATURE])
    for start in range(0, len(data), _CHUNK):
        container += _chunk(data[start : start + _CHUNK])
    return bytes(container)


def _chunk(data: bytes) -> bytes:
    packed = bytearray()
    places: dict[bytes, list[int]] = {}
    position = 0
    while position < len(data):
        flags = 0
        tokens = bytearray()
        for bit in range(8):
            if position >= len(data):
                break
            offset, length = _longest_copy(data, position, places)
            if length:
                flags |= 1 << bit
                offset_bits = max((position - 1).bit_length(), 4)
                token = (offset - 1) << (16 - offset_bits) | (length - _SHORTEST_COPY)
                tokens += token.to_bytes(2, "little")
            else:
                length = 1
                tokens.append(data[position])
            for place in range(position, position + length):
                places.setdefault(data[place : place + _SHORTEST_COPY], []).append(place)
            position += length
        packed.append(flags)
        packed += tokens
    if len(packed) > _CHUNK:
        return _PLAIN_HEADER.to_bytes(2, "little") + data.ljust(_CHUNK, b"\0")
    return (_PACKED_HEADER | (len(packed) - 1)).to_bytes(2, "little") + packed


def _longest_copy(data: bytes, position: int, places: dict[bytes, list[int]]) -> tuple[int, int]:
    """How far back the longest earlier copy begins, the nearest of equals, and its length; (0, 0) for none.

    A copy may run into itself. The further into the chunk, the more bits of a token its distance takes, and the
    shorter the longest copy is ([MS-OVBA] 2.4.1.3.19.1, 2.4.1.3.19.4).
    """
    offset_bits = max((position - 1).bit_length(), 4) if position else 4
    most = min((0xFFFF >> offset_bits) + _SHORTEST_COPY, len(data) - position)
    best, best_length = 0, 0
    for place in reversed(places.get(data[position : position + _SHORTEST_COPY], ())):
        length = 0
        while length < most and data[place + length] == data[position + length]:
            length += 1
        if length > best_length:
            best, best_length = position - place, length
            if length == most:
                break
    return (best, best_length) if best_length >= _SHORTEST_COPY else (0, 0)
