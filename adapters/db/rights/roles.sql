-- Roles and databases of an installation, made or brought to what this says; done again it changes nothing but
-- passwords. To be run by psql, as a superuser, in any other database of the server:
--
--   DATABASE_OWNER_PASSWORD=… DATABASE_PASSWORD=… TEMPORAL_DATABASE_PASSWORD=… psql --no-psqlrc --file adapters/db/rights/roles.sql
--
-- firm_offer_owner  owns the tables, for `firm-offer migrate` alone
-- firm_offer        is API's and worker's: what it may do in the tables, adapters/db/rights/__init__.py says
-- temporal          owns Temporal's two databases and sees no other
\set ON_ERROR_STOP on
\getenv owner_password DATABASE_OWNER_PASSWORD
\getenv product_password DATABASE_PASSWORD
\getenv temporal_password TEMPORAL_DATABASE_PASSWORD

SELECT format('CREATE ROLE %I', name) FROM unnest(ARRAY['firm_offer_owner', 'firm_offer', 'temporal']) AS name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name)
\gexec

ALTER ROLE firm_offer_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'owner_password';
ALTER ROLE firm_offer LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'product_password';
ALTER ROLE temporal LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'temporal_password';

SELECT format('CREATE DATABASE %I OWNER %I', name, owner)
FROM (VALUES ('firm_offer', 'firm_offer_owner'), ('temporal', 'temporal'), ('temporal_visibility', 'temporal')) AS needed (name, owner)
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = name)
\gexec

ALTER DATABASE firm_offer OWNER TO firm_offer_owner;
REVOKE ALL ON DATABASE firm_offer, temporal, temporal_visibility FROM PUBLIC;
GRANT CONNECT ON DATABASE firm_offer TO firm_offer;
