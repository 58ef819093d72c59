"""read_hash.py KEY: reads a whole hash with redis-cli, HSCAN after HSCAN over one connection; prints how many fields there were."""

import subprocess
import sys

from servers import REDIS

FIELDS_AT_ONCE = 10_000


def read_hash(key):
    with subprocess.Popen(["redis-cli", *REDIS, "--no-raw"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as client:
        cursor, lines = b"0", 0
        while True:
            # The reply to the second command marks the end of the first.
            client.stdin.write(b"HSCAN %s %s COUNT %d\nECHO end\n" % (key.encode(), cursor, FIELDS_AT_ONCE))
            client.stdin.flush()
            line = client.stdout.readline()
            if not line.startswith(b'1) "'):
                sys.exit(f"read_hash: redis-cli printed {line!r}")
            cursor = line.split(b'"')[1]
            while (line := client.stdout.readline()) != b'"end"\n':
                if not line:
                    sys.exit("read_hash: redis-cli ended before its time")
                lines += 1
            if cursor == b"0":
                client.stdin.close()
                return lines // 2


if __name__ == "__main__":
    print(read_hash(sys.argv[1]))
