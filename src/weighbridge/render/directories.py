"""The program that verifies a release's directories, as text: it runs where weighbridge is not.

A directory is known by the digest of its listing (`codec.listing`), which no tool of the system
takes; the Python of the release does, with its standard library alone.
"""

from __future__ import annotations

from typing import Final

PROGRAM: Final = '''\
"""Verify folders by the digest of their listing: directories.py RELEASE LIST."""

import hashlib
import json
import os
import stat
import sys

PAGE = 10_000
INDEX = "application/vnd.weighbridge.directory.index.v1+json"


def files(folder):
    for place, folders, names in os.walk(folder, onerror=refuse):
        for name in [*folders, *names]:
            path = os.path.join(place, name)
            mode = os.lstat(path).st_mode
            if stat.S_ISREG(mode):
                digest, size = hashlib.sha256(), 0
                with open(path, "rb") as file:
                    for chunk in iter(lambda: file.read(1 << 20), b""):
                        digest.update(chunk)
                        size += len(chunk)
                inside = os.path.relpath(path, folder)
                yield {"digest": "sha256:" + digest.hexdigest(), "path": inside, "size": size}
            elif not stat.S_ISDIR(mode):
                sys.exit(f"{path!r} is neither a file nor a folder")


def refuse(error):
    sys.exit(str(error))


def listing(folder):
    found = sorted(files(folder), key=lambda one: one["path"])
    parts = [found[at : at + PAGE] for at in range(0, len(found) or 1, PAGE)]
    pages = [canonical({"files": part}) for part in parts]
    if len(pages) == 1:
        return pages[0]
    about = [
        {
            "count": len(part),
            "digest": known(page),
            "first": part[0]["path"],
            "last": part[-1]["path"],
            "size": len(page),
        }
        for part, page in zip(parts, pages)
    ]
    size = sum(one["size"] for one in found)
    return canonical({"count": len(found), "mediaType": INDEX, "pages": about, "size": size})


def canonical(value):
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return text.encode()


def known(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def main(release, wanted):
    with open(wanted, encoding="utf-8") as file:
        folders = json.load(file)
    wrong = False
    for path, digest in sorted(folders.items()):
        seen = known(listing(os.path.join(release, path)))
        if seen != digest:
            print(f"{path!r}: {seen}, not {digest}")
            wrong = True
    return wrong


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
'''
