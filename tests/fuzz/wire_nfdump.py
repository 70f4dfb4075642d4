#!/usr/bin/env python3
"""Makes the seeds of tests/fuzz/corpus/wire_nfdump: small files of nfdump of both layouts.  Run from the
project's folder."""
import os
import struct

FLOW = struct.pack('<5Q2H4B', 1790000000100, 1790000002600, 1790000003000, 10, 15000, 50000, 443, 6, 27, 64, 8)


def element(kind, body):
    return struct.pack('<HH', kind, 4 + len(body)) + body


def record(kind, body):
    return struct.pack('<HH', kind, 4 + len(body)) + body


def block(kind, records):
    body = b''.join(records)
    return struct.pack('<IIHH', len(records), len(body), kind, 0), body


def exporter(version):
    return record(7, struct.pack('<IQQHHI', version, 0, 0xc0000201, 2, 3, 77))


def flow(*elements):
    return record(11, struct.pack('<HHHBB', len(elements), 0, 3, 2, 9) + b''.join(elements))


def new(packing, blocks):
    return struct.pack('<HHIQBBHIQII', 0xa50c, 2, 0x01070100, 1790000000, packing, 0, 0, 1, 0, 0, len(blocks)) + \
        b''.join(head + body for head, body in blocks)


def old(flags, blocks):
    return struct.pack('<HHII', 0xa50c, 1, flags, len(blocks)) + bytes(264) + b''.join(h + b for h, b in blocks)


def old_flow(wide, flags, extension_map, body):
    head = struct.pack('<HH', flags, extension_map) if wide else struct.pack('<BBH', flags, 3, extension_map)
    head += struct.pack('<HHIIBBBBHH', 100, 600, 1790000000, 1790000002, 64, 27, 6, 8, 50000, 443)
    return record(10 if wide else 1, head + (struct.pack('<HH', 3, 0) if wide else b'') + body)


def lzo(body):
    assert 4 <= len(body) <= 238
    return bytes([17 + len(body)]) + body + b'\x11\0\0'


def lz4(body):
    assert len(body) >= 15
    n, head = len(body) - 15, b'\xf0'
    while n >= 255:
        head, n = head + b'\xff', n - 255
    return head + bytes([n]) + body


V4 = element(2, struct.pack('<II', 0xc6336401, 0xcb007102))
MANY = flow(element(1, FLOW), V4, element(4, struct.pack('<IIBBBBI', 7, 8, 24, 16, 1, 0, 0)), element(6, struct.pack('<II', 100, 200)),
            element(7, struct.pack('<II', 64500, 64501)), element(8, struct.pack('<I', 1)), element(14, struct.pack('<10I', *range(16, 176, 16))),
            element(15, struct.pack('<4Q', 1, 2, 3, 4)), element(24, b'alice'.ljust(68, b'\0')))
V6 = flow(element(1, FLOW), element(3, struct.pack('<4Q', 1, 2, 3, 4)), element(13, struct.pack('<QQ', 5, 6)), element(21, struct.pack('<4Q', 1, 2, 3, 4)),
          element(25, struct.pack('<QIBBH', 1790000000000, 0, 2, 0, 0)), element(38, bytes(32)), element(42, bytes(4)))
PLAIN = block(3, [exporter(9), flow(element(1, FLOW), V4)])
MAPS = [record(2, struct.pack('<HH', 12, 52) + struct.pack('<6H', 4, 8, 9, 20, 42, 0)), record(2, struct.pack('<HH', 13, 48) + struct.pack('<4H', 5, 7, 40, 0))]
OLD = block(2, [exporter(5)] + MAPS + [
    old_flow(False, 0, 12, struct.pack('<IIII', 1, 2, 3, 4) + bytes(4 + 4 + 4 + 16 + 24)),
    old_flow(True, 7, 13, struct.pack('<4QQQIIII4Q', 0x20010db8 << 32, 1, 0x20010db8 << 32, 2, 10, 15000, 7, 8, 64500, 64501, 1, 2, 3, 4))])


def packed(packing, pack):
    head, body = PLAIN
    body = pack(body)
    return new(packing, [(head[:4] + struct.pack('<I', len(body)) + head[8:], body)])


SEEDS = {
    'layout-2': new(0, [block(3, [exporter(10), MANY, V6]), block(4, [bytes(8)])]),
    'layout-2-lzo': packed(1, lzo),
    'layout-2-lz4': packed(3, lz4),
    'layout-1': old(0, [OLD]),
}
FOLDER = 'tests/fuzz/corpus/wire_nfdump'
os.makedirs(FOLDER, exist_ok=True)
for name, data in SEEDS.items():
    with open(os.path.join(FOLDER, name), 'wb') as f:
        f.write(data)
