"""Databases of rpm, made by hand."""

from __future__ import annotations

import sqlite3
import struct


def header(
    name: str, version: str, *, release: str = "", architecture: str = "", epoch: int = 0
) -> bytes:
    """Write the header of a package, as it lies in a database."""
    data, index = b"", []
    for tag, text in ((1000, name), (1001, version), (1002, release), (1022, architecture)):
        if text:
            index.append(struct.pack(">IIII", tag, 6, len(data), 1))
            data += text.encode() + b"\0"
    if epoch:
        data += bytes(-len(data) % 4)
        index.append(struct.pack(">IIII", 1003, 4, len(data), 1))
        data += epoch.to_bytes(4, "big")
    return struct.pack(">II", len(index), len(data)) + b"".join(index) + data


def database(*headers: object, ahead: bool = True, view: bool = False) -> bytes:
    """Write a database; one that writes ahead, as rpm's do."""
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB)")
    connection.executemany("INSERT INTO Packages (blob) VALUES (?)", [(one,) for one in headers])
    if view:
        connection.execute("ALTER TABLE Packages RENAME TO Behind")
        connection.execute("CREATE VIEW Packages AS SELECT hnum, randomblob(9) AS blob FROM Behind")
    connection.commit()
    data = connection.serialize()
    connection.close()
    return data[:18] + b"\2\2" + data[20:] if ahead else data
