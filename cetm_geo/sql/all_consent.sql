-- What is recorded of communities' consent, by title and territory?
-- params: none
-- columns: those of tables.CONSENT
SELECT consent.*
FROM consent
ORDER BY consent.rowid
