"""The file without its weights' numbers: what is left is small, whatever the network's size.

A walk over the wire format of protocol buffers, before any reader of them sees the file: lengths are checked against
what is there, nodes are counted, and texts and numbers that no shape depends on are left out.
"""

from __future__ import annotations

import mmap
from typing import Literal

from .refusing import RefusedError

MAX_NODES = 20_000  # ResNet-1202 has 4,000
MAX_FIELDS = 4_000_000
MAX_KEPT = 64 * 2**20  # bytes
MAX_DEPTH = 24  # messages in messages: a subgraph is three of them deeper than its node's graph
SMALL = 1024  # bytes: a shape, a scale; what is larger is a weight

Kind = Literal["model", "graph", "node", "attribute", "tensor", "sparse", "function", "value", "opset"]
NAME_SCOPES = "pkg.torch.onnx.name_scopes"

# Field numbers of onnx.proto, which never change their meaning. What is in none of the tables is kept as it is.
INSIDE: dict[Kind, dict[int, Kind]] = {
    "model": {7: "graph", 8: "opset", 25: "function"},
    "graph": {1: "node", 5: "tensor", 11: "value", 12: "value", 13: "value", 15: "sparse"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "tensor": {},
    "sparse": {1: "tensor", 2: "tensor"},
    "function": {7: "node", 9: "opset", 11: "attribute", 12: "value"},
    "value": {},
    "opset": {},
}
DROPPED: dict[Kind, tuple[int, ...]] = {
    "model": (6, 14, 20),  # doc_string, metadata_props, training_info
    "graph": (10, 14, 16),  # doc_string, quantization_annotation, metadata_props
    "node": (6, 10),  # doc_string, device_configurations
    "attribute": (13,),  # doc_string
    "tensor": (6, 12, 13, 14, 16),  # string_data, doc_string, external_data, data_location, metadata_props
    "sparse": (),
    "function": (8, 14),  # doc_string, metadata_props
    "value": (3, 4),  # doc_string, metadata_props
    "opset": (),
}
# Names, which must be text: the reader of protocol buffers would let other bytes through.
TEXTS: dict[Kind, tuple[int, ...]] = {
    "model": (2, 3, 4),
    "graph": (2,),
    "node": (1, 2, 3, 4, 7, 8),
    "attribute": (1, 21),
    "tensor": (8,),
    "sparse": (),
    "function": (1, 4, 5, 6, 10, 13),
    "value": (1,),
    "opset": (1,),
}
NUMBERS = (4, 5, 7, 9, 10, 11)  # of a tensor: float_data, int32_data, int64_data, raw_data, double_data, uint64_data
METADATA = 9  # of a node


class _Slimmer:
    def __init__(self, data: bytes | mmap.mmap) -> None:
        self.data = data
        self.nodes = self.fields = self.kept = 0

    def varint(self, at: int, end: int) -> tuple[int, int]:
        value = shift = 0
        data = self.data
        while True:
            if at >= end or shift > 63:
                raise _broken()
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            if byte < 128:
                return value, at
            shift += 7

    def walk(self, at: int, end: int, kind: Kind, depth: int) -> bytes:
        """The message of ``kind`` that lies from ``at`` to ``end``, slimmed."""
        if depth > MAX_DEPTH:
            raise RefusedError("has subgraphs in subgraphs too deep for a network", "export the network alone")
        inside, dropped, texts = INSIDE[kind], DROPPED[kind], TEXTS[kind]
        pieces: list[bytes] = []
        while at < end:
            self.fields += 1
            if self.fields > MAX_FIELDS:
                raise RefusedError(
                    f"has more than {MAX_FIELDS:,} parts besides its weights", "export the network alone"
                )
            begin = at
            tag, at = self.varint(at, end)
            number, wire = tag >> 3, tag & 7
            start = at
            if wire == 0:
                _, at = self.varint(at, end)
            elif wire == 1:
                at += 8
            elif wire == 5:
                at += 4
            elif wire == 2:
                size, start = self.varint(at, end)
                at = start + size
            else:
                raise _broken()
            if at > end or number == 0:
                raise _broken()
            if number in dropped or (kind == "tensor" and number in NUMBERS and at - start > SMALL):
                continue
            within = inside.get(number)
            if wire == 2 and within is not None:
                if within == "node":
                    self.nodes += 1
                    if self.nodes > MAX_NODES:
                        raise RefusedError(
                            f"has more than {MAX_NODES:,} operations, and at most these are read",
                            "export one network without its training or unrolled loops",
                        )
                piece = self.walk(start, at, within, depth + 1)
                pieces += [_varint(tag), _varint(len(piece)), piece]
                continue
            noted = kind == "node" and number == METADATA
            if noted and NAME_SCOPES.encode() not in self.data[start : min(at, start + 64)]:
                continue
            self.kept += at - begin
            if self.kept > MAX_KEPT:
                raise RefusedError(
                    f"holds more than {MAX_KEPT:,} bytes besides its weights",
                    "export the network with its weights alone",
                )
            piece = self.data[begin:at]
            if wire == 2 and number in texts:
                try:
                    piece[start - begin :].decode()
                except UnicodeDecodeError:
                    raise _broken() from None
            pieces.append(piece)
        return b"".join(pieces)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def _broken() -> RefusedError:
    return RefusedError("is broken or cut off, or no ONNX file", "export it again with torch.onnx.export")


def slim(data: bytes | mmap.mmap) -> bytes:
    """The model as bytes without numbers of weights, texts of documentation and addresses of other files.

    Raises :class:`RefusedError` for what is broken, or too much.
    """
    return _Slimmer(data).walk(0, len(data), "model", 0)
