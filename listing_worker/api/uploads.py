"""Files out of a multipart request, one after the other, while it is still arriving.

Each file goes to a temporary file (in memory up to 1 MB) and is counted as it comes: at the first byte above the limit
the request is refused, whatever its headers promise. Nothing is held once the caller asks for the next file.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect, Request

from listing_worker.api.errors import ApiError, invalid
from listing_worker.utils.images import BYTE_LIMIT, too_many_bytes

MEMORY_BYTES = 1024 * 1024
HEADER_LIMIT = 8 * 1024


@dataclass
class UploadedFile:
    """One file part; `file` stands at its beginning and is closed when the next one is asked for."""

    position: int  # from 0, over the file parts
    file: SpooledTemporaryFile[bytes]


class _Parts:
    """Turns the parser's callbacks into finished files."""

    def __init__(self, byte_limit: int, count_limit: int) -> None:
        self._byte_limit = byte_limit
        self._count_limit = count_limit
        self._header = b""
        self._value = b""
        self._header_bytes = 0
        self._is_file = False
        self._current: SpooledTemporaryFile[bytes] | None = None
        self._bytes = 0
        self._count = 0
        self.finished: list[UploadedFile] = []
        self.complete = False

    def begin(self) -> None:
        self._header = self._value = b""
        self._header_bytes = self._bytes = 0
        self._is_file = False

    def header_name(self, data: bytes, start: int, end: int) -> None:
        self._count_header(end - start)
        self._header += data[start:end]

    def header_value(self, data: bytes, start: int, end: int) -> None:
        self._count_header(end - start)
        self._value += data[start:end]

    def header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            _, options = parse_options_header(self._value)
            self._is_file = b"filename" in options
        self._header = self._value = b""

    def headers_finished(self) -> None:
        if not self._is_file:
            return
        if self._count >= self._count_limit:
            raise invalid(f"A request may have at most {self._count_limit} photos.", "photos", "photo_limit")
        self._current = SpooledTemporaryFile(max_size=MEMORY_BYTES)  # noqa: SIM115 - closed by `each_file`

    def data(self, data: bytes, start: int, end: int) -> None:
        self._bytes += end - start
        if self._current is None:
            if self._bytes > MEMORY_BYTES:
                raise ApiError(413, "too_large", "A form field that is no photo is too large.")
            return
        if self._bytes > self._byte_limit:
            raise ApiError(413, "photo_refused", too_many_bytes().message, field=f"photos[{self._count}]")
        self._current.write(data[start:end])

    def end(self) -> None:
        if self._current is None:
            return
        self._current.seek(0)
        self.finished.append(UploadedFile(self._count, self._current))
        self._current = None
        self._count += 1

    def all_read(self) -> None:
        self.complete = True

    def close(self) -> None:
        for upload in self.finished:
            upload.file.close()
        self.finished.clear()
        if self._current is not None:
            self._current.close()
            self._current = None

    def _count_header(self, more: int) -> None:
        self._header_bytes += more
        if self._header_bytes > HEADER_LIMIT:
            raise ApiError(400, "bad_request", "The form's headers are too long.")


async def each_file(
    request: Request, *, byte_limit: int = BYTE_LIMIT, count_limit: int = 24
) -> AsyncGenerator[UploadedFile, None]:
    """The file parts of a multipart request, in order; other fields are skipped.

    Raises ApiError: 413 for a file above `byte_limit` bytes, 415 for another kind of body, 400 for a broken one.
    """
    kind, options = parse_options_header(request.headers.get("content-type"))
    boundary = options.get(b"boundary")
    if kind != b"multipart/form-data" or not boundary:
        raise ApiError(
            415, "unsupported_media_type", "Send photos as multipart/form-data, each as a file.", field="photos"
        )
    parts = _Parts(byte_limit, count_limit)
    parser = MultipartParser(
        boundary,
        {
            "on_part_begin": parts.begin,
            "on_part_data": parts.data,
            "on_part_end": parts.end,
            "on_header_field": parts.header_name,
            "on_header_value": parts.header_value,
            "on_header_end": parts.header_end,
            "on_headers_finished": parts.headers_finished,
            "on_end": parts.all_read,
        },
    )
    try:
        async for chunk in request.stream():
            try:
                parser.write(chunk)
            except FormParserError as error:
                raise _broken() from error
            while parts.finished:
                upload = parts.finished.pop(0)
                with upload.file:
                    yield upload
        if not parts.complete:
            raise _broken()
    except ClientDisconnect as error:
        raise _broken() from error
    finally:
        parts.close()


def _broken() -> ApiError:
    return ApiError(400, "bad_request", "The upload is not complete. Send it again.", field="photos")
