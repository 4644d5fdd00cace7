"""Makes many backups of one, in an S3 storage, past the engine: it would take minutes to order them all.

usage: multiply_backups.py STORAGE_URL BASE_PATH ID COUNT

The repository has to be written with "compress": false. Backup ID, four characters long, is copied as ID+1 to ID+COUNT-1: its
snapshots' files, in which names and uuids are replaced by others of the same length and the checksum is made anew, and its
entries in the repository's index. The engine sees them once the repository is registered again.
"""
import base64
import http.client
import json
import os
import struct
import sys
import urllib.parse
import zlib

URL, BASE, ID, COUNT = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
connection = http.client.HTTPConnection(urllib.parse.urlsplit(URL).netloc)


def ask(method, name, body=None):
    connection.request(method, f"/backups/{BASE}/{name}", body)
    answer = connection.getresponse()
    content = answer.read()
    assert answer.status == 200, (method, name, answer.status, content)
    return content


def renamed(blob, old, new):
    """Names and uuids replaced, and the checksum of Lucene's footer: a CRC-32 of all that stands before it."""
    for before, after in zip(old, new):
        assert len(before) == len(after) and blob.count(before.encode()) == 1
        blob = blob.replace(before.encode(), after.encode())
    return blob[:-8] + struct.pack(">Q", zlib.crc32(blob[:-8]))


generation = struct.unpack(">Q", ask("GET", "index.latest"))[0]
index = json.loads(ask("GET", f"index-{generation}"))
originals = [entry for entry in index["snapshots"] if f"_{ID}_" in entry["name"]]
blobs = {entry["uuid"]: ask("GET", f"snap-{entry['uuid']}.dat") for entry in originals}
for number in range(int(ID) + 1, int(ID) + COUNT):
    for entry in originals:
        uuid = base64.urlsafe_b64encode(os.urandom(16)).decode().rstrip("=")
        copy = {**entry, "name": entry["name"].replace(f"_{ID}_", f"_{number}_"), "uuid": uuid}
        ask("PUT", f"snap-{uuid}.dat", renamed(
            blobs[entry["uuid"]], [entry["name"], entry["uuid"]], [copy["name"], uuid]))
        index["snapshots"].append(copy)
        for content in index["indices"].values():
            if entry["uuid"] in content["snapshots"]:
                content["snapshots"].append(uuid)
ask("PUT", f"index-{generation}", json.dumps(index, separators=(",", ":")))
