-- Is this database's configuration locked, so that it reaches no other file and no network?
-- params: none
-- columns: sealed (BOOLEAN)
SELECT current_setting('lock_configuration') AS sealed
