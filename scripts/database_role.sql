-- The role that Sluse runs as on PostgreSQL: it reads and writes, and can neither change nor delete what was written down.
-- Run by the tables' owner, once and after every upgrade:  psql -v role=sluse_app -f scripts/database_role.sql
GRANT USAGE ON SCHEMA public TO :"role";
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO :"role";
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO :"role";
REVOKE UPDATE, DELETE, TRUNCATE ON event, label, lesson FROM :"role";
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON alembic_version FROM :"role";
