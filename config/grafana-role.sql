-- Who looks at the ledger through Grafana: reads, briefly, and nothing else. docker-compose.yml has Postgres run this once, when it
-- makes the database, before Hookyard makes its tables.
-- It reads every table, sealed secrets too. Elsewhere grant only those that the panels name, and choose another password.
CREATE ROLE grafana LOGIN PASSWORD 'grafana' CONNECTION LIMIT 5;
ALTER ROLE grafana SET default_transaction_read_only = on;
ALTER ROLE grafana SET statement_timeout = '10s';
ALTER DEFAULT PRIVILEGES FOR ROLE hookyard IN SCHEMA public GRANT SELECT ON TABLES TO grafana;
