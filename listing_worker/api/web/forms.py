"""What a page's form sent: read once, checked against forgery (CSRF)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request
from starlette.datastructures import UploadFile

from listing_worker.api.auth import check_csrf

FIELD_LIMIT = 2000  # fields of one form: a form of ours has fewer than 200


@dataclass
class Form:
    """Texts and files by name; of several values of one name all are kept, in order."""

    texts: dict[str, list[str]] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    file_names: dict[str, str] = field(default_factory=dict)

    def get(self, name: str, default: str = "") -> str:
        """The value without spaces around it, `default` if it is not there."""
        values = self.texts.get(name)
        return values[0].strip() if values else default

    def all(self, name: str) -> list[str]:
        return [value.strip() for value in self.texts.get(name, []) if value.strip()]

    def names(self) -> list[str]:
        return list(self.texts)


async def read_form(request: Request) -> Form:
    """The posted form. Raises ApiError 403 if it does not carry the token of this sign-in."""
    form = Form()
    async with request.form(max_fields=FIELD_LIMIT, max_files=4, max_part_size=4_000_000) as sent:
        for name, value in sent.multi_items():
            if isinstance(value, UploadFile):
                form.files[name] = await value.read()
                form.file_names[name] = value.filename or ""
            else:
                form.texts.setdefault(name, []).append(value)
    check_csrf(request, form.get("csrf") or None)
    return form


Posted = Annotated[Form, Depends(read_form)]
