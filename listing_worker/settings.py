"""The one reader of the environment. Every variable is listed in `.env.example` with its meaning.

Names from the two seed documents are kept. Nothing set = embedded mode: private servers under `data_dir`.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from listing_worker.errors import ConfigurationError


class Settings(BaseSettings):
    """All settings. Seconds unless the name says otherwise. Secrets never print."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", populate_by_name=True)

    # where things live
    data_dir: Path = Field(default=Path(".run"), description="all state of a checkout in embedded mode")
    redis_url: SecretStr | None = None
    database_url: SecretStr | None = None
    supabase_url: str | None = Field(
        default=None, validation_alias=AliasChoices("SUPABASE_URL", "NEXT_PUBLIC_SUPABASE_URL")
    )
    supabase_service_role_key: SecretStr | None = Field(
        default=None, validation_alias=AliasChoices("SUPABASE_SECRET_KEY", "SUPABASE_SERVICE_ROLE_KEY")
    )
    supabase_publishable_key: str | None = Field(
        default=None,
        validation_alias=AliasChoices(
            "SUPABASE_PUBLISHABLE_KEY",
            "SUPABASE_ANON_KEY",
            "NEXT_PUBLIC_SUPABASE_PUBLISHABLE_KEY",
            "NEXT_PUBLIC_SUPABASE_ANON_KEY",
        ),
        description="lets extensions bring sealed sessions straight to the project while the API is away",
    )
    supabase_jwt_secret: SecretStr | None = Field(default=None, description="legacy HS256 projects only")

    # sessions
    session_encryption_key: SecretStr | None = Field(
        default=None, description="worker only; comma list: the first seals, all open; 32 characters or more each"
    )
    session_days: int = Field(default=7, ge=1, le=90)

    # API
    host: str = "127.0.0.1"
    port: int = Field(default=8003, ge=0, le=65535)
    public_url: str | None = Field(
        default=None,
        validation_alias=AliasChoices("PUBLIC_URL"),
        description="the API's address as sellers see it; needed behind a proxy",
    )
    allowed_origins: str = Field(default="", description="comma list of web origins that may call the API")
    extension_ids: str = Field(default="", description="comma list of further extension ids that may call the API")
    listing_worker_url: str | None = Field(default=None, description="the API that commands and tools ask")
    listing_worker_token: SecretStr | None = Field(default=None, description="an API key for them")
    api_rate_limit: str = Field(default="1200/minute", description="requests of one user or API key")
    address_rate_limit: str = Field(default="3000/minute", description="requests of one client address")
    guess_rate_limit: str = Field(default="30/minute", description="sign-ins and pairing codes tried by one address")

    # worker
    worker_concurrency: int = Field(default=3, ge=1, le=64)
    lease_seconds: float = Field(default=15, gt=0)
    heartbeat_seconds: float = Field(default=1.5, gt=0)
    fence_margin_seconds: float = Field(default=4, gt=0, description="no click with less lease than this left")
    settle_seconds: float = Field(default=20, gt=0, description="wait before reconciling an uncertain posting")
    attempt_seconds: float = Field(default=600, gt=0, description="hard limit of one attempt")
    live_view_seconds: float = Field(
        default=600,
        ge=0,
        le=3600,
        description="how long an attempt keeps its browser open for the seller to answer a challenge; 0 = not at all",
    )
    reconcile_every_seconds: float = Field(default=2, gt=0)
    max_retries: int = Field(default=3, ge=0, le=20)
    retry_backoff_base: float = Field(default=2, gt=1, le=10)

    # pacing; the three limits are the second seed's
    pacing: bool = Field(default=True, description="off = as fast as possible; only for the sandbox")
    ebay_rate_limit: int = Field(default=5000, ge=1, description="per day and account")
    craigslist_rate_limit: int = Field(default=100, ge=1, description="per hour and account")
    facebook_rate_limit: int = Field(default=200, ge=1, description="per hour and account")

    # inventory
    watch_seconds: float = Field(
        default=600, ge=0, description="how often an account with auto-delist is looked at; 0 = never"
    )

    escalate_minutes: float = Field(
        default=30, gt=0, description="a sold item that is still on sale elsewhere after this is told to the seller"
    )
    mail_trusted_receivers: str = Field(
        default="",
        description="comma list of mail servers (the name that begins their Authentication-Results lines) whose word "
        "counts that a sale mail is genuine; empty = no mail is certain evidence",
    )

    # browser
    chromium_path: Path | None = None
    browser_provider: Literal["local", "cdp", "browser-use", "browserbase", "steel"] = "local"
    browser_cdp_url: SecretStr | None = Field(default=None, description="for `cdp`: http(s) or ws(s); may hold a token")
    browser_use_api_key: SecretStr | None = None
    browserbase_api_key: SecretStr | None = None
    browserbase_project_id: str | None = None
    steel_api_key: SecretStr | None = None
    browser_api_url: str | None = Field(default=None, description="the provider's API, where it is not the usual one")
    browser_region: str | None = Field(default=None, description="as the provider names its regions")
    browser_proxy: SecretStr | None = Field(default=None, description="http://user:password@host:port")
    browser_dollars_per_hour: float | None = Field(default=None, ge=0, description="where the provider tells no price")
    headless: bool = True
    warm_browser: bool = Field(default=True, description="an idle worker process keeps a fresh browser open")
    sandbox_file: Path | None = Field(
        default=None, description="a sandbox's description (.run/sandbox.json): marketplaces resolve to it"
    )

    # model
    openrouter_api_key: SecretStr | None = None
    openrouter_base_url: str = "https://openrouter.ai/api/v1"
    openrouter_model: str = "openai/gpt-5-mini"
    agent_mode: Literal["auto", "recipe", "agent"] = Field(
        default="auto",
        description="browser-use: auto = last, for a field nothing else found; recipe = never; agent = for every field",
    )
    model_seconds: float = Field(default=30, gt=0, le=300, description="for one answer of the model")

    # AWS (extra `aws`); what is left open comes from boto3's own chain, e.g. the role of the task
    aws_region: str | None = Field(default=None, validation_alias=AliasChoices("AWS_REGION", "AWS_DEFAULT_REGION"))
    aws_access_key_id: SecretStr | None = None
    aws_secret_access_key: SecretStr | None = None
    aws_session_token: SecretStr | None = None
    aws_endpoint_url: str | None = Field(default=None, description="another server that speaks the same, for tests")
    s3_photos: str = Field(
        default="",
        description="comma list of folders whose objects may be named as photos: s3://bucket/{user_id}/",
    )
    sqs_queue_url: str | None = Field(default=None, description="a queue whose messages name their marketplaces")
    sqs_ebay_queue_url: str | None = None
    sqs_craigslist_queue_url: str | None = None
    sqs_facebook_queue_url: str | None = None
    sqs_poshmark_queue_url: str | None = None
    sqs_mercari_queue_url: str | None = None
    visibility_timeout: int = Field(
        default=60, ge=5, le=43200, description="of an SQS message while we have it; extended while we work on it"
    )

    # Bull (extra `bullmq`)
    bull_redis_url: SecretStr | None = Field(default=None, description="where the web app's queue is; unset: REDIS_URL")
    bull_queue: str = Field(default="listings", min_length=1, pattern=r"^[^:]+$", description="the queue's name")
    bull_prefix: str = Field(default="bull", min_length=1)

    # webhooks
    next_public_api_url: str | None = Field(default=None, description="the seller app; receives /api/jobs/webhook")
    notifications_webhook_enabled: bool = True
    webhook_secret: SecretStr | None = Field(default=None, description="whsec_… for the seller app's own endpoint")
    allow_private_webhooks: bool = False
    mail_url: SecretStr | None = Field(
        default=None, description="worker only: the mail server for notifications, mailtos://user:password@host"
    )

    # traces (extra `otel`)
    otel_exporter_otlp_endpoint: str | None = Field(
        default=None, description="an OpenTelemetry collector's address for OTLP over HTTP; unset: nothing is traced"
    )
    otel_exporter_otlp_headers: SecretStr | None = Field(default=None, description="name=value,… sent with each batch")
    otel_service_name: str = "listing-worker"

    # defects of ours (extra `sentry`)
    sentry_dsn: SecretStr | None = Field(default=None, description="a Sentry project's address; unset: nothing is sent")

    # logs
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    debug: bool = False
    metrics_token: SecretStr | None = Field(
        default=None, description="what /metrics asks for; unset: private callers only"
    )

    @property
    def longest_attempt_seconds(self) -> float:
        """An attempt's own time and the time it may wait for its seller."""
        return self.attempt_seconds + self.live_view_seconds

    @property
    def redis_address(self) -> str:
        """The Redis to use. In embedded mode it is filled in once the private server runs (`embedded/system.py`)."""
        if self.redis_url is None:
            raise ConfigurationError("REDIS_URL is not set, and no private Redis was started.", action="Set REDIS_URL")
        return self.redis_url.get_secret_value()

    @property
    def sqs_queues(self) -> dict[str, str | None]:
        """Address of each queue to the marketplace its messages are for; None: its messages say so."""
        named = {
            name.removeprefix("sqs_").removesuffix("queue_url").rstrip("_"): getattr(self, name)
            for name in type(self).model_fields
            if name.startswith("sqs_") and name.endswith("queue_url")
        }
        return {address: marketplace or None for marketplace, address in named.items() if address}

    @property
    def embedded_redis(self) -> bool:
        return self.redis_url is None

    @property
    def embedded_postgres(self) -> bool:
        return self.database_url is None and self.supabase_url is None


@cache
def get_settings() -> Settings:
    """The process's settings, read once."""
    return Settings()
