#!/usr/bin/env python3
"""Makes the seeds of tests/fuzz/corpus/wire_datagram, wire_pcap and wire_snapshot: small inputs that reach
every decoder.  Addresses are of the documentation ranges.  Run from the project's folder."""
import os
import struct

MACS = bytes.fromhex('020000000002020000000001')
UDP = struct.pack('>HHHH', 50000, 6343, 16, 0) + bytes(8)
IP4 = bytes.fromhex('450000240001000040110000c0000201c0000202') + UDP
IP6 = bytes.fromhex('6b800000001011 40'.replace(' ', '') + '20010db8' + '00' * 11 + '01' + '20010db8' + '00' * 11 + '02') + UDP
FRAME = MACS + bytes.fromhex('8100a0640800') + bytes.fromhex('4510003400014000400600000a0000010a000002') + \
    struct.pack('>HHIIHHHH', 443, 50000, 1, 2, 0x5012, 1024, 0, 0)
LABELS = MACS + bytes.fromhex('884700064040000c8140') + IP6
SNAP = MACS + bytes.fromhex('0048aaaa030000000800') + IP4
EXTENDED = bytes.fromhex('6000000000300040' + '20010db8' + '00' * 11 + '01' + '20010db8' + '00' * 11 + '02'
                         '2b000104000000002c01000000000000000000000000000011000001000000013300') + UDP


def u16(*v):
    return struct.pack('>%dH' % len(v), *v)


def u32(*v):
    return struct.pack('>%dI' % len(v), *v)


def sized(kind, body):
    return u32(kind, len(body)) + body


def header(protocol, frame):
    return sized(1, u32(protocol, len(frame) + 4, 4, len(frame)) + frame + bytes(-len(frame) % 4))


def flow(*structures):
    return sized(1, u32(1, 3, 512, 1000, 0, 3, 4, len(structures)) + b''.join(structures))


def flow_x(*structures):
    return sized(3, u32(1, 0, 3, 512, 1000, 0, 0, 3, 1, 256, len(structures)) + b''.join(structures))


def sflow(*samples):
    return u32(5, 1, 0x0a00000a, 7, 99, 123456, len(samples)) + b''.join(samples)


TCP4 = FRAME[18:]


def ip4(proto, body):
    return bytes.fromhex('450000000001000040') + bytes([proto, 0, 0]) + bytes.fromhex('c0000201c0000202') + body


def udp(port, body):
    return ip4(17, struct.pack('>HHHH', 49152, port, 0, 0) + body)


TUNNELS = [
    ip4(4, TCP4), ip4(41, IP6), ip4(137, bytes.fromhex('00064140') + TCP4),
    ip4(47, bytes.fromhex('b00008000000000000000001' + '00000002') + TCP4),
    ip4(47, bytes.fromhex('3081880b00000001' + '0000000100000002' + 'ff030021') + TCP4),
    ip4(47, bytes.fromhex('100088be000000011000000100000000') + FRAME),
    ip4(47, bytes.fromhex('100022eb00000001' + '200000010000000000000001' + '00' * 8) + FRAME),
    udp(4789, bytes.fromhex('0800000000002a00') + FRAME),
    udp(6081, bytes.fromhex('0240655800002a000102800100000001') + FRAME),
    udp(6635, bytes.fromhex('00064140') + TCP4),
]
PPPOE = MACS + bytes.fromhex('886411000001002a0021') + TCP4
PSEUDOWIRE = MACS + bytes.fromhex('884700064040000c814000000000') + FRAME

SWITCH = sized(1001, u32(200, 3, 300, 4))
ROUTER = sized(1002, u32(1, 0x0a0000fe, 24, 16))
GATEWAY = sized(1003, u32(1, 0x0a0000fd, 64500, 64501, 64502, 1, 2, 2, 64503, 64504, 0, 100))
ETH = sized(2, u32(1500) + bytes.fromhex('02000000001100000200000000220000') + u32(0x0800))
V4 = sized(3, u32(1480, 6, 0x0a010101, 0x0a010102, 443, 50001, 18, 8))
V6 = sized(4, u32(1280, 58) + bytes(32) + u32(128, 0, 0, 32))
GENERIC = sized(1, u32(5, 6, 2, 0x540be400, 1, 3) + bytes(range(64)))
NAME = sized(1005, u32(4) + b'eth0')



def text(*s):
    return b''.join(u32(len(t)) + t + bytes(-len(t) % 4) for t in s)


def counters(source, *structures):
    return sized(2, u32(1, source, len(structures)) + b''.join(structures))


WORDS = {2: 13, 3: 18, 5: 7, 6: 20, 7: 14, 1001: 7, 1002: 3, 1003: 13, 1004: 3, 2003: 20, 2004: 18, 2005: 13, 2006: 10, 2009: 15,
         2100: 7, 2101: 3, 2102: 4, 2103: 13, 2104: 10, 2106: 27, 2201: 15, 2203: 10, 2204: 35, 2206: 5}
NUMBERS = [sized(f, u32(*range(1, n + 1))) for f, n in WORDS.items()]
HOST = [sized(2000, text(b'web1') + bytes(range(16)) + u32(3, 2) + text(b'6.1')), sized(2001, u32(1, 1, 1, 0x02000000, 0x110000)),
        sized(2002, u32(2, 1)), sized(2105, text(b'OpenJDK', b'Debian', b'17')), sized(2202, text(b'shop') + u32(*range(11)))]
BESIDE = [sized(1004, u32(106) + text(b'alice') + u32(106) + text(b'bob')), sized(1005, u32(1) + text(b'/', b'example.net')),
          sized(1007, u32(1, 0xc0000205, 1, 0xcb007107)), sized(1020, u32(40001, 443)), sized(1014, text(b'guests') + bytes(36)), sized(1015, text(b'guests') + bytes(40)),
          sized(1008, text(b'to-fra') + u32(17, 5)), sized(1009, text(b'') + u32(4711, 5)), sized(1010, text(b'gold') + u32(1)), sized(1011, u32(24)),
         
          sized(1037, u32(12) + text(b'in') + u32(1)), sized(1038, text(b'forward')),
          sized(1003, u32(1, 0x0a0000fd, 64500, 64501, 64502, 2, 2, 1, 64503, 1, 2, 64504, 64505, 1, 0x10002, 100))]
OPERATIONS = [sized(2202, text(b'shop', b'add', b'', b'') + u32(0, 1, 0, 2, 3, 0)), sized(2203, text(b'web', b'page', b'')),
              sized(2204, text(b'alice')), sized(2205, text(b'db')), sized(2100, u32(6, 0x0a000001, 0x0a000002, 443, 50000)),
              sized(2101, u32(6) + bytes(32) + u32(443, 50000)), sized(2200, u32(1, 8) + text(b'key') + u32(1, 2, 3, 4)),
              sized(2206, u32(2, 1001) + text(b'/', b'h', b'r', b'a', b'x', b'u', b't') + u32(0, 1, 0, 2, 3, 200)),
              sized(2207, text(b'/', b'h')), sized(2201, u32(2, 1001) + text(b'/', b'h', b'r', b'a', b'u', b't') + u32(0, 1, 3, 200))]
DISCARDED = sized(5, u32(1, 0, 5, 10, 3, 4, 258, 3) + header(1, FRAME) + sized(1041, text(b'l2_drops', b'acl')) +
                  sized(1042, text(b'NEIGH_FAILED')))

WIFI = bytes.fromhex('08030000' + '0200000000010200000000020200000000030010' + '020000000004')
SECRET = bytes.fromhex('08420000' + '0200000000010200000000020200000000030010')
AIR = [flow(header(15, WIFI + SNAP[14:])), flow(header(15, SECRET), sized(1013, u32(0x0fac04) + text(SNAP[14:]))),
       flow(header(16, b'\0\x10NN' + WIFI + SNAP[14:])), flow(header(17, SNAP)), flow(header(7, b'\xff\3\0!' + IP4)),
       flow(header(14, b'\0W' + IP6)),
       flow(sized(1016, u32(2, 2) + header(1, FRAME) + sized(1020, u32(1, 2)) + u32(1) + header(1, FRAME)))]

V5 = u16(5, 2) + u32(600000, 1790000000, 0, 1) + b'\1\2' + u16(0x4064) + 2 * (
    u32(0x0a000001, 0x0a000002, 0) + u16(3, 4) + u32(10, 15000, 590000, 599000) + u16(50000, 443) +
    bytes([0, 27, 6, 0]) + u16(64500, 64501) + bytes([24, 16, 0, 0]))
V1 = u16(1, 1) + V5[4:16] + V5[24:72]
V7 = u16(7, 1) + V5[4:20] + u32(0) + V5[24:72] + u32(0x0a0000fd)
V8 = [u16(8, 1) + V5[4:20] + u32(1) + b'\1\2' + bytes([k, 2]) + bytes(4) + u32(3, 10, 15000, 590000, 599000) +
      bytes(range(n - 20)) for k, n in enumerate([28, 28, 32, 32, 40, 32, 40, 44, 32, 32, 32, 32, 40, 40, 28], 1)]
PACKET4 = u32(1, 1, 90, len(FRAME)) + FRAME + bytes(-len(FRAME) % 4)
ADD4 = [SWITCH[8:], ROUTER[8:], u32(64500, 64501, 64502, 1, 2, 2, 64503, 64504, 1, 0x10002, 100),
        u32(3) + b'abc\0' + u32(0), u32(1, 4) + b'/url']
ADD2 = ADD4[:2] + [u32(64500, 64501, 64502, 2, 64503, 64504)]
COUNTERS4 = u32(2, 1, 3, 20, 2) + GENERIC[8:] + bytes(52) + u32(2, 2, 1 << 24 | 9, 20, 7) + bytes(28)


def flow4(packet, adds):
    return u32(1, 1, 3, 512, 1000, 0, 3, 0x80000002) + packet + u32(len(adds)) + \
        b''.join(u32(i + 1) + a for i, a in enumerate(adds))


def sflow4(version, n, samples):
    return u32(version, 1, 0x0a00000a, 99, 123456, n) + samples


def set_(id_, body):
    return u16(id_, len(body) + 4) + body


def v9(*sets):
    return u16(9, len(sets)) + u32(600000, 1790000000, 1, 7) + b''.join(sets)


def ipfix(*sets):
    body = b''.join(sets)
    return u16(10, 16 + len(body)) + u32(1790000000, 1, 7) + body


T9 = set_(0, u16(256, 6, 8, 4, 12, 4, 1, 4, 2, 4, 21, 4, 48, 1))
D9 = set_(256, u32(0x0a000001, 0x0a000002, 1500, 3, 599000) + b'\1' + bytes(3))
O9 = set_(1, u16(257, 4, 12, 2, 4, 82, 4, 48, 1, 34, 4)) + set_(257, u32(17) + b'eth0\1' + u32(100))
TX = set_(2, u16(256, 7, 8, 4, 12, 4, 82, 65535, 1, 4) + u16(0x8001, 4) + u32(29305) + u16(153, 8, 155, 8))
DX = set_(256, u32(0x0a000001, 0x0a000002) + b'\4eth0' + u32(1500, 40, 417, 3000000000) + bytes(8))
PX = set_(2, u16(258, 2, 315, 65535, 302, 8)) + set_(258, bytes([len(FRAME)]) + FRAME + bytes(8))
OX = set_(3, u16(259, 3, 1, 302, 8, 305, 4, 306, 4)) + set_(259, bytes(8) + u32(1, 99))
NX = set_(2, u16(260, 7, 8, 4, 12, 4, 225, 4, 227, 2, 230, 1, 371, 65535, 95, 4)) + \
    set_(260, u32(0x0a000001, 0x0a000002, 0xc0000205) + u16(40001) + b'\1\5alice' + u32(13 << 24 | 453))
AX = set_(3, u16(261, 2, 1, 95, 4, 96, 65535)) + set_(261, u32(13 << 24 | 453) + b'\5skype')
SX = set_(3, u16(262, 2, 1, 301, 4, 302, 8)) + set_(262, u32(9) + bytes(8))
LX = set_(2, u16(263, 2, 8, 4, 292, 65535) + u16(264, 3, 8, 4, 1, 4, 293, 65535) + u16(265, 2, 11, 2, 1, 4)) + \
    set_(263, u32(0x0a000001) + b'\x0f\3' + u16(265, 443, 0, 100, 80, 0, 200)) + \
    set_(264, u32(0x0a000001, 500) + b'\x0b\3' + u16(265, 10, 443, 0, 100))
def values(body):
    return u32(0x0a000001, 700) + bytes([len(body)]) + body


VX = set_(2, u16(266, 3, 8, 4, 1, 4, 291, 65535) + u16(267, 3, 8, 4, 1, 4, 316, 65535) + u16(268, 3, 8, 4, 1, 4, 485, 65535)) + \
    set_(266, values(b'\3' + u16(11, 2, 443, 444)) + values(b'\4' + u16(460, 65535) + b'\6a.test') +
         values(b'\xff' + u16(0x80bb, 65535) + u32(35632) + b'\6a.test') + values(b'\3' + u16(291, 65535) + b'\7\3' + u16(11, 2, 443))) + \
    set_(267, values(bytes.fromhex('000640000c81'))) + set_(268, values(b'\3' + u16(483, 4) + u32(64500 << 16 | 100, 64500 << 16 | 666)))
WITHDRAW = set_(2, u16(256, 0)) + set_(2, u16(2, 0)) + set_(3, u16(3, 0))

DATAGRAMS = {
    'sflow-headers': [sflow(flow(header(1, FRAME), SWITCH), flow_x(header(1, LABELS), ROUTER, GATEWAY))],
    'sflow-protocols': [sflow(flow(header(11, IP4)), flow(header(12, EXTENDED)), flow(header(13, LABELS[14:])), flow(header(1, SNAP)))],
    'sflow-tunnels': [sflow(*[flow(header(11, t)) for t in TUNNELS], flow(header(1, PPPOE)), flow(header(1, PSEUDOWIRE)))],
    'sflow-extensions': [sflow(flow(V4, sized(1006, u32(1, 0x0a0000fc, 2, 100 << 12, 0xc8100, 0)), sized(1012, u32(1, 0x88a8000a)),
                                    sized(1030, u32(42)), sized(1036, u32(3)), sized(1039, u32(900)), sized(1040, u32(65000))))],
    'sflow-structures': [sflow(flow(ETH, V4), flow(V6), flow(V4, header(1, FRAME)), flow(sized(1024, bytes(8))))],
    'sflow-counters': [sflow(sized(2, u32(1, 5, 3) + GENERIC + NAME + sized(2, bytes(52))), sized(4, u32(1, 0, 5, 1) + NAME),
                             sized(5, u32(1, 0, 5, 10, 3, 4, 256, 0)))],
    'sflow4': [sflow4(4, 4, flow4(PACKET4, ADD4) + COUNTERS4 + flow4(u32(2) + V4[8:], [])),
               sflow4(2, 4, flow4(PACKET4, ADD2) + COUNTERS4 + flow4(u32(3) + V6[8:], []))],
    'netflow5': [V5],
    'netflow1-7': [V1, V7],
    'netflow8': V8,
    'v9-template-data': [v9(T9, O9), v9(D9)],
    'v9-data-template': [v9(D9), v9(D9, O9), v9(T9)],
    'ipfix-varlen': [ipfix(TX, DX), ipfix(DX, WITHDRAW), ipfix(DX, TX)],
    'ipfix-section': [ipfix(PX, OX), ipfix(PX)],
    'sflow-beside': [sflow(flow(header(1, FRAME), *BESIDE))],
    'sflow-operations': [sflow(*[flow(o) for o in OPERATIONS], flow(*OPERATIONS[:5]), flow(header(1, FRAME), OPERATIONS[4]))],
    'sflow-hosts': [sflow(counters(2 << 24 | 1, *HOST, *NUMBERS), counters(7, GENERIC, *NUMBERS))],
    'sflow-discarded': [sflow(DISCARDED, DISCARDED)],
    'ipfix-nat-applications': [ipfix(AX, NX), ipfix(NX, SX)],
    'ipfix-lists': [ipfix(LX), ipfix(LX)],
    'ipfix-values': [ipfix(VX), ipfix(VX)],
    'sflow-wireless': [sflow(*AIR)],
    'other-versions': [u16(1, 1), u16(7, 1), u32(4, 1), u32(2, 1), u16(6), u16(8), u16(11)],
}


def pcap(magic, link, *packets, order='<'):
    out = struct.pack(order + 'IHHiIII', magic, 2, 4, 0, 0, 65535, link)
    for p in packets:
        out += struct.pack(order + 'IIII', 1790000000, 5, len(p), len(p)) + p
    return out


def block(kind, body, order='<'):
    body += bytes(-len(body) % 4)
    length = struct.pack(order + 'I', len(body) + 12)
    return struct.pack(order + 'I', kind) + length + body + length


def ng(order):
    section = block(0x0a0d0d0a, struct.pack(order + 'IHHq', 0x1a2b3c4d, 1, 0, -1), order)
    options = struct.pack(order + 'HHB3xHHqI', 9, 1, 9, 14, 8, 5, 0)
    iface = block(1, struct.pack(order + 'HHI', 101, 0, 65535) + options, order)
    packet = block(6, struct.pack(order + 'IIIII', 0, 0x18d7, 5, len(IP4), len(IP4)) + IP4, order)
    old = block(2, struct.pack(order + 'HHIIII', 0, 0, 0, 5, len(IP6), len(IP6)) + IP6, order)
    simple = block(3, struct.pack(order + 'I', len(IP4)) + IP4, order)
    return section + iface + packet + block(4, bytes(8), order) + old + simple


PCAPS = {
    'ethernet': pcap(0xa1b2c3d4, 1, MACS + b'\x08\0' + IP4, MACS + bytes.fromhex('88a8006486dd') + IP6),
    'raw-big-endian-ns': pcap(0xa1b23c4d, 101, IP4, IP6, order='>'),
    'linux-cooked': pcap(0xa1b2c3d4, 113, bytes.fromhex('00000001000602000000000100000800') + IP4),
    'linux-cooked-2': pcap(0xa1b2c3d4, 276, bytes.fromhex('0800000000000002000100060200000000010000') + IP4),
    'null': pcap(0xa1b2c3d4, 0, bytes.fromhex('02000000') + IP4, bytes.fromhex('1e000000') + IP6),
    'pcapng': ng('<'),
    'pcapng-big-endian': ng('>'),
}


def save(folder, name, data):
    os.makedirs('tests/fuzz/corpus/' + folder, exist_ok=True)
    with open('tests/fuzz/corpus/%s/%s' % (folder, name), 'wb') as f:
        f.write(data)


for name, datagrams in DATAGRAMS.items():
    save('wire_datagram', name, b''.join(bytes([i << 2]) + u16(len(d)) + d for i, d in enumerate(datagrams)))
    kind = 'sflow' if name.startswith('sflow') else 'netflow' if name.startswith('netflow') else 'ipfix'
    if name != 'other-versions':
        order = {'sflow': [u32(5), u32(5), u32(4), u32(2)], 'netflow': [u16(v) for v in (5, 1, 7, 8)], 'ipfix': [u16(10), u16(9)]}[kind]
        at = [next(k for k, v in enumerate(order) if d.startswith(v)) for d in datagrams]
        save('wire_' + kind, name, b''.join(bytes([at[i] << 2]) + u16(len(d)) + d for i, d in enumerate(datagrams)))
for name, data in PCAPS.items():
    save('wire_pcap', name, data)
for i, t in enumerate(TUNNELS):
    save('wire_packet', 'tunnel-%d' % i, b'\x0b' + t)
for name, protocol, frame in (('tags', 1, FRAME), ('labels', 1, LABELS), ('snap', 1, SNAP), ('pppoe', 1, PPPOE), ('pseudowire', 1, PSEUDOWIRE),
                              ('extensions', 12, EXTENDED), ('wireless', 15, WIFI + SNAP[14:]), ('ppp', 7, b'\xff\3\0!' + IP4),
                              ('aggregate', 16, b'\0\x10NN' + WIFI + SNAP[14:]), ('ah', 11, ip4(51, bytes([6, 4, 0, 0]) + bytes(20) + TCP4[20:])),
                              ('esp', 11, ip4(50, bytes(24)))):
    save('wire_packet', name, bytes([protocol]) + frame)


def le(form, *v):
    return struct.pack('<' + form, *v)


def kept(version, templates, samplers):
    return bytes.fromhex('00000000000000000000ffffc0000201') + le('HIQIQ', version, 7, 1790000000000000, 100, 0) + \
        le('H', len(templates)) + b''.join(le('BH', options, len(t)) + t for options, t in templates) + \
        le('I', len(samplers)) + b''.join(le('BQI', *x) for x in samplers)


SNAPSHOT = b'WTPL' + le('H', 1)
SNAPSHOTS = {
    'nothing': SNAPSHOT,
    'v9-and-ipfix': SNAPSHOT + kept(9, [(0, T9[4:]), (1, O9[4:26])], [(0, 17, 100), (1, 3, 512)]) +
                    kept(10, [(0, TX[4:]), (1, OX[4:22])], []),
}
for name, data in SNAPSHOTS.items():
    save('wire_snapshot', name, data)


def said(*parts):
    return b''.join(bytes([how]) + u16(len(b)) + b for how, b in parts)


MESSAGE = ipfix(TX, DX)
save('collect_stream', 'whole', said((0, MESSAGE), (0, MESSAGE), (4, b'')))
save('collect_stream', 'pieces', said((0, MESSAGE[:1]), (1, MESSAGE[:30]), (0, MESSAGE[1:17]), (1, MESSAGE[30:] + MESSAGE[:3]), (0, MESSAGE[17:])))
save('collect_stream', 'no-message', said((0, MESSAGE + b'GET / HTTP/1.0'), (0, MESSAGE), (4, b'')))
save('collect_stream', 'refused', said((1, MESSAGE), (1, u16(10, 17) + bytes(12) + b'\xff'), (1, MESSAGE)))
save('collect_stream', 'four', said((0, MESSAGE), (1, MESSAGE), (2, b'\x16\3\1\2\0\1'), (3, MESSAGE), (4, b''), (3, MESSAGE)))
save('collect_stream', 'tls', said((3, MESSAGE[:9]), (3, MESSAGE[9:] + MESSAGE), (7, MESSAGE[:5])))


# What a fuzzer cannot guess, as libFuzzer's dictionaries: format numbers, elements, versions.
def dictionary(name, words):
    with open('tests/fuzz/%s.dict' % name, 'w') as f:
        for w in sorted(set(words)):
            f.write('"%s"\n' % ''.join('\\x%02x' % b for b in w))


FLOWS = [1, 2, 3, 4, 5, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 1015, 1016, 1020, 1029, 1030, 1036, 1037, 1038, 1039, 1040,
         1041, 1042, 2100, 2101, 2200, 2201, 2202, 2203, 2204, 2205, 2206, 2207]
SFLOW = [u32(f) for f in FLOWS + list(WORDS) + [2000, 2001, 2002, 2105]] + [u32(5, 1), u32(4, 1), u32(2, 1), u32(3, 4), u32(7), u32(11), u32(12), u32(13), u32(14), u32(15), u32(16), u32(17)]
ELEMENTS = [1, 2, 4, 5, 6, 7, 8, 10, 11, 12, 14, 15, 21, 22, 27, 28, 34, 48, 50, 56, 58, 61, 70, 71, 82, 83, 85, 86, 89, 95, 96, 129, 133,
            147, 150, 152, 154, 160, 225, 226, 227, 230, 231, 232, 281, 282, 291, 292, 293, 301, 302, 305, 306, 309, 310, 311, 313,
            315, 316, 351, 352, 371, 410, 460, 461, 483, 485]
NETFLOW = [u16(e) for e in ELEMENTS] + [u16(e, n) for e in (8, 1, 2) for n in (4, 8)] + [u16(e, 65535) for e in (82, 291, 292, 293, 316, 315, 371)] + \
    [u16(v) for v in (1, 5, 7, 8, 9, 10, 256, 257, 0x8001)] + [u32(29305), u32(35632)]
ETHERNET = [u16(t) for t in (0x0800, 0x86dd, 0x8100, 0x88a8, 0x8847, 0x8864, 0x6558, 0x88be, 0x22eb)] + [u16(p) for p in (4789, 6081, 6635)]
dictionary('wire_datagram', SFLOW + NETFLOW + ETHERNET)
dictionary('wire_sieve', SFLOW + ETHERNET)
dictionary('wire_sflow', SFLOW + ETHERNET)
dictionary('wire_netflow', [u16(v) for v in (1, 5, 7, 8)] + [bytes([k, 2]) for k in range(1, 15)])
dictionary('wire_ipfix', NETFLOW + ETHERNET)
dictionary('wire_snapshot', NETFLOW + [b'WTPL', le('H', 9), le('H', 10)])
dictionary('wire_packet', ETHERNET + [bytes.fromhex(x) for x in ('aaaa030000000800', 'ff030021', '0057', '08000000', '3081880b')] +
           [bytes([p]) for p in (0, 1, 4, 6, 17, 41, 43, 44, 47, 50, 51, 58, 60, 132, 135, 137)])
dictionary('collect_forward', SFLOW + NETFLOW + ETHERNET)
dictionary('collect_stream', NETFLOW + [bytes([10, 0, 16]), bytes.fromhex('000a0010'), bytes.fromhex('160301'), bytes.fromhex('160303')])
dictionary('wire_pcap', [struct.pack('<I', m) for m in (0xa1b2c3d4, 0xa1b23c4d, 0x0a0d0d0a, 0x1a2b3c4d)] + ETHERNET)
for name in ('sflow-headers', 'sflow-counters', 'sflow-hosts', 'sflow-operations', 'sflow-discarded'):
    save('wire_sieve', name, DATAGRAMS[name][0])
