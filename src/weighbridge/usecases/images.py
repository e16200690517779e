"""Find the container images a manifest declares, and observe them: copies first, then registries.

A copy is taken for the declared image if it has its digest; if none has, the one that is left over
is held against it, and found to be another. Nobody is asked for anything by tag.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.model.authoring.base import TODO
from weighbridge.model.errors import NotFoundError, WeighbridgeError
from weighbridge.model.fact import Unavailable
from weighbridge.model.image import ImageFacts, Platform
from weighbridge.probes.images.observing import observe_base, observe_image, observe_papers
from weighbridge.rules.compatibility.image_architecture import PROCESSORS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from weighbridge.model.image import ImagePapers, ImageSource
    from weighbridge.model.oci import Descriptor
    from weighbridge.model.reading import DigestCache
    from weighbridge.model.release import ModelRelease
    from weighbridge.model.release.environment import BaseImage, Image
    from weighbridge.probes.images.local import LocalImages


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Where images may be read.

    Attributes:
        copies: Those that somebody named.
        remote: Opens the repository a reference is in; None if the network must not be used.
        cache: What is known of images read from registries before; None to read them again.
    """

    copies: Sequence[LocalImages] = ()
    remote: Callable[[str], ImageSource] | None = None
    cache: DigestCache | None = None


_Found = tuple["ImageSource", "Descriptor"]


def observe_images(release: ModelRelease, access: Access) -> dict[str, ImageFacts]:
    """Observe the container image of a release, by its reference; empty if it declares none."""
    image = release.spec.environment.image
    if image is None or TODO in {image.ref, image.digest}:
        return {}
    platform = _platform(release)
    found = _mistaken(image, access) or _find(image, access)
    seen = (
        found
        if isinstance(found, Unavailable)
        else observe_image(
            found[0],
            found[1],
            platform=platform,
            # A copy lies here, and whoever names it wants it read.
            cache=None if found[0] in access.copies else access.cache,
        )
    )
    # Of an image nobody saw, nobody asks what it is built on.
    base = seen if isinstance(seen, Unavailable) else _base(image, access, platform)
    return {image.ref: ImageFacts(image=seen, base=base)}


def read_papers(
    release: ModelRelease, access: Access
) -> tuple[ImagePapers | Unavailable, ImagePapers | Unavailable]:
    """Read what the declared image and its base say of themselves; nothing of their layers.

    Of an image whose digest is still TODO, the only copy is taken, or else what its tag stands
    for on its registry today.
    """
    image = release.spec.environment.image
    if image is None or image.ref == TODO:
        none = Unavailable("no image is declared")
        return none, none
    pinned = image.digest != TODO
    found = _mistaken(image, access) or (_find if pinned else _tagged)(image, access)
    base = image.base
    if base is None or base.ref == TODO:
        below: _Found | Unavailable = Unavailable("no base is declared")
    else:
        below = _find(base, access) if base.digest != TODO else _tagged(base, access)
    platform = _platform(release)
    return _papers(found, platform), _papers(below, platform)


def _papers(found: _Found | Unavailable, platform: Platform | None) -> ImagePapers | Unavailable:
    if isinstance(found, Unavailable):
        return found
    return observe_papers(found[0], found[1], platform=platform)


def _tagged(wanted: Image | BaseImage, access: Access) -> _Found | Unavailable:
    """Ask a registry what a tag stands for: only where nobody has said a digest yet."""
    _, colon, tag = wanted.ref.rpartition(":")
    if not colon or "/" in tag:
        return Unavailable(
            f"{wanted.ref} names neither digest nor tag",
            "name a copy of it with --image, or write its tag behind it",
        )
    return _asked(wanted.ref, tag, access)


def _base(image: Image, access: Access, platform: Platform | None) -> tuple[str, ...] | Unavailable:
    base = image.base
    if base is None or TODO in {base.ref, base.digest}:
        return Unavailable("no base is declared")
    found = _find(base, access)
    if isinstance(found, Unavailable):
        return found
    return observe_base(found[0], found[1], platform=platform)


def _find(wanted: Image | BaseImage, access: Access) -> _Found | Unavailable:
    """Find an image by its digest, first where somebody said it would be."""
    for copy in access.copies:
        try:
            return copy, copy.resolve(wanted.digest)
        except NotFoundError:
            continue
    return _asked(wanted.ref, wanted.digest, access)


def _asked(ref: str, reference: str, access: Access) -> _Found | Unavailable:
    """Find an image on its registry."""
    if access.remote is None:
        name = ref if ref.endswith(f":{reference}") else f"{ref}@{reference}"
        return Unavailable(
            f"no copy of {ref} was named, and --offline forbids asking its registry",
            f"name a copy of it with --image: skopeo copy docker://{name} oci:FOLDER",
        )
    try:
        source = access.remote(f"oci://{ref}")
        return source, source.resolve(reference)
    except WeighbridgeError as error:
        hint = next(iter(error.faults[0].help), "")
        return Unavailable(str(error), hint or "name a copy of it with --image")


def _mistaken(image: Image, access: Access) -> _Found | None:
    """Find the copy that must be meant though it is another: the one image that is left over."""
    known = {image.digest, *({image.base.digest} if image.base else ())}
    left = [
        (copy, named.descriptor)
        for copy in access.copies
        for named in copy.images
        if not any(_has(copy, digest) for digest in known)
    ]
    return left[0] if len(left) == 1 else None


def _has(copy: LocalImages, digest: str) -> bool:
    try:
        copy.resolve(digest)
    except NotFoundError:
        return False
    return True


def _platform(release: ModelRelease) -> Platform | None:
    """Say for which platform the layers are read: that of the first target on Linux, if any."""
    section = release.spec.compatibility
    for target in (section.targets if section else None) or ():
        if target.os == "linux" and target.arch in PROCESSORS:
            architecture, variant = PROCESSORS[target.arch]
            return Platform(os="linux", architecture=architecture, variant=variant)
    return None
