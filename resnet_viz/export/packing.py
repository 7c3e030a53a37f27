"""A file that is a ZIP archive, the same whenever it is made."""

from __future__ import annotations

from io import BytesIO

_MADE = (1980, 1, 1, 0, 0, 0)  # ZIP knows no earlier time


def undated(archive: bytes) -> bytes:
    """``archive`` with the same members in the same order, without the time at which and the system on which it was made."""
    from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo  # which a table has no use for

    made = BytesIO()
    with ZipFile(BytesIO(archive)) as old, ZipFile(made, "w") as new:
        for member in old.infolist():
            info = ZipInfo(member.filename, _MADE)
            info.create_system, info.external_attr = 0, 0
            new.writestr(info, old.read(member), ZIP_DEFLATED)
    return made.getvalue()
