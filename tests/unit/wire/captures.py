#!/usr/bin/env python3
"""The reference totals of index.json as lines of numbers, for captures.c.

captures.py FOLDER: for each capture that wire/ decodes
    path datagrams flow_records option_records templates flow_samples counter_samples
    drop_samples bytes frames estimated_sflow_bytes
"""
import json
import sys

FOLDERS = ('sflow', 'sflow-v2', 'sflow-v4', 'netflow-v1', 'netflow-v5', 'netflow-v7', 'netflow-v9', 'ipfix', 'load')
KNOWN = ['netflow_v%d_datagrams' % v for v in (1, 5, 7, 9)] + ['ipfix_datagrams'] + \
        ['sflow_v%d_datagrams' % v for v in (2, 4, 5)]

with open(sys.argv[1] + '/index.json') as f:
    index = json.load(f)
for entry in index:
    if entry['file'].split('/')[0] not in FOLDERS:
        continue
    t = entry['totals']
    # what a collector counts that keeps data until its template comes
    t = {**t, **t.get('full', entry.get('full', {}))}
    s = t.get('sums', {})
    n = lambda *names: sum(t.get(name, 0) for name in names)
    samples = n('sflow_flow_samples', 'sflow_expanded_flow_samples')
    print(entry['file'], n(*KNOWN), n('flow_records'), n('option_records'), n('templates', 'option_templates'),
          samples, n('sflow_counter_samples', 'sflow_expanded_counter_samples'), n('sflow_drop_samples'),
          s.get('octetDelta', 0) + s.get('frame_length', 0), s.get('packetDelta', 0) + samples,
          s.get('frame_length_x_rate', 0))
