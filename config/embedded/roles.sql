-- The three roles of Landfall, and what every database of it needs. Safe to run again and again.
--
-- An administrator prepares an external PostgreSQL (15 or newer) with it, as a superuser:
--     psql -d postgres -f config/embedded/roles.sql
--     psql -d postgres -c 'create database landfall owner itsp_owner'
--     psql -d landfall -f config/embedded/roles.sql
-- then gives itsp_owner and itsp_app passwords and puts them into DATABASE_OWNER_URL and DATABASE_URL.
--
-- itsp_owner     owns the schema and runs the migrations
-- itsp_app       is what the web server and the workers are; row-level security always applies to it
-- itsp_platform  is what itsp_app becomes, for one transaction, to do a deed of the platform for all operators;
--                it too sees only the tables whose policies name it

do $$
declare
  name text;
begin
  foreach name in array array['itsp_owner', 'itsp_app', 'itsp_platform'] loop
    if not exists (select from pg_roles where rolname = name) then
      execute format('create role %I', name);
    end if;
  end loop;
end
$$;

alter role itsp_owner    login   createdb   nosuperuser nobypassrls nocreaterole noreplication;
alter role itsp_app      login   nocreatedb nosuperuser nobypassrls nocreaterole noreplication noinherit;
alter role itsp_platform nologin nocreatedb nosuperuser nobypassrls nocreaterole noreplication noinherit;

-- From PostgreSQL 16 on a grant remembers "noinherit" of the member: it is therefore given after the line above.
grant itsp_platform to itsp_app;

create extension if not exists pg_trgm;
create extension if not exists btree_gin;
-- Rights on tables are given by the migrations (tenants/rls.py).
