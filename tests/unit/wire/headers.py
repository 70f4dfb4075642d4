#!/usr/bin/env python3
"""What tshark saw in the Ethernet captures of headers/, for captures.c.

headers.py FOLDER: a line for each packet
    file frame hex macsource macdestination vlan inner label address address protocol
    sourceport destinationport icmp inneraddress inneraddress innerprotocol vni
The outermost addresses and what stands right behind them, then the first packet inside a
tunnel; "-" and 0 where there is none, -1 where the table does not tell.
"""
import csv
import glob
import os
import sys

folder = sys.argv[1]
sys.path.insert(0, folder + '/tools')
import flowpcap  # noqa: E402

NEXT = {'tcp': ('tcp.srcport', 'tcp.dstport'), 'udp': ('udp.srcport', 'udp.dstport')}


def first(row, name, n=0):
    values = (row.get(name) or '').split(',')
    return values[n] if n < len(values) and values[n] else ''


def number(text):
    return int(text, 0) if text else 0


PROTOCOLS = {'tcp': 6, 'udp': 17, 'icmp': 1, 'icmpv6': 58, 'gre': 47, 'ip': 4, 'ipv6': 41}


def inner(row, layers, outer):
    """Addresses and protocol of the packet behind the outer one, which is at layers[outer]."""
    for i in range(outer + 1, len(layers)):
        if layers[i] in ('icmp', 'icmpv6', 'cmd'):
            break  # what an error message quotes is in no tunnel; behind Cisco's metadata we do not look
        if layers[i] in ('ip', 'ipv6'):
            n = layers[:i].count(layers[i])
            kind = layers[i]
            behind = next((x for x in layers[i + 1:] if not x.startswith('ipv6.')), '')
            protocol = number(first(row, 'ip.proto', n)) if kind == 'ip' else PROTOCOLS.get(behind, -1)
            return first(row, kind + '.src', n), first(row, kind + '.dst', n), protocol
    return '-', '-', 0


for path in sorted(glob.glob(folder + '/headers/*.pcap*')):
    name = os.path.basename(path).rsplit('.', 1)[0]
    with open('%s/headers/expected/%s.tshark.tsv' % (folder, name)) as f:
        rows = list(csv.DictReader(f, delimiter='\t', quoting=csv.QUOTE_NONE))
    for row, (_, link, frame, _) in zip(rows, flowpcap.packets(path)):
        layers = row['frame.protocols'].split(':')
        if link != 1 or 'Malformed' in row['_ws.expert.message']:
            continue
        ip = next((i for i, x in enumerate(layers) if x in ('ip', 'ipv6')), None)
        inside = inner(row, layers, -1 if ip is None else ip)
        if 'mpls' in layers[:ip] and (ip is None or layers[ip - 1] != 'mpls'):
            inside = inner(row, layers, -1)
            ip = None  # a frame inside labels; tshark may miss its control word
            inside = inside if inside[0] != '-' else ('?', '?', -1)
        outer = layers[:ip]  # tags and labels further in belong to what is tunnelled
        tags = [first(row, 'vlan.id', i) if 'vlan' in outer else '' for i in (0, 1)]
        if 'ieee8021ad' in outer:
            tags = ['-1', '-1']
        label = first(row, 'mpls.label') if 'mpls' in outer else ''
        source = destination = '-'
        ports, icmp, protocol = (0, 0), 0, 0
        if ip is not None:
            six = layers[ip] == 'ipv6'
            source, destination = (first(row, 'ipv6.src'), first(row, 'ipv6.dst')) if six else \
                                  (first(row, 'ip.src'), first(row, 'ip.dst'))
            behind = next((x for x in layers[ip + 1:] if not x.startswith('ipv6.')), '')
            protocol = number(first(row, 'ip.proto')) if not six else \
                PROTOCOLS.get(behind, -1)
            if behind in NEXT:
                ports = tuple(number(first(row, x)) for x in NEXT[behind])
            elif behind in ('icmp', 'icmpv6'):
                icmp = number(first(row, behind + '.type')) << 8 | number(first(row, behind + '.code'))
        print(name, row['frame.number'], frame.hex(), first(row, 'eth.src'), first(row, 'eth.dst'),
              *map(number, tags), number(label), source or '-', destination or '-', protocol, *ports, icmp,
              *inside, number(first(row, 'vxlan.vni') or first(row, 'geneve.vni')))
