"""Photos that are in somebody's S3 bucket: what `s3://…` in a listing's `media_s3_keys` names.

They are read once, when the listing is made, and kept as ours like any upload. A user may name only what lies under one
of the places in S3_PHOTOS, where `{user_id}` stands for the user's own id: nobody reads a stranger's folder.
"""

from __future__ import annotations

from typing import Any

from listing_worker.errors import ConfigurationError, RetryLater
from listing_worker.settings import Settings
from listing_worker.storage.photos import PhotoMissing
from listing_worker.utils.images import BYTE_LIMIT, too_many_bytes

SCHEME = "s3://"
_GONE = frozenset({"NoSuchKey", "NoSuchBucket", "404", "403", "AccessDenied", "InvalidObjectState"})


class BucketUnavailable(RetryLater):
    """S3 did not answer, or not as it should. Passing: try again."""

    code = "bucket_unavailable"


class BucketPhotos:
    """Reads objects below `places` ("s3://bucket/{user_id}/"). `client` is boto3's, for S3."""

    def __init__(self, client: Any, places: list[str]) -> None:
        self._client = client
        self._places = places

    def read(self, address: str, user_id: str) -> bytes:
        """The object's bytes, at most `BYTE_LIMIT`. Raises PhotoMissing (also for what is not this user's to name),
        PhotoRefused if it is too large, BucketUnavailable."""
        from botocore.exceptions import BotoCoreError, ClientError

        bucket, key = self._checked(address, user_id)
        try:
            answer = self._client.get_object(Bucket=bucket, Key=key)
            with answer["Body"] as body:
                if answer["ContentLength"] > BYTE_LIMIT:
                    raise too_many_bytes()
                return bytes(body.read(BYTE_LIMIT + 1))
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in _GONE:
                raise _missing() from error
            raise BucketUnavailable("The bucket with the photos cannot be read just now.") from error
        except BotoCoreError as error:  # no answer, no credentials, a connection that broke
            raise BucketUnavailable("The bucket with the photos cannot be reached just now.") from error

    def _checked(self, address: str, user_id: str) -> tuple[str, str]:
        own = [place.replace("{user_id}", user_id) for place in self._places]
        bucket, _, key = address.removeprefix(SCHEME).partition("/")
        odd = not address.startswith(SCHEME) or not key or any(part in {"", ".", ".."} for part in key.split("/"))
        if odd or not any(address.startswith(place) for place in own):
            raise _missing()
        return bucket, key


def open_bucket_photos(settings: Settings) -> BucketPhotos | None:
    """None where S3_PHOTOS is not set. Raises ConfigurationError for places that are none, or without boto3."""
    places = [place.strip() for place in settings.s3_photos.split(",") if place.strip()]
    if not places:
        return None
    for place in places:
        bucket, slash, _ = place.removeprefix(SCHEME).partition("/")
        if not place.startswith(SCHEME) or not bucket or not slash or not place.endswith("/") or "{" in bucket:
            raise ConfigurationError(
                f"S3_PHOTOS has {place!r}, which is no folder of a bucket.",
                action="Write it like s3://bucket/{user_id}/ , with the slash at its end",
            )
    return BucketPhotos(aws_client(settings, "s3"), places)


def aws_client(settings: Settings, service: str) -> Any:
    """boto3's client; what the settings leave open comes from boto3's own chain (role of the task, profile).

    Raises ConfigurationError without boto3 or a region.
    """
    try:
        import boto3
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError
    except ImportError as error:
        raise ConfigurationError(
            "boto3 is not installed, which reading from AWS needs.", action="pip install 'listing-worker[aws]'"
        ) from error

    def given(secret: Any) -> str | None:
        return secret.get_secret_value() if secret is not None else None

    session = boto3.session.Session(
        region_name=settings.aws_region,
        aws_access_key_id=given(settings.aws_access_key_id),
        aws_secret_access_key=given(settings.aws_secret_access_key),
        aws_session_token=given(settings.aws_session_token),
    )
    config = Config(connect_timeout=5, read_timeout=30, retries={"max_attempts": 3, "mode": "standard"})
    try:
        return session.client(service, endpoint_url=settings.aws_endpoint_url, config=config)
    except (BotoCoreError, ValueError) as error:
        raise ConfigurationError(f"AWS cannot be used as it is set up: {error}", action="Set AWS_REGION") from error


def _missing() -> PhotoMissing:
    return PhotoMissing("There is no such photo of yours in the bucket.")
