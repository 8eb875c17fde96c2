-- What an endpoint is (0 http, 1 discord, 2 slack) and gets: the format of the body (0 hookyard, 1 standard, 2 cloudevents,
-- 3 data), and templates, the general one and those by pattern of event types. The URL of a webhook at Discord or Slack is
-- a secret: sealed, with what may be shown of it in url.
alter table endpoints
    add column kind          smallint not null default 0,
    add column url_sealed    bytea,
    add column url_vault_key text,
    add column format        smallint not null default 0,
    add column template      text,
    add column templates     jsonb not null default '{}',
    add check ((kind = 0) = (url_sealed is null) and (kind = 0) = (url_vault_key is null)) not valid;
