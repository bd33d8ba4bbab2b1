"""Files at hand: archives unpacked into a folder of our own within limits, remote files fetched where allowed."""

from __future__ import annotations

import re
import stat
import tempfile
import urllib.error
import urllib.request
import zipfile
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

from geo_tej.errors import LayerError, choices
from geo_tej.io.kinds import HEAD_BYTES, VECTORS, is_blank, sniff

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from geo_tej.io.account import Ask, Limits

_CHUNK = 1024 * 1024
_LARGE = 64 * 1024 * 1024
"""Up to this size, in bytes, how densely a file is packed does not matter."""
_UTF8_NAME = 0x800
_SIDECARS = {
    ".dbf", ".shx", ".prj", ".cpg", ".sbn", ".sbx", ".qix", ".qmd", ".fix", ".idm", ".ind", ".dat", ".id", ".map",
    ".xml", ".aux", ".tfw", ".ovr", ".lyr", ".lyrx", ".qml", ".sld", ".txt.bak", ".md", ".pdf", ".mid", ".toml",
}  # fmt: skip
_MAIN = "doc.kml"
_PICTURES = {".png", ".jpg", ".jpeg", ".gif", ".bmp"}
REMOTE = re.compile(r"^(?:[a-z][a-z0-9+.-]+://|/vsi)", re.IGNORECASE)


def is_remote(path: str) -> bool:
    """Say whether a path leads to another machine, or into GDAL's virtual file systems."""
    return REMOTE.match(path) is not None


def is_database(path: str) -> bool:
    """Say whether a path is the address of a PostGIS database."""
    return path.startswith(("postgresql://", "postgres://"))


def without_password(path: str) -> str:
    """Return an address as it may be shown.

    >>> without_password("postgresql://me:secret@host/town")
    'postgresql://me@host/town'
    """
    return re.sub(r"(?<=://)([^/@:]*):[^/@]*@", r"\1@", path)


@contextmanager
def at_hand(path: Path | str, ask: Ask, *, remote: bool = False) -> Iterator[tuple[Path, str]]:
    """Give a local file and its kind: fetched if remote and allowed, unpacked if packed; gone again afterwards.

    Raises
    ------
    LayerError
        If it is remote and not allowed, packed beyond the limits or with paths that lead out, or holds several layers
        of which none is named.
    """
    with ExitStack() as stack:
        if is_remote(str(path)):
            if not remote:
                message = f"{path}: is remote; fetch it, or allow it for this layer with remote = true"
                raise LayerError(message)
            path = _fetched(str(path), _folder(stack), ask.limits)
        path = Path(path)
        kind = sniff(path)
        if kind == "zip":
            path, kind = _layer_in(path, _folder(stack), ask, ask.limits.nested)
        before = _state(path)
        yield path, kind
        if _state(path) != before:
            message = f"{path}: was changed while it was read; read it again"
            raise LayerError(message)


def _folder(stack: ExitStack) -> Path:
    """Make a folder that is gone when the stack is closed."""
    return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="geo-tej-")))


def require_within(path: Path, folder: Path) -> None:
    """Refuse a path that a symbolic link leads out of the folder in which it was written to lie.

    Raises
    ------
    LayerError
        If it does, or a part of the layer beside it does.
    """
    home = folder.resolve()
    try:
        written = Path(path.parent.absolute()).relative_to(folder.absolute())
    except ValueError:
        return  # the manifest itself says that it lies elsewhere
    if ".." in written.parts:
        return
    parts = [path, *(path.rglob("*") if path.is_dir() else path.parent.glob(f"{_glob(path.stem)}.*"))]
    for each in parts:
        if not each.resolve().is_relative_to(home):
            message = f"{each}: is a symbolic link that leads out of {folder}; put the file itself there"
            raise LayerError(message)


def layers_in(folder: Path, *, depth: int = 6, without: Collection[Path] = ()) -> list[tuple[Path, str]]:
    """Return the layers and tables in a folder and below it, each with its kind, in the order of their names.

    Folders in `without` are left out.
    """
    found: list[tuple[Path, str]] = []
    for path in sorted(folder.iterdir()):
        if path.is_symlink() or path.name.startswith((".", "__MACOSX", "~$")):
            continue
        if path.is_dir() and path.suffix.lower() != ".gdb":
            found += layers_in(path, depth=depth - 1, without=without) if depth and path not in without else []
        elif path.suffix.lower() not in _SIDECARS:
            try:
                found.append((path, sniff(path)))
            except LayerError:
                continue
    return found


def empty_in(folder: Path, *, without: Collection[Path] = ()) -> list[Path]:
    """Return the files in a folder and below it, but for folders left out, that hold nothing, by their names."""
    seen = (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink())
    seen = (path for path in seen if not any(other in path.parents for other in without))
    return [path for path in seen if not path.stat().st_size and not _hidden(path.relative_to(folder))]


def _hidden(path: Path) -> bool:
    return any(part.startswith((".", "__MACOSX", "~$")) for part in path.parts)


def _glob(stem: str) -> str:
    return re.sub(r"([\[\]?*])", r"[\1]", stem)


def _state(path: Path) -> list[tuple[str, int, int]]:
    """Return sizes and times of all files of a layer."""
    parts = sorted(path.rglob("*")) if path.is_dir() else sorted(path.parent.glob(f"{_glob(path.stem)}.*")) or [path]
    beside = {".shp", ".dbf", ".shx", ".prj", ".cpg", ".gdbtable", ".gdbtablx", path.suffix.lower()}
    states = []
    for part in parts:
        if part.suffix.lower() in beside and part.is_file():
            told = part.stat()
            states.append((part.name, told.st_size, told.st_mtime_ns))
    return states


def _layer_in(archive: Path, folder: Path, ask: Ask, nested: int) -> tuple[Path, str]:
    """Unpack an archive and return the layer in it."""
    if _is_workbook(archive):
        return archive, "xlsx"
    names = _unpack(archive, folder, ask.limits)
    found = layers_in(folder)
    vectors = [each for each in found if each[1] != "csv" or each[0].suffix.lower() == ".csv"]
    vectors = [each for each in vectors if each[0].suffix.lower() not in _PICTURES] or vectors
    main = [each for each in vectors if each == (folder / _MAIN, "kml")]
    if main and ask.sublayer is None:  # a KMZ: what else is in it belongs to that
        vectors = main
    if ask.sublayer is not None and len(vectors) > 1:
        vectors = [each for each in vectors if ask.sublayer in (each[0].name, each[0].stem)] or vectors
    if len(vectors) > 1 and any(kind in VECTORS for _, kind in vectors):
        drawn = [each for each in vectors if each[1] not in ("csv", "dbf", "xlsx")]
        vectors = drawn or vectors
    if not vectors:
        message = f"{archive}: holds no layer, only {', '.join(sorted(names)[:5]) or 'nothing'}"
        raise LayerError(message)
    if len(vectors) > 1:
        stems = [path.stem for path, _ in vectors]
        message = f"{archive}: holds {len(vectors)} layers; say which as sublayer: {choices(ask.sublayer or '', stems)}"
        raise LayerError(message)
    path, kind = vectors[0]
    if kind != "zip":
        return path, kind
    if nested <= 1:
        message = f"{archive}: archives in it are nested deeper than {ask.limits.nested}; unpack it"
        raise LayerError(message)
    return _layer_in(path, folder / ".nested", ask, nested - 1)


def _is_workbook(archive: Path) -> bool:
    try:
        with zipfile.ZipFile(archive) as packed:
            names = packed.namelist()
    except (zipfile.BadZipFile, OSError, ValueError):
        return False
    return "[Content_Types].xml" in names and any(name.startswith("xl/") for name in names)


def _unpack(archive: Path, folder: Path, limits: Limits) -> list[str]:
    """Unpack within limits, no file outside the folder; return the names."""
    names = []
    try:
        with zipfile.ZipFile(archive) as packed:
            left = limits.unpacked_bytes
            for member in _members(packed, archive, limits):
                name = _name(member)
                target = _target(archive, folder, member, name)
                names.append(name)
                if member.is_dir():
                    continue
                with packed.open(member) as source:
                    head = source.read(HEAD_BYTES)
                    if member.file_size > len(head) and is_blank(head):
                        continue  # a layer begins with what it is
                    target.parent.mkdir(parents=True, exist_ok=True)
                    with target.open("wb") as file:
                        file.write(head)
                        left -= len(head)
                        left -= _copied(source, file, *_most(member, left, archive, limits))
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, EOFError, OSError, ValueError) as fault:
        if isinstance(fault, LayerError):
            raise
        message = f"{archive}: cannot be unpacked: {str(fault) or 'it is damaged'}"
        raise LayerError(message) from fault
    except RuntimeError as fault:  # that is how zipfile says it
        message = f"{archive}: cannot be unpacked: it is locked with a password"
        raise LayerError(message) from fault
    except Exception as fault:  # zlib.error and its like, which are no OSError
        if type(fault).__module__ not in ("zlib", "_lzma", "lzma"):
            raise
        message = f"{archive}: cannot be unpacked: it is damaged ({fault})"
        raise LayerError(message) from fault
    return names


def _members(packed: zipfile.ZipFile, archive: Path, limits: Limits) -> list[zipfile.ZipInfo]:
    members = packed.infolist()
    if len(members) > limits.members:
        message = f"{archive}: holds {len(members):,} files, more than {limits.members:,} (limits.members)"
        raise LayerError(message)
    if sum(member.file_size for member in members) > limits.unpacked_bytes:
        raise LayerError(_beyond(archive, limits))
    return members


def _name(member: zipfile.ZipInfo) -> str:
    """Return a member's name; what is not marked as UTF-8 is GBK in Chinese archives."""
    if member.flag_bits & _UTF8_NAME:
        return member.filename
    try:
        data = member.filename.encode("cp437")
    except UnicodeEncodeError:
        return member.filename
    for coding in ("utf-8", "gb18030"):
        try:
            return data.decode(coding)
        except UnicodeDecodeError:
            continue
    return member.filename


def _target(archive: Path, folder: Path, member: zipfile.ZipInfo, name: str) -> Path:
    """Return where a member is unpacked to; a name that leads out, or a link, is refused."""
    plain = name.replace("\\", "/")
    parts = plain.split("/")
    if plain.startswith("/") or ".." in parts or re.match(r"^[A-Za-z]:", plain) or "\x00" in plain:
        message = f"{archive}: the name {name[:80]!r} in it leads out of its folder; it is not unpacked"
        raise LayerError(message)
    if stat.S_ISLNK(member.external_attr >> 16):
        message = f"{archive}: {name[:80]!r} in it is a symbolic link; it is not unpacked"
        raise LayerError(message)
    return folder.joinpath(*[part for part in parts if part not in ("", ".")] or ["_"])


def _most(member: zipfile.ZipInfo, left: int, archive: Path, limits: Limits) -> tuple[int, str]:
    """Return how many bytes a member may unpack to, and what is said of more."""
    dense = max(_LARGE, limits.ratio * member.compress_size)
    if dense < left:
        return dense, f"{archive}: unpacks to more than {limits.ratio} times its size (limits.ratio)"
    return left, _beyond(archive, limits)


def _beyond(what: Path | str, limits: Limits) -> str:
    return f"{what}: unpacks to more than {limits.unpacked_bytes:,} bytes (limits.unpacked_bytes)"


def _copied(source: IO[bytes], file: IO[bytes], most: int, beyond: str) -> int:
    """Copy, and refuse more bytes than `most`, saying what is `beyond` them."""
    copied = 0
    while chunk := source.read(_CHUNK):
        copied += len(chunk)
        if copied > most:
            raise LayerError(beyond)
        file.write(chunk)
    return copied


def _fetched(address: str, folder: Path, limits: Limits) -> Path:
    """Fetch a file over HTTP(S), within the limits."""
    plain = re.sub(r"^/vsicurl/", "", address)
    if not plain.lower().startswith(("http://", "https://")):
        message = f"{address}: only http and https are fetched; fetch it yourself and name the file"
        raise LayerError(message)
    target = folder / "fetched"
    try:
        with urllib.request.urlopen(plain, timeout=60) as source, target.open("wb") as file:  # noqa: S310  http only
            _copied(source, file, limits.unpacked_bytes, _beyond(address, limits))
    except LayerError:
        raise
    except (urllib.error.URLError, OSError, ValueError) as fault:
        if isinstance(fault, urllib.error.HTTPError):
            fault.close()
        message = f"{address}: cannot be fetched: {getattr(fault, 'reason', fault)}"
        raise LayerError(message) from fault
    return target
