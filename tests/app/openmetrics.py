#!/usr/bin/python3
"""Holds `qslice-sim inspect --openmetrics` to the OpenMetrics parser of Prometheus' Python client.

    openmetrics.py PROGRAM
"""

import hashlib
import pathlib
import subprocess
import sys
import tempfile

try:
    from prometheus_client.openmetrics.parser import text_string_to_metric_families
except ImportError as problem:
    print(f'skipped: no python3-prometheus-client for /usr/bin/python3: {problem}')
    sys.exit(0)

WAITING = 30


def main(program):
    with tempfile.TemporaryDirectory(prefix='qslice-metrics-') as folder:
        for queue in ('in', 'out', 'shunt'):
            (pathlib.Path(folder) / 'qfiles' / queue).mkdir(parents=True)
        for number in range(WAITING):
            name = f'{1400972196 + number}.5+{hashlib.sha1(b"%d" % number).hexdigest()}'
            (pathlib.Path(folder) / 'qfiles' / 'in' / f'{name}.pck').touch()
        (pathlib.Path(folder) / 'qfiles' / 'in' / 'a "strange"\nname\\.pck').touch()
        text = subprocess.run([program, 'inspect', folder, '--slices', '3', '--openmetrics',
                               '--running', 'IncomingRunner:0:3,IncomingRunner:1:3'],
                              stdout=subprocess.PIPE, check=True, text=True).stdout
    families = {family.name: family for family in text_string_to_metric_families(text)}
    entries = [sample for sample in families['qslice_queue_entries'].samples
               if sample.labels['queue'] == 'in']
    if sorted(s.labels['slice'] for s in entries) != ['1/3', '2/3', '3/3']:
        return f'expected three slices of in/, found {entries}'
    if sum(sample.value for sample in entries) != WAITING:
        return f'expected {WAITING} entries of in/, found {entries}'
    for family in families.values():
        if not family.documentation:
            return f'{family.name} has no help'
    print(f'{len(families)} families, {sum(len(f.samples) for f in families.values())} samples')
    return None


if __name__ == '__main__':
    wrong = main(sys.argv[1])
    if wrong:
        sys.exit('FAILED: ' + wrong)
