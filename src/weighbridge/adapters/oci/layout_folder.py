"""The files of an image layout, which whoever made it may have made to harm."""

from __future__ import annotations

from weighbridge.adapters.plain_folder import PlainFolder
from weighbridge.model.errors import TransferError


class LayoutFolder(PlainFolder):
    """The folder of a layout."""

    def _too_large(self, file: str, size: int, most: int) -> TransferError:
        message = f"{self._name}: {file} is larger than {most} bytes"
        return TransferError(message, seen=str(size), wanted=f"at most {most}")

    def _refused(self, file: str, reason: str) -> TransferError:
        return TransferError(
            f"{self._name}: {file or 'the layout'} cannot be read: {reason}",
            wanted="an OCI image layout of plain files in plain folders",
            help=["copy the layout anew, by `skopeo copy` for example"],
        )
