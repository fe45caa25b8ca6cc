"""`s3://` in a listing's photos: read from the operator's bucket, by whom they belong to."""

from __future__ import annotations

from typing import Any

import pytest

from listing_worker.errors import ConfigurationError
from listing_worker.settings import Settings
from listing_worker.storage.bucket_photos import BucketPhotos, BucketUnavailable, aws_client, open_bucket_photos
from listing_worker.storage.photos import PhotoMissing
from listing_worker.utils.images import BYTE_LIMIT, PhotoRefused
from tests.api.conftest import photo
from tests.bridges.aws import CREDENTIALS, Queues, aws_url, bridging, client, queues, until
from tests.bridges.conftest import MakePosts

__all__ = ["aws_url", "queues"]  # fixtures

USER = "11111111-2222-4333-8444-555555555555"


@pytest.fixture
def bucket(aws_url: str) -> Any:
    """A client whose bucket `talknshop-media` is there, and empty."""
    s3 = client(aws_url, "s3")
    if not s3.list_buckets()["Buckets"]:
        s3.create_bucket(Bucket="talknshop-media", CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
    for each in s3.list_objects_v2(Bucket="talknshop-media").get("Contents", []):
        s3.delete_object(Bucket="talknshop-media", Key=each["Key"])
    return s3


@pytest.mark.slow
def test_a_message_s_photos_are_read_from_the_bucket(make_posts: MakePosts, queues: Queues, bucket: Any) -> None:
    posts = make_posts(bucket_photos=BucketPhotos(bucket, ["s3://talknshop-media/{user_id}/"]))
    mine = [f"{posts.owner.user_id}/img{number}.png" for number in (1, 2)]
    for number, key in enumerate(mine):
        bucket.put_object(Bucket="talknshop-media", Key=key, Body=photo(number, kind="PNG"))
    bucket.put_object(Bucket="talknshop-media", Key=f"{USER}/img1.jpg", Body=photo(7))
    url = queues.make("ebay")
    queues.send(url, {"listing_spec": posts.spec("ebay", media_s3_keys=[f"s3://talknshop-media/{k}" for k in mine])})
    queues.send(url, {"listing_spec": posts.spec("ebay", media_s3_keys=[f"s3://talknshop-media/{USER}/img1.jpg"])})
    with bridging(queues.sqs, posts, {url: "ebay"}):
        until(lambda: queues.count(url) == 0)
    (listing,) = posts.listings()
    assert len(listing["photos"]) == 2 and listing["photos"][0]["sha256"] != listing["photos"][1]["sha256"]
    assert all(posts.wired.photos.open(each["key"]).startswith(b"\xff\xd8") for each in listing["photos"])  # ours: JPEG
    ((_, about),) = queues.buried()
    assert about["reason_field"] == "listing_spec.media_s3_keys[0]"  # a stranger's folder


def test_only_what_lies_in_the_user_s_own_folder_can_be_named(bucket: Any) -> None:
    photos = BucketPhotos(bucket, ["s3://talknshop-media/{user_id}/"])
    bucket.put_object(Bucket="talknshop-media", Key=f"{USER}/a.jpg", Body=b"mine")
    bucket.put_object(Bucket="talknshop-media", Key="other/a.jpg", Body=b"theirs")
    assert photos.read(f"s3://talknshop-media/{USER}/a.jpg", USER) == b"mine"
    for address in (
        "s3://talknshop-media/other/a.jpg",
        f"s3://talknshop-media/{USER}/../other/a.jpg",
        f"s3://talknshop-media/{USER}//a.jpg",
        f"s3://talknshop-media/{USER}/",
        f"s3://elsewhere/{USER}/a.jpg",
        f"s3://talknshop-media/{USER}/none.jpg",
        f"https://talknshop-media/{USER}/a.jpg",
    ):
        with pytest.raises(PhotoMissing):
            photos.read(address, USER)


@pytest.mark.slow
def test_an_object_that_is_too_large_is_not_read(bucket: Any) -> None:
    bucket.put_object(Bucket="talknshop-media", Key=f"{USER}/big", Body=b"\0" * (BYTE_LIMIT + 1))
    with pytest.raises(PhotoRefused):
        BucketPhotos(bucket, ["s3://talknshop-media/"]).read(f"s3://talknshop-media/{USER}/big", USER)


@pytest.mark.slow
def test_a_bucket_that_does_not_answer_is_no_missing_photo() -> None:
    settings = Settings(_env_file=None, aws_endpoint_url="http://127.0.0.1:9", **SETTINGS)
    with pytest.raises(BucketUnavailable):
        BucketPhotos(aws_client(settings, "s3"), ["s3://b/"]).read("s3://b/a.jpg", USER)


def test_places_are_folders_of_buckets() -> None:
    assert open_bucket_photos(Settings(_env_file=None)) is None
    assert open_bucket_photos(Settings(_env_file=None, s3_photos="s3://b/{user_id}/, s3://c/", **SETTINGS)) is not None
    for wrong in ("b/", "s3://", "s3://b", "s3://b/photos", "s3://{user_id}/"):
        with pytest.raises(ConfigurationError, match="no folder of a bucket"):
            open_bucket_photos(Settings(_env_file=None, s3_photos=wrong, **SETTINGS))


SETTINGS: Any = {"aws_region" if name == "region_name" else name: value for name, value in CREDENTIALS.items()}
